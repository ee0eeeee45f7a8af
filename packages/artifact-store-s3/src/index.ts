import { defineFlavor, defineSchema } from "@zenlite/core";
import { pathPattern } from "./place.ts";

/** The artifact store in Amazon S3, or in a service that speaks its protocol. */
export default defineFlavor({
  type: "artifact-store",
  name: "s3",
  description: "Artifacts, records and logs in Amazon S3 or a service that speaks its protocol.",
  config: defineSchema(
    {
      path: {
        type: "string",
        pattern: pathPattern,
        examples: ["s3://my-bucket/zenlite"],
        description: "Bucket and prefix of the store.",
      },
      region: {
        type: "string",
        pattern: "^[a-z0-9-]+$",
        examples: ["eu-central-1"],
        description:
          "Region of the bucket. Default: what the environment or profile says; another is followed to the bucket's.",
      },
      endpoint: {
        type: "string",
        pattern: "^https?://[^/@\\s]+(/\\S*)?$",
        examples: ["https://minio.example.com:9000"],
        description: "Address of a service other than Amazon's.",
      },
      pathStyle: {
        type: "boolean",
        description: "Bucket in the path instead of the host's name. Default: true with an endpoint.",
      },
      kmsKeyId: {
        type: "string",
        minLength: 1,
        examples: ["alias/my-key"],
        description: "Objects are encrypted with this KMS key (id, ARN or alias). Default: as the bucket says.",
      },
    },
    ["path"],
  ),
  supports: () => ({ local: false }),
  open: async (config, context) => (await import("./s3-store.ts")).openS3Store(config, context),
});
