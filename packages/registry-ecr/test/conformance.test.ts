import { containerRegistrySuite } from "@zenlite/conformance";
import { afterAll, beforeAll, test } from "vitest";
import { endpoint, onAws, region } from "../../connector-aws/test/aws-here.ts";
import { makeImage, push, removeImage } from "../../registry-oci/test/engine.ts";
import { onRegistryAndEngine, openRegistryServer, type Registry } from "../../registry-oci/test/registry-here.ts";
import { open } from "./bench.ts";

onAws("ECR's API on the simulator", () => {
  onRegistryAndEngine("with a real registry", () => {
    let server: Registry;
    beforeAll(async () => {
      server = await openRegistryServer({ password: true });
    });
    afterAll(() => server[Symbol.asyncDispose]());
    const keys = { accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey: "planted/secret" };
    containerRegistrySuite({
      test,
      open: () => open({ uri: `${server.address}/team`, region, endpoint }, keys),
      async push(registry, reference, { signal }) {
        await makeImage(reference);
        await push(registry, reference, signal);
        await removeImage(reference);
      },
    });
  });
});
