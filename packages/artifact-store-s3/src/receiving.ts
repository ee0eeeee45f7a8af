// One part of an object on its way here: gone on with where its connection breaks, and checked against S3's checksum.
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { isZenliteError, messageOf, ZenliteError } from "@zenlite/core";
import { type Connection, isRefused, type Refused } from "./connection.ts";

/** An object, or a part of one, as S3 has begun to send it. */
export interface Arriving {
  readonly key: string;
  readonly etag: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Of its first byte in the object. */
  readonly start: number;
  readonly bytes: number;
  /** Bytes of the whole object. */
  readonly total: number;
  /** How many parts the object has; 1 where it was written by one request, or where S3 does not say. */
  readonly parts: number;
  /** SHA-256 of these bytes in base64; absent where S3 has none for just these. */
  readonly checksum?: string;
  /** Ends the transfer of what nobody reads. */
  drop(): void;
}

export interface Wanted {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly part?: number;
  readonly range?: string;
  /** Of the version that was begun with: parts of two versions must never meet. */
  readonly etag?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function getObject(
  connection: Connection,
  { key, signal, part, range, etag }: Wanted,
  expected: readonly string[],
): Promise<Arriving | Refused> {
  const answer = await connection.try(
    {
      action: "s3:GetObject",
      key,
      signal,
      send: (client, options) =>
        client.send(
          new GetObjectCommand({
            Bucket: connection.place.bucket,
            Key: key,
            ...(part === undefined ? {} : { PartNumber: part }),
            ...(range === undefined ? {} : { Range: range }),
            ...(etag === undefined ? {} : { IfMatch: etag }),
          }),
          options,
        ),
    },
    [...expected, "PreconditionFailed"],
  );
  if (!isRefused(answer)) return arriving(key, answer);
  if (answer.refused === "PreconditionFailed") throw changed(connection, key);
  return answer;
}

function arriving(key: string, answer: GetObjectCommandOutput): Arriving {
  const length = answer.ContentLength ?? 0;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? "");
  const [start, end, total] = range === null ? [0, length - 1, length] : range.slice(1).map(Number);
  // Of a whole object in parts S3 has a checksum of the parts' checksums, which ends in their number.
  const checksum = answer.ChecksumSHA256?.includes("-") === true ? undefined : answer.ChecksumSHA256;
  // What the SDK's body is in Node.
  const body = answer.Body as Readable;
  return {
    key,
    etag: answer.ETag ?? "",
    body,
    drop: () => void body.destroy(),
    start: start ?? 0,
    bytes: (end ?? 0) - (start ?? 0) + 1,
    total: total ?? length,
    parts: answer.PartsCount ?? 1,
    ...(checksum === undefined ? {} : { checksum }),
  };
}

/** Breaks without a byte in between, after which the network is taken for gone. */
const mostBreaks = 6;
const firstPause = 25;

/** The bytes as they come. A connection that breaks is followed by a request for the rest. */
async function* receive(connection: Connection, arriving: Arriving, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { key, start, bytes } = arriving;
  let body = arriving.body;
  let received = 0;
  for (let breaks = 0; ;) {
    let reason: unknown = "the connection ended";
    try {
      for await (const chunk of body) {
        received += chunk.length;
        if (received > bytes) throw corrupt(connection, key, "more of them came than were announced");
        breaks = 0;
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isZenliteError(error)) throw error;
      reason = error;
    }
    if (received === bytes) return;
    breaks += 1;
    if (breaks > mostBreaks)
      throw new ZenliteError(
        "ZENLITE_S3_UNREACHABLE",
        `s3://${connection.place.bucket}/${key} breaks off at byte ${start + received}: ${messageOf(reason)}`,
        { hint: "Look at the network and try again.", fault: "environment" },
      );
    // Whoever waits is told of an abort by the request that follows.
    await setTimeout(firstPause * 2 ** breaks * Math.random(), undefined, { signal }).catch(() => undefined);
    body = await rest(connection, arriving, received, signal);
  }
}

async function rest(
  connection: Connection,
  { key, etag, start, bytes }: Arriving,
  received: number,
  signal: AbortSignal,
) {
  const range = `bytes=${start + received}-${start + bytes - 1}`;
  const found = await getObject(connection, { key, etag, range, signal }, ["NoSuchKey", "404"]);
  if (isRefused(found)) throw changed(connection, key);
  if (found.start !== start + received) throw corrupt(connection, key, "others came than were asked for");
  return found.body;
}

/** For parts that are too large to hold: the bytes as they come, and an error at their end where they are not those that were written. */
export async function* stream(
  connection: Connection,
  arriving: Arriving,
  signal: AbortSignal,
): AsyncGenerator<readonly Uint8Array[]> {
  const hash = createHash("sha256");
  for await (const chunk of receive(connection, arriving, signal)) {
    hash.update(chunk);
    yield [chunk];
  }
  if (arriving.checksum !== undefined && hash.digest("base64") !== arriving.checksum)
    throw wrongSum(connection, arriving);
}

/** Bytes that were changed on their way come right another time; those that S3 keeps do not. */
const mostReceptions = 3;

/**
 * For parts that fit into memory: nothing is given on before all of it is there and right. `again` asks for the part anew. The chunks stay
 * as they came: to join them would cost more than to receive them.
 */
export async function collect(
  connection: Connection,
  arriving: Arriving,
  signal: AbortSignal,
  again: () => Promise<Arriving>,
): Promise<readonly Uint8Array[]> {
  for (let reception = 1, current = arriving; ; reception += 1, current = await again()) {
    const chunks: Uint8Array[] = [];
    const hash = createHash("sha256");
    for await (const chunk of receive(connection, current, signal)) {
      hash.update(chunk);
      chunks.push(chunk);
    }
    if (current.checksum === undefined || hash.digest("base64") === current.checksum) return chunks;
    if (reception === mostReceptions) throw wrongSum(connection, current);
  }
}

function wrongSum(connection: Connection, { key }: Arriving): ZenliteError {
  return corrupt(connection, key, "they do not have the checksum that S3 keeps");
}

export function corrupt({ place }: Connection, key: string, why: string): ZenliteError {
  return new ZenliteError("ZENLITE_S3_CORRUPT", `The bytes of s3://${place.bucket}/${key} are not right: ${why}.`, {
    hint: "Try again; if it persists, the object is damaged: run the step that wrote it with --force.",
    fault: "environment",
  });
}

export function changed({ place }: Connection, key: string): ZenliteError {
  return new ZenliteError(
    "ZENLITE_S3_CHANGED",
    `s3://${place.bucket}/${key} was written anew or deleted while it was being read.`,
    { hint: "Read it again.", fault: "environment" },
  );
}
