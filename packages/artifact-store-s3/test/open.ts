// Tests belong to no tsconfig that the linter reads: what they need of the platform is said here.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { ArtifactStore, ComponentContext } from "@zenlite/core";
import flavor from "../src/index.ts";
import { endpoint } from "./aws-here.ts";

export const call = { signal: new AbortController().signal };
export const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };

type Settings = Parameters<typeof flavor.open>[0];

/** The store as a client opens it, with keys from a connector. */
export function open(
  settings: Partial<Settings> & { readonly path: string },
  more: Partial<ComponentContext> = {},
): Promise<ArtifactStore & AsyncDisposable> {
  return flavor.open(
    { endpoint, ...settings },
    {
      where: "client",
      place: { projectFolder: "/", stateFolder: "/", configFolder: "/" },
      signal: call.signal,
      log: { info: () => undefined, warn: () => undefined },
      secret: (reference) => Promise.reject(new Error(`no secret ${reference}`)),
      credentials: () => Promise.resolve({ kind: "aws", value: { ...keys, region: "us-east-1" } }),
      ...more,
    },
  );
}

/** The SDK without a store, to look from the side and to do what another tool would do. */
export function bareClient(more: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials: keys, ...more });
}

export async function makeBucket(client = bareClient()): Promise<string> {
  const bucket = `test-${randomBytes(6).toString("hex")}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}
