// A write with its condition: what S3 refuses, or does not answer, is decided by looking at who wrote what is there.
import { type Bytes, hasCode, type WriteCondition, ZenliteError } from "@zenlite/core";
import { type Connection, isRefused, type Refused } from "./connection.ts";
import { cut, type Part } from "./cutting.ts";
import { head } from "./looking.ts";
import { metAnother, putObject, type Target, uploadParts } from "./uploading.ts";
import { formatEtag, judge, nextVersion, stillHolds } from "./versions.ts";

type Written = { readonly etag: string } | "conflict";

/** Errors after which a write may have taken place all the same. */
const leavesOpen = ["ZENLITE_S3_UNREACHABLE", "ZENLITE_S3_THROTTLED", "ZENLITE_S3_FAILED"];
/** Uploads that met another write at their end are done anew, from the first part on. */
const mostUploads = 3;

export async function write(
  connection: Connection,
  key: string,
  body: Bytes | Uint8Array,
  { signal, if: condition }: { readonly signal: AbortSignal; readonly if: WriteCondition },
): Promise<Written> {
  for (let upload = 1; ; upload += 1) {
    const target: Target = { key, version: nextVersion(condition), signal };
    const answer = await send(connection, target, body);
    if (answer === "conflict" || !isRefused(answer)) return answer;
    if (answer.refused !== metAnother) return settle(connection, target, answer.attempts);
    if (!stillHolds(target.version, await chainOf(connection, target))) return settle(connection, target, 1);
    if (!(body instanceof Uint8Array) || upload === mostUploads)
      throw new ZenliteError(
        "ZENLITE_S3_BUSY",
        `Another writer was at s3://${connection.place.bucket}/${key} at the same moment; nothing was written.`,
        { hint: "Write it again.", fault: "environment" },
      );
  }
}

async function send(connection: Connection, target: Target, body: Bytes | Uint8Array): Promise<Written | Refused> {
  const failed = new AbortController();
  const parts = cut(body, AbortSignal.any([target.signal, failed.signal]));
  const first = await parts.next();
  if (first.done === true) throw new Error("a body has at least one part");
  try {
    if (first.value.last) return await putObject(connection, target, first.value.bytes);
    return await uploadParts(connection, target, startingWith(first.value, parts), failed);
  } catch (error) {
    const { version, signal } = target;
    signal.throwIfAborted();
    // The version that is there may tell what an error leaves open.
    if (version.before === undefined || !leavesOpen.some((code) => hasCode(error, code))) throw error;
    const chain = await chainOf(connection, target).catch(() => {
      throw error;
    });
    if (stillHolds(version, chain)) throw error;
    return settle(connection, target, 2);
  }
}

async function* startingWith(first: Part, rest: AsyncIterable<Part>): AsyncGenerator<Part> {
  yield first;
  yield* rest;
}

/** What became of a write, by the version that is there. */
async function settle(connection: Connection, { key, version, signal }: Target, attempts: number): Promise<Written> {
  const found = await head(connection, key, signal);
  switch (judge(version, isRefused(found) ? undefined : found.chain, attempts)) {
    case "written":
      return isRefused(found) ? "conflict" : { etag: found.etag };
    case "overwritten":
      // It was there, and somebody has written over it: an etag that no later version has.
      return { etag: formatEtag('"overwritten"', version.chain) };
    case "conflict":
      return "conflict";
    case "unknown":
      throw new ZenliteError(
        "ZENLITE_S3_UNCERTAIN",
        `S3 gave no answer to a write of s3://${connection.place.bucket}/${key}, and what is there now does not tell whether it took place.`,
        { hint: "Look at the network; zenlite runs show tells what is recorded.", fault: "environment" },
      );
  }
}

async function chainOf(connection: Connection, { key, signal }: Target): Promise<string | undefined> {
  const found = await head(connection, key, signal);
  return isRefused(found) ? undefined : found.chain;
}
