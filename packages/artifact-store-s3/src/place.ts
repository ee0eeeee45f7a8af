// s3://bucket/prefix: what is allowed in it, and the keys beneath it.
import { longestKey, refuseKey } from "@zenlite/core";

export interface Place {
  readonly bucket: string;
  /** Empty, or with / at its end. */
  readonly prefix: string;
}

/**
 * A bucket's name by S3's rules, then parts of a prefix of which none is empty, `.` or `..`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const pathPattern =
  "^s3://(?!\\d+\\.\\d+\\.\\d+\\.\\d+(/|$))[a-z0-9](?!.*\\.\\.)[a-z0-9.\\-]{1,61}[a-z0-9](/(?!\\.{1,2}(/|$))[^/\\\\]+)*/?$";

/** The path is one that `pathPattern` has let through. */
export function parsePath(path: string): Place {
  const [bucket = "", ...parts] = path
    .slice("s3://".length)
    .split("/")
    .filter((part) => part !== "");
  return { bucket, prefix: parts.map((part) => `${part}/`).join("") };
}

/** The object's own key in the bucket, which holds the prefix too. */
export function objectKey({ prefix }: Place, key: string): string {
  const whole = prefix + key;
  if (Buffer.byteLength(whole) > longestKey)
    refuseKey(key, `with the store's prefix it has more than ${longestKey} bytes`);
  return whole;
}
