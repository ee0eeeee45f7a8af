import { defineFlavor } from "@zenlite/core";
import { checkMethod, config } from "./config.ts";

/** Credentials of AWS, and what they reach. */
export default defineFlavor({
  type: "service-connector",
  name: "aws",
  description: "Signs in to AWS: by profile, SSO, keys, a role or a token, renewed before they expire.",
  config,
  supports(config) {
    checkMethod(config);
    return { credentials: ["aws"], resources: ["s3-bucket", "ecr-repository", "state-machine"] };
  },
  discover: async (given, call) => (await import("./discover.ts")).discover(given, call),
  open: async (config, context) => (await import("./connector.ts")).openConnector(config, context.place.configFolder),
});
