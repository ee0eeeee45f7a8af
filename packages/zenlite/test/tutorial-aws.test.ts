// The tutorial's lines for S3, ECR and the connector, as they are written: on the simulator, with a real registry under its ECR name.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openRegistryServer } from "../../registry-oci/test/registry-here.ts";
import { openNamedRegistry } from "./named-registry.ts";
import { createProject, zenlite } from "./project.ts";
import { makeBucket, onAwsAndRegistry, simulator } from "./s3-here.ts";

const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

/** Leads a connection to the registry's name to the registry of this machine. */
async function openWay(
  address: string,
): Promise<AsyncDisposable & { readonly environment: { readonly [name: string]: string } }> {
  const registry = await openNamedRegistry(host, address);
  const proxy = createHttpServer().listen(0, "127.0.0.1");
  await once(proxy, "listening");
  proxy.on("connect", (request, client) => {
    if (request.url !== `${host}:443`) return client.destroy();
    const server = connect(registry.port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      server.pipe(client);
      client.pipe(server);
    });
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy());
  });
  return {
    environment: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NODE_USE_ENV_PROXY: "1",
      NODE_EXTRA_CA_CERTS: registry.certificate,
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

onAwsAndRegistry("the tutorial on AWS", () => {
  test("S3, ECR and the connector are registered and connected as the tutorial says", async () => {
    await makeBucket("bucket-name");
    await using registry = await openRegistryServer({ password: true });
    using project = createProject({
      "package.json": '{ "name": "tutorial", "private": true, "type": "module" }',
      ".zenliterc":
        'flavors: ["@zenlite/artifact-store-s3", "@zenlite/registry-ecr", "@zenlite/connector-aws", "@zenlite/orchestrator-docker", "@zenlite/image-builder-docker"]\n',
    });
    await using way = await openWay(registry.address);
    const environment = {
      ...way.environment,
      HOME: project.folder,
      AWS_ACCESS_KEY_ID: "AKIDTUTORIAL",
      AWS_SECRET_ACCESS_KEY: "planted-tutorial-key",
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL: simulator,
    };
    const run = async (line: string): Promise<string> => {
      const [, ...args] = line.split(" ");
      const ended = await zenlite(project.folder, args, environment);
      expect(ended, line).toMatchObject({ code: 0 });
      return ended.stdout;
    };
    const registered = await run("zenlite service-connector register cloud_connector --type aws --auto-configure");
    expect(registered).toContain("Account 123456789012");
    await run("zenlite artifact-store register cloud_artifact_store -f s3 --path=s3://bucket-name");
    expect(await run("zenlite artifact-store connect cloud_artifact_store --connector cloud_connector")).toContain(
      "with which it answers",
    );
    await run(`zenlite container-registry register cloud_container_registry -f aws --uri=${host}`);
    expect(
      await run("zenlite container-registry connect cloud_container_registry --connector cloud_connector"),
    ).toContain("with which it answers");
    expect(await run("zenlite service-connector verify")).toContain("arn:aws:");
    expect(await run("zenlite service-connector list-resources --resource-type s3-bucket")).toContain("bucket-name");
    await run("zenlite orchestrator register containers -f docker");
    await run(
      "zenlite stack register cloud_stack -o containers -a cloud_artifact_store -c cloud_container_registry --set",
    );
    const text = readFileSync(project.path(".zenliterc"), "utf8");
    expect(text).toContain(`  cloud_artifact_store:
    flavor: s3
    path: "s3://bucket-name"
    connector: cloud_connector
`);
    expect(text).toContain(`  cloud_connector:
    flavor: aws
    auth_method: implicit
    region: eu-central-1
    account_id: "123456789012"
`);
    expect(text).not.toMatch(/AKID|planted/u);
  });
});
