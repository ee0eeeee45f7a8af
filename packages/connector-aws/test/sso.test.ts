// SSO. Its portal is on no simulator: a server on loopback stands in for it, and answers as the SDK's own client of the portal expects.
// Everything else goes to the simulator.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { account, endpoint, onAws } from "./aws-here.ts";
import { call, credentialsOf, failure, home, inEmptyHome, openConnector, writeProfiles } from "./bench.ts";
import { type Answer, type Asked, openProxy } from "./proxy.ts";

const accessToken = "planted-portal-token-0123456789";
const issued = {
  accessKeyId: "ASIAPLANTEDKEYID0001",
  secretAccessKey: "planted/secret+of/sso",
  sessionToken: "planted-session",
};

inEmptyHome();

function writeProfile(): void {
  writeProfiles({
    config: `[profile sso]
sso_session = company
sso_account_id = ${account}
sso_role_name = Developer
region = eu-west-1

[sso-session company]
sso_region = eu-north-1
sso_start_url = https://company.example.com/start
sso_registration_scopes = sso:account:access
`,
  });
}

/** As `aws sso login` leaves it. https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html */
function signIn(minutes: number): void {
  const folder = join(home, ".aws", "sso", "cache");
  mkdirSync(folder, { recursive: true });
  const name = createHash("sha1").update("company").digest("hex");
  const expiresAt = new Date(Date.now() + minutes * 60_000).toISOString();
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ accessToken, expiresAt }));
}

/** https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html */
function portal({ path, headers }: Asked): Answer | undefined {
  if (!path.startsWith("/federation/credentials")) return undefined;
  const type = "application/json";
  const query = new URL(path, endpoint).searchParams;
  if (headers["x-amz-sso_bearer_token"] !== accessToken)
    return {
      status: 401,
      type,
      body: JSON.stringify({ __type: "UnauthorizedException", message: "Session token not found or invalid" }),
    };
  expect(Object.fromEntries(query)).toEqual({ account_id: account, role_name: "Developer" });
  const roleCredentials = { ...issued, expiration: Date.now() + 3_600_000 };
  return { status: 200, type, body: JSON.stringify({ roleCredentials }) };
}

onAws("SSO, with a stand-in for its portal", () => {
  test.each(["sso", "profile"])("gives the role's credentials by auth_method %s", async (authMethod) => {
    writeProfile();
    signIn(60);
    await using proxy = await openProxy(endpoint, portal);
    await using connector = await openConnector({ authMethod, profile: "sso", endpoint: proxy.endpoint });
    const { value, expiresAt } = await credentialsOf(connector);
    expect(value).toMatchObject(issued);
    expect(expiresAt).toBeTruthy();
    expect((await connector.verify(call)).identity).toContain(account);
    // Signed in once, not once a call.
    expect(proxy.asked.filter(({ path }) => path.startsWith("/federation")).length).toBe(1);
  });

  test.each([
    ["never begun", () => undefined],
    ["that has expired", () => signIn(-1)],
  ])("a session %s: the hint is the command that begins one", async (_name, prepare) => {
    writeProfile();
    prepare();
    await using proxy = await openProxy(endpoint, portal);
    await using connector = await openConnector({ authMethod: "sso", profile: "sso", endpoint: proxy.endpoint });
    expect(await failure(connector.verify(call), accessToken)).toMatchObject({
      code: "ZENLITE_AWS_SSO_EXPIRED",
      fault: "environment",
      message: expect.stringContaining('"sso"'),
      hint: "aws sso login --profile sso",
    });
  });

  test("a session that the portal has ended: the same hint", async () => {
    writeProfile();
    signIn(60);
    const ended = ({ path }: Asked) =>
      portal({
        path,
        method: "GET",
        headers: { "x-amz-sso_bearer_token": "other" },
        body: "",
        forward: () => Promise.reject(new Error("none")),
      });
    await using proxy = await openProxy(endpoint, ended);
    await using connector = await openConnector({ authMethod: "sso", profile: "sso", endpoint: proxy.endpoint });
    expect(await failure(credentialsOf(connector), accessToken)).toMatchObject({
      code: "ZENLITE_AWS_SSO_EXPIRED",
      hint: "aws sso login --profile sso",
    });
  });

  test("a profile without SSO is told", async () => {
    writeProfiles({ config: "[profile plain]\nregion = eu-west-1\n" });
    await using connector = await openConnector({ authMethod: "sso", profile: "plain", endpoint });
    expect(await failure(credentialsOf(connector))).toMatchObject({
      code: "ZENLITE_AWS_CREDENTIALS_MISSING",
      message: expect.stringContaining("is not configured with SSO"),
    });
  });
});
