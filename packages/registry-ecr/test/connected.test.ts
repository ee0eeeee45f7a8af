// A registry behind a connector, as `.zenliterc` declares them: with references to secrets, resolved by core, on the simulator.
import { join } from "node:path";
import { openComponent, loadConfig, type ResolvedStack, resolveStack } from "@zenlite/core/config";
import { expect, test } from "vitest";
import { account, endpoint, onAws, region } from "../../connector-aws/test/aws-here.ts";
import { builtins, makeProject } from "../../core/test/config/project.ts";
import { call, failure } from "./bench.ts";

const accessKeyId = "AKIAPLANTEDKEYID0001";
const secretAccessKey = "planted/secret+access/key+0123456789abcd";
const uri = `${account}.dkr.ecr.${region}.amazonaws.com`;
const module = (name: string): string => join(import.meta.dirname, "..", "..", name, "src", "index.ts");

async function load(connector: string): Promise<ResolvedStack> {
  const folder = await makeProject({
    ".zenliterc": `flavors:
  - { type: service-connector, name: aws, module: ${JSON.stringify(module("connector-aws"))} }
  - { type: container-registry, name: aws, module: ${JSON.stringify(module("registry-ecr"))} }
service-connector:
  cloud_connector: ${connector}
container-registry:
  cloud_registry: { flavor: aws, uri: ${uri}/team, endpoint: "${endpoint}", connector: cloud_connector }
stack:
  cloud: { orchestrator: default, artifact-store: default, container-registry: cloud_registry }
`,
  });
  const environment = { ZENLITE_SECRET_AWS_ID: accessKeyId, ZENLITE_SECRET_AWS_KEY: secretAccessKey };
  return resolveStack(await loadConfig(folder, { builtins, environment }), "cloud");
}

const keys = `access_key_id: "\${secret:aws.id}", secret_access_key: "\${secret:aws.key}"`;
const options = { ...call, log: { info: () => {}, warn: () => {} }, where: "client" as const };

onAws("a registry in a stack", () => {
  test("signs in with its connector's credentials; what a plan may hold of both has no key", async () => {
    const given = `{ flavor: aws, auth_method: secret-key, region: ${region}, endpoint: "${endpoint}", ${keys} }`;
    const registry = (await load(given)).components["container-registry"];
    const connector = registry?.connector;
    if (registry === undefined || connector === undefined) expect.unreachable("the stack has both");
    const raw = JSON.stringify([registry.raw, connector.raw]);
    expect(raw).toContain("${secret:aws.key}");
    expect(raw).not.toContain(secretAccessKey);
    await using opened = await openComponent(registry, options);
    expect(opened.reference("app")).toBe(`${uri}/team/app`);
    await opened.ensure("app", call);
    expect((await opened.login("app", call)).username).toBe("AWS");
    // As `connect` does: the very repository, with the connector's rights.
    await using signedIn = await openComponent(connector, options);
    const resource = { kind: "ecr-repository", id: "team/app" };
    expect((await signedIn.verify({ ...call, resource })).identity).toContain(account);
    expect(await failure(signedIn.verify({ ...call, resource: { ...resource, id: "team/other" } }))).toMatchObject({
      code: "ZENLITE_RESOURCE_NOT_FOUND",
    });
  });

  test("behind a connector that lacks a field is refused with the place in the file", async () => {
    const error = await failure(load(`{ flavor: aws, auth_method: iam-role, ${keys} }`), accessKeyId, secretAccessKey);
    expect(error).toMatchObject({
      code: "ZENLITE_CONFIG_INVALID",
      message: expect.stringContaining("auth_method iam-role needs role_arn."),
      hint: expect.stringContaining("role_arn: arn:aws:iam::"),
      where: { line: 5 },
    });
  });
});
