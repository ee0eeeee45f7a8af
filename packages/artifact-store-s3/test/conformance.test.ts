import { artifactStoreSuite } from "@zenlite/conformance";
import { test } from "vitest";
import { onAws } from "./aws-here.ts";
import { makeBucket, open } from "./open.ts";

onAws("the artifact store's contract", () => {
  const bucket = makeBucket();
  bucket.catch(() => undefined);
  artifactStoreSuite({ test, open: async () => open({ path: `s3://${await bucket}/some/prefix` }) });
});
