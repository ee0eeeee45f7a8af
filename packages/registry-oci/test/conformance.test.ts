import { containerRegistrySuite } from "@zenlite/conformance";
import { afterAll, beforeAll, test } from "vitest";
import { open } from "./bench.ts";
import { makeImage, push, removeImage } from "./engine.ts";
import { onRegistryAndEngine, openRegistryServer, type Registry, registryUser } from "./registry-here.ts";

onRegistryAndEngine("a registry with a password", () => {
  let server: Registry;
  beforeAll(async () => {
    server = await openRegistryServer({ password: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  containerRegistrySuite({
    test,
    open: () => open({ uri: `${server.address}/team`, ...registryUser }),
    async push(registry, reference, { signal }) {
      await makeImage(reference);
      await push(registry, reference, signal);
      await removeImage(reference);
    },
  });
});
