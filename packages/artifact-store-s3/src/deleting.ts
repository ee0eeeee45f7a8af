// Deletes, a thousand to a request.
import { setTimeout } from "node:timers/promises";
import { type _Error, DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { isZenliteError, ZenliteError } from "@zenlite/core";
import type { Connection } from "./connection.ts";

const mostToRequest = 1000;
/** Keys that S3 was too busy for are tried again. */
const busy = ["InternalError", "SlowDown", "ServiceUnavailable", "OperationAborted"];
const mostRounds = 8;
const firstPause = 100;

/** Whole keys of the bucket. Throws where one of them stays, and says which. */
export async function deleteObjects(
  connection: Connection,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // XML cannot hold control characters: such a key goes by a request of its own, in the URL.
  const isOdd = (key: string): boolean => /[\p{Cc}\ufffe\uffff]/u.test(key);
  const plain = keys.filter((key) => !isOdd(key));
  for (let start = 0; start < plain.length; start += mostToRequest)
    await deleteTogether(connection, plain.slice(start, start + mostToRequest), signal);
  for (const key of keys.filter(isOdd))
    await connection.ask({
      action: "s3:DeleteObject",
      key,
      signal,
      send: (client, options) =>
        client.send(new DeleteObjectCommand({ Bucket: connection.place.bucket, Key: key }), options),
    });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html: answers 200 and lists what could not be deleted. */
async function deleteTogether(connection: Connection, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const { bucket } = connection.place;
  let left = keys;
  for (let round = 1; left.length > 0; round += 1) {
    const { Errors = [] } = await connection.ask({
      action: "s3:DeleteObject",
      signal,
      send: (client, options) =>
        client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: left.map((Key) => ({ Key })), Quiet: true } }),
          options,
        ),
    });
    const failed = Errors.find(({ Code = "" }) => !busy.includes(Code));
    if (failed !== undefined || (Errors.length > 0 && round === mostRounds)) throw staying(connection, Errors);
    left = Errors.flatMap(({ Key }) => Key ?? []);
    if (left.length > 0) await setTimeout(firstPause * 2 ** round * Math.random(), undefined, { signal });
  }
}

function staying(connection: Connection, errors: readonly _Error[]): unknown {
  const [first] = errors;
  const request = { action: "s3:DeleteObject", ...(first?.Key === undefined ? {} : { key: first.Key }) };
  const said = Object.assign(new Error(first?.Message ?? first?.Code), { name: first?.Code ?? "Unknown" });
  const explained = connection.explain(said, request);
  if (!isZenliteError(explained)) return explained;
  return new ZenliteError(
    explained.code,
    `Not all keys were deleted (${errors.length} are left). ${explained.message}`,
    {
      ...(explained.hint === undefined ? {} : { hint: explained.hint }),
      cause: explained.cause,
      fault: explained.fault,
    },
  );
}
