// The keys of a store, page by page, and the uploads that nobody has ended.
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { temporaryFolder, ZenliteError } from "@zenlite/core";
import { type Connection, isRefused, type Refused } from "./connection.ts";
import type { UploadPlace } from "./uploading.ts";

interface Listed {
  readonly key: string;
  readonly bytes: number;
}

/** An upload that was begun so long ago is taken for dead. */
const leftoverMilliseconds = 24 * 60 * 60 * 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function* listKeys(
  connection: Connection,
  prefix: string,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<Listed> {
  const { bucket, prefix: root } = connection.place;
  let token: string | undefined;
  do {
    // An answer that was cut is no XML any more, and asked for again.
    const page: ListObjectsV2CommandOutput = await connection.ask({
      action: "s3:ListBucket",
      signal,
      send: (client, options) =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: root + prefix,
            // XML has no way to write most control characters.
            EncodingType: "url",
            ...(token === undefined ? {} : { ContinuationToken: token }),
            ...(token !== undefined || after === "" ? {} : { StartAfter: root + after }),
          }),
          options,
        ),
    });
    for (const { Key, Size } of page.Contents ?? []) {
      const key = decoded(Key ?? "", page.EncodingType).slice(root.length);
      // Consoles make objects such as `folder/` to show an empty folder; they are no keys of a store.
      if (key !== "" && !key.endsWith("/")) yield { key, bytes: Size ?? 0 };
    }
    token = page.NextContinuationToken;
    // Half a listing must not pass for a whole one.
    if (page.IsTruncated === true && token === undefined)
      throw new ZenliteError("ZENLITE_S3_FAILED", `s3:ListBucket on s3://${bucket}: the listing ends in the middle.`, {
        hint: `aws s3 ls s3://${bucket}`,
        fault: "environment",
      });
    signal.throwIfAborted();
  } while (token !== undefined);
}

/** As forms are encoded, with a plus for a space. Not every service does what is asked for. */
function decoded(key: string, encoding: string | undefined): string {
  return encoding === "url" ? decodeURIComponent(key.replaceAll("+", " ")) : key;
}

/** Uploads that were begun long ago, as `.tmp/<upload>/<key>`. What their parts hold is not counted. */
export async function* listLeftovers(
  connection: Connection,
  prefix: string,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<Listed> {
  const keys: string[] = [];
  for await (const key of uploads(connection, signal)) if (key.startsWith(prefix)) keys.push(key);
  // S3 sorts them by the object's key.
  const order = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));
  for (const key of keys.sort(order)) if (order(key, after) > 0) yield { key, bytes: 0 };
}

interface Markers {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

async function* uploads(connection: Connection, signal: AbortSignal): AsyncGenerator<string> {
  const { bucket, prefix: root } = connection.place;
  let from: Markers | undefined = {};
  while (from !== undefined) {
    const markers: Markers = from;
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
    const page: ListMultipartUploadsCommandOutput | Refused = await connection.try(
      {
        action: "s3:ListBucketMultipartUploads",
        signal,
        send: (client, options) =>
          client.send(
            new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: root, EncodingType: "url", ...markers }),
            options,
          ),
      },
      // Whoever may not list them cannot clean them either; a bucket's lifecycle rule can.
      ["AccessDenied"],
    );
    if (isRefused(page)) return;
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue;
      if (Date.now() - Initiated.getTime() >= leftoverMilliseconds)
        yield `${temporaryFolder}/${encodeURIComponent(UploadId)}/${decoded(Key, page.EncodingType).slice(root.length)}`;
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    from =
      IsTruncated === true && NextKeyMarker !== undefined && NextUploadIdMarker !== undefined
        ? { KeyMarker: decoded(NextKeyMarker, page.EncodingType), UploadIdMarker: NextUploadIdMarker }
        : undefined;
  }
}

/** The upload that a key of `listLeftovers` stands for. */
export function parseLeftover({ bucket, prefix }: Connection["place"], key: string): UploadPlace | undefined {
  const [, upload, ...parts] = key.split("/");
  if (upload === undefined || parts.length === 0) return undefined;
  return { Bucket: bucket, Key: prefix + parts.join("/"), UploadId: decodeURIComponent(upload) };
}
