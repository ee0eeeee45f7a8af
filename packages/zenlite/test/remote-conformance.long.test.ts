// Every rule of a launcher's contract on an engine at another address with the store in S3: copies, credentials by the word.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { stepLauncherSuite } from "@zenlite/conformance";
import { afterAll, test } from "vitest";
import { baseImage } from "./project.ts";
import { makeBucket, onAwsAndEngine, openDoor, openEngineByTcp } from "./s3-here.ts";

const require = createRequire(import.meta.url);

process.env["AWS_ACCESS_KEY_ID"] ??= "AKIAREMOTEKEY0000001";
process.env["AWS_SECRET_ACCESS_KEY"] ??= "remote-secret-of-forty-characters-000001";

onAwsAndEngine("every launcher's contract", async () => {
  const [door, engine, bucket] = await Promise.all([
    openDoor(),
    openEngineByTcp(),
    makeBucket(`zenlite-${randomUUID()}`),
  ]);
  afterAll(async () => {
    await Promise.all([door[Symbol.asyncDispose](), engine[Symbol.asyncDispose]()]);
  });
  await stepLauncherSuite({
    test,
    orchestrator: {
      module: require.resolve("../../orchestrator-docker/src/index.ts"),
      config: { baseImage, pullPolicy: "never", host: engine.url, network: "host" },
    },
    artifactStore: {
      module: require.resolve("../../artifact-store-s3/src/index.ts"),
      config: { path: `s3://${bucket.name}/suite`, endpoint: door.url, region: "us-east-1" },
    },
    outlives: true,
  });
});
