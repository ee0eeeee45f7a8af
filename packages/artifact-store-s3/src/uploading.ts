// How bytes become an object: one request, or several in parallel that are made one object at the end.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { sha256 } from "./client.ts";
import { type Connection, isRefused, type Refused } from "./connection.ts";
import type { Part } from "./cutting.ts";
import { formatEtag, type Version, writersEntry } from "./versions.ts";

/** What is to be written where. */
export interface Target {
  /** The whole key in the bucket. */
  readonly key: string;
  readonly version: Version;
  readonly signal: AbortSignal;
}

/** In flight or being read at once; with fewer where parts are large. */
const mostBytes = 64 * 1024 * 1024;
const mostAtOnce = 6;
/** How long the last request may go on after an abort: cut off, it might have taken place or not. */
const lastMilliseconds = 5_000;
const cleaningMilliseconds = 30_000;

/** What a condition that does not hold is answered with; 404 where If-Match finds nothing. */
const refusals = ["PreconditionFailed", "NoSuchKey"];
/** The end of an upload met another write of the key. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export const metAnother = "ConditionalRequestConflict";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(
  connection: Connection,
  { key, version, signal }: Target,
  bytes: Uint8Array,
): Promise<{ readonly etag: string } | Refused> {
  using late = laterThan(signal);
  const checksum = sha256(bytes);
  const answer = await connection.try(
    {
      action: "s3:PutObject",
      key,
      signal: late.signal,
      send: (client, options) =>
        client.send(
          new PutObjectCommand({
            Bucket: connection.place.bucket,
            Key: key,
            Body: bytes,
            ChecksumSHA256: checksum,
            Metadata: { [writersEntry]: version.chain },
            ...version.headers,
            ...encryption(connection),
          }),
          options,
        ),
    },
    refusals,
  );
  return isRefused(answer) ? answer : { etag: formatEtag(answer.ETag ?? "", version.chain) };
}

/**
 * Parts in parallel, in constant memory. Whatever goes wrong, the parts that are there already are taken away before the error is thrown.
 * Not by @aws-sdk/lib-storage: its abort returns while parts are still on their way, and a part that fails does not stop the others from
 * reading the source to its end.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export async function uploadParts(
  connection: Connection,
  { key, version, signal }: Target,
  parts: AsyncIterable<Part>,
  failed: AbortController,
): Promise<{ readonly etag: string } | Refused> {
  const Bucket = connection.place.bucket;
  const request = { action: "s3:PutObject", key } as const;
  const upload = await connection.ask({
    ...request,
    signal,
    send: (client, options) =>
      client.send(
        new CreateMultipartUploadCommand({
          Bucket,
          Key: key,
          ChecksumAlgorithm: "SHA256",
          Metadata: { [writersEntry]: version.chain },
          ...encryption(connection),
        }),
        options,
      ),
  });
  const place = { Bucket, Key: key, UploadId: upload.UploadId };
  const completed: CompletedPart[] = [];
  const sending = new Set<Promise<void>>();
  const either = AbortSignal.any([signal, failed.signal]);

  async function send({ number, bytes }: Part): Promise<void> {
    const ChecksumSHA256 = sha256(bytes);
    const { ETag } = await connection.ask({
      ...request,
      signal: either,
      send: (client, options) =>
        client.send(new UploadPartCommand({ ...place, PartNumber: number, Body: bytes, ChecksumSHA256 }), options),
    });
    completed[number - 1] = { PartNumber: number, ETag, ChecksumSHA256 };
  }

  try {
    for await (const part of parts) {
      const sent: Promise<void> = send(part)
        // A part that fails ends the reading of the source, and the other parts.
        .catch((error: unknown) => failed.abort(error))
        .finally(() => sending.delete(sent));
      sending.add(sent);
      while (sending.size >= Math.min(mostAtOnce, mostBytes / part.bytes.length)) await Promise.race(sending);
      either.throwIfAborted();
    }
    await Promise.all(sending);
    either.throwIfAborted();
    using late = laterThan(signal);
    const answer = await connection.try(
      {
        ...request,
        signal: late.signal,
        send: (client, options) =>
          client.send(
            new CompleteMultipartUploadCommand({ ...place, ...version.headers, MultipartUpload: { Parts: completed } }),
            options,
          ),
      },
      // NoSuchUpload: the answer to an earlier attempt was lost, or somebody has taken the upload away.
      [...refusals, "NoSuchUpload", metAnother],
    );
    if (!isRefused(answer)) return { etag: formatEtag(answer.ETag ?? "", version.chain) };
    await takeAway(connection, place);
    return answer;
  } catch (error) {
    failed.abort(error);
    await Promise.all(sending);
    await takeAway(connection, place);
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html. What stays is found by `list(".tmp/")`. */
async function takeAway(connection: Connection, place: UploadPlace): Promise<void> {
  await abortUpload(connection, place, AbortSignal.timeout(cleaningMilliseconds)).catch(() => undefined);
}

export interface UploadPlace {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

export async function abortUpload(connection: Connection, place: UploadPlace, signal: AbortSignal): Promise<void> {
  await connection.try(
    {
      action: "s3:AbortMultipartUpload",
      key: place.Key,
      signal,
      send: (client, options) => client.send(new AbortMultipartUploadCommand(place), options),
    },
    ["NoSuchUpload", "404"],
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
function encryption({ kmsKeyId }: Connection) {
  if (kmsKeyId === undefined) return {};
  // A bucket key spares a request to KMS for each object.
  return { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: true } as const;
}

/**
 * Aborts some seconds after the signal does, with its reason. Until then an answer counts: whoever is told that a write was aborted
 * must not find it done.
 */
function laterThan(signal: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  signal.throwIfAborted();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => controller.abort(signal.reason), lastMilliseconds);
  };
  signal.addEventListener("abort", wait, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      signal.removeEventListener("abort", wait);
      clearTimeout(timer);
    },
  };
}
