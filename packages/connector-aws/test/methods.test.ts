// Each way to sign in, on the simulator that lets everybody in.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { account, endpoint, onAws, region } from "./aws-here.ts";
import { call, credentialsOf, failure, home, inEmptyHome, openConnector, writeProfiles } from "./bench.ts";
import { openProxy } from "./proxy.ts";

const accessKeyId = "AKIAPLANTEDKEYID0001";
const secretAccessKey = "planted/secret+access/key+0123456789abcd";
const keys = { accessKeyId, secretAccessKey };
const role = { roleArn: `arn:aws:iam::${account}:role/zenlite` };

inEmptyHome();
afterEach(() => void vi.useRealTimers());

onAws("a connector", () => {
  test("implicit takes the environment's keys, with the region that it knows", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    await using connector = await openConnector({ endpoint });
    expect(await credentialsOf(connector)).toEqual({ kind: "aws", value: { ...keys, region } });
    expect((await connector.verify(call)).identity).toContain(account);
  });

  test("profile takes a profile's keys, as the file says when it is asked, and the profile's region", async () => {
    const write = (key: string): void =>
      writeProfiles({
        config: "[profile work]\nregion = eu-west-3\n",
        credentials: `[work]\naws_access_key_id = ${key}\naws_secret_access_key = ${secretAccessKey}\n`,
      });
    write(accessKeyId);
    await using connector = await openConnector({
      authMethod: "profile",
      profile: "work",
      endpoint,
      region: undefined,
    });
    expect(await credentialsOf(connector)).toEqual({ kind: "aws", value: { ...keys, region: "eu-west-3" } });
    write("AKIAANOTHERKEYID0002");
    expect((await credentialsOf(connector)).value["accessKeyId"]).toBe("AKIAANOTHERKEYID0002");
  });

  test("implicit reads the default profile's keys again, too", async () => {
    await using connector = await openConnector({ endpoint });
    for (const key of [accessKeyId, "AKIAANOTHERKEYID0002"]) {
      const text = `[default]\naws_access_key_id = ${key}\naws_secret_access_key = ${secretAccessKey}\n`;
      writeProfiles({ credentials: text });
      expect((await credentialsOf(connector)).value["accessKeyId"]).toBe(key);
    }
  });

  test("a profile's own role is assumed in the connector's region", async () => {
    await using proxy = await openProxy(endpoint);
    writeProfiles({
      config: `[profile deploy]\nrole_arn = ${role.roleArn}\nsource_profile = base\n`,
      credentials: `[base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    });
    const config = { authMethod: "profile", profile: "deploy", region: "eu-north-1", endpoint: proxy.endpoint };
    await using connector = await openConnector(config);
    expect((await credentialsOf(connector)).value["sessionToken"]).toBeTruthy();
    expect(proxy.asked[0]?.body).toContain("Action=AssumeRole");
    expect(proxy.asked[0]?.headers.authorization).toContain("/eu-north-1/sts/");
  });

  test("secret-key and a given session token are handed on as they are", async () => {
    await using longLived = await openConnector({ authMethod: "secret-key", ...keys, endpoint });
    expect((await credentialsOf(longLived)).value).toEqual({ ...keys, region });
    await using temporary = await openConnector({
      authMethod: "session-token",
      ...keys,
      sessionToken: "token",
      endpoint,
    });
    expect((await credentialsOf(temporary)).value).toEqual({ ...keys, sessionToken: "token", region });
  });

  test("session-token without a token exchanges the keys for temporary ones, for as long as it is told", async () => {
    await using proxy = await openProxy(endpoint);
    const config = { authMethod: "session-token", ...keys, sessionDurationSeconds: 1800, endpoint: proxy.endpoint };
    await using connector = await openConnector(config);
    const { value, expiresAt = "" } = await credentialsOf(connector);
    expect(value["accessKeyId"]).not.toBe(accessKeyId);
    expect(value["sessionToken"]).toBeTruthy();
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 1800_000);
    const sent = Object.fromEntries(new URLSearchParams(proxy.asked[0]?.body));
    expect(sent).toMatchObject({ Action: "GetSessionToken", DurationSeconds: "1800" });
  });

  test("iam-role sends session policy, external id and duration with the caller's keys, which nobody gets to see", async () => {
    await using proxy = await openProxy(endpoint);
    const sessionPolicy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] };
    const config = {
      authMethod: "iam-role",
      ...role,
      ...keys,
      sessionPolicy,
      externalId: "outside",
      sessionDurationSeconds: 900,
    };
    await using connector = await openConnector({ ...config, endpoint: proxy.endpoint });
    const { value, expiresAt } = await credentialsOf(connector);
    expect(Object.keys(value).sort()).toEqual(["accessKeyId", "region", "secretAccessKey", "sessionToken"]);
    expect(Object.values(value)).not.toContain(secretAccessKey);
    expect(expiresAt).toBeTruthy();
    const sent = new URLSearchParams(proxy.asked[0]?.body);
    expect(Object.fromEntries(sent)).toMatchObject({
      Action: "AssumeRole",
      RoleArn: role.roleArn,
      RoleSessionName: "zenlite",
      ExternalId: "outside",
      Policy: JSON.stringify(sessionPolicy),
      DurationSeconds: "900",
    });
  });

  test("web-identity reads the token's file again at each renewal; a file that is not there is named", async () => {
    await using proxy = await openProxy(endpoint);
    const config = {
      authMethod: "web-identity",
      ...role,
      webIdentityTokenFile: "identity-token",
      endpoint: proxy.endpoint,
    };
    await using connector = await openConnector(config);
    const missing = await failure(credentialsOf(connector));
    expect(missing).toMatchObject({ code: "ZENLITE_AWS_TOKEN_FILE", fault: "environment" });
    expect(missing.message).toContain(join(home, "identity-token"));
    for (const token of ["first", "second"]) {
      writeFileSync(join(home, "identity-token"), token);
      expect((await credentialsOf(connector)).value["sessionToken"]).toBeTruthy();
      expect(new URLSearchParams(proxy.asked.at(-1)?.body).get("WebIdentityToken")).toBe(token);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    }
  });
});

onAws("temporary credentials", () => {
  const config = { authMethod: "iam-role", ...role, ...keys };
  const later = (minutes: number): void =>
    void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });

  test("are kept until five minutes before they expire; asked for by many at once they are fetched once", async () => {
    await using proxy = await openProxy(endpoint);
    await using connector = await openConnector({ ...config, endpoint: proxy.endpoint });
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => credentialsOf(connector)));
    for (const other of others) expect(other).toEqual(first);
    later(54);
    expect(await credentialsOf(connector)).toEqual(first);
    expect(proxy.asked).toHaveLength(1);
    later(2);
    const second = await credentialsOf(connector);
    expect(second.value["accessKeyId"]).not.toBe(first?.value["accessKeyId"]);
    expect(proxy.asked).toHaveLength(2);
  });

  test("are given on while they last where a renewal fails, and not a moment longer", async () => {
    let away = false;
    const gone = {
      status: 400,
      body: "<ErrorResponse><Error><Code>NotNow</Code><Message>no</Message></Error></ErrorResponse>",
    };
    await using proxy = await openProxy(endpoint, () => (away ? gone : undefined));
    await using connector = await openConnector({ ...config, endpoint: proxy.endpoint });
    const first = await credentialsOf(connector);
    away = true;
    later(57);
    expect(await credentialsOf(connector)).toEqual(first);
    later(4);
    expect(await failure(credentialsOf(connector), secretAccessKey)).toMatchObject({ code: "ZENLITE_AWS_FAILED" });
    away = false;
    expect((await credentialsOf(connector)).value).not.toEqual(first.value);
  });

  test("an abort stops the waiting for them", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    await using proxy = await openProxy(endpoint, () => promise);
    await using connector = await openConnector({ ...config, endpoint: proxy.endpoint });
    const stop = new AbortController();
    const waiting = connector.credentials({ kind: "aws" }, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    resolve(undefined);
  });

  test("of another kind are refused by name", async () => {
    await using connector = await openConnector({ ...config, endpoint });
    const error = await failure(connector.credentials({ kind: "gcp" }, call));
    expect(error).toMatchObject({ code: "ZENLITE_CREDENTIALS_UNSUPPORTED", message: expect.stringContaining('"gcp"') });
  });
});
