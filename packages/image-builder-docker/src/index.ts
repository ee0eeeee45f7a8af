import { defineFlavor, defineSchema } from "@zenlite/core";

/** Builds images with native packages on the Docker engine that will run them. */
export default defineFlavor({
  type: "image-builder",
  name: "docker",
  description: "Builds images with native packages on a Docker engine, of this machine or another.",
  config: defineSchema({
    network: {
      type: "string",
      minLength: 1,
      description: "Docker network of the installation inside the image; the engine's default where not given.",
    },
    buildArguments: {
      type: "object",
      additionalProperties: { type: "string" },
      description:
        "Environment of the installation, for example HTTPS_PROXY or NPM_CONFIG_REGISTRY. Not for secrets: `docker history` shows them.",
    },
    host: {
      type: "string",
      minLength: 1,
      description: "Address of the engine; DOCKER_HOST, the active Docker context or the usual socket where not given.",
      examples: ["unix:///var/run/docker.sock", "ssh://me@build-machine", "tcp://build-machine:2376"],
    },
  }),
  // The other machine's than this one's by emulation, where the engine has it: the engine says so if not.
  supports: () => ({ platforms: ["linux/amd64", "linux/arm64"] }),
  open: async (config) => (await import("./image-builder.ts")).openImageBuilder(config),
});
