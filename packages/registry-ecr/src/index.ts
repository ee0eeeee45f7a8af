import { defineFlavor, defineSchema } from "@zenlite/core";
import { parseAddress } from "./address.ts";

/** Images in a private registry of Amazon ECR. */
export default defineFlavor({
  type: "container-registry",
  name: "aws",
  description: "A private registry in Amazon ECR; its repositories are created where they are missing.",
  config: defineSchema(
    {
      uri: {
        type: "string",
        minLength: 1,
        examples: ["123456789012.dkr.ecr.eu-central-1.amazonaws.com"],
        description:
          "<account>.dkr.ecr.<region>.amazonaws.com, with a prefix of its repositories where wanted: …/team.",
      },
      expireUntaggedDays: {
        type: "integer",
        minimum: 1,
        default: 14,
        description:
          "In repositories that zenlite creates: after how many days images without a tag are deleted. Tagged ones never are: plans and schedules pin them.",
      },
      endpoint: {
        type: "string",
        pattern: "^https?://",
        examples: ["http://127.0.0.1:5000"],
        description: "Address of a simulator of ECR's API; uri may then be any registry.",
      },
      region: { type: "string", minLength: 1, description: "For a simulator: uri says it otherwise." },
    },
    ["uri"],
  ),
  supports(config) {
    parseAddress(config);
    return {};
  },
  open: async (config, context) => (await import("./registry.ts")).openRegistry(config, context),
});
