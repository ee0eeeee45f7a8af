import { defineFlavor, defineSchema, ZenliteError } from "@zenlite/core";
import { parseRegistry } from "./image-reference.ts";

/** A container registry of any maker. */
export default defineFlavor({
  type: "container-registry",
  name: "oci",
  description: "Any container registry that speaks the OCI distribution protocol.",
  config: defineSchema(
    {
      uri: {
        type: "string",
        minLength: 1,
        examples: ["registry.example.com/team"],
        description: "host[:port][/namespace]: what stands before the name of every image.",
      },
      username: {
        type: "string",
        minLength: 1,
        description: "Where not given, what `docker login` has kept (config.json, credential helpers).",
      },
      password: {
        type: "string",
        minLength: 1,
        // JSON Schema's word for what is never shown again.
        writeOnly: true,
        description: "Write a reference, ${secret:registry.password}, never the password itself.",
      },
      insecure: {
        type: "boolean",
        default: false,
        description: "True for a registry without TLS; registries of this machine (localhost) never need it.",
      },
    },
    ["uri"],
  ),
  supports({ uri, username, password }) {
    parseRegistry(uri);
    if ((username === undefined) !== (password === undefined))
      throw new ZenliteError("ZENLITE_CONFIG_INVALID", "username and password belong together.", {
        hint: "Give both, or neither: then what `docker login` has kept is used.",
      });
    return {};
  },
  open: async (config) => (await import("./registry.ts")).openRegistry(config),
});
