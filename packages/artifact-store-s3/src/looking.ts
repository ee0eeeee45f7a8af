// What is under a key, without its bytes.
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { type Connection, isRefused, type Refused } from "./connection.ts";
import { getObject } from "./receiving.ts";
import { formatEtag, writersEntry } from "./versions.ts";

export interface Found {
  readonly bytes: number;
  readonly etag: string;
  /** The row of writers; empty for an object that no store has written. */
  readonly chain: string;
}

const missing = ["NotFound", "NoSuchKey", "404"];
/** An answer to HEAD has no body, and so no code that would say more. */
const bare = ["400", "403", "BadRequest", "Forbidden"];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export async function head(connection: Connection, key: string, signal: AbortSignal): Promise<Found | Refused> {
  for (let asked = false; ; asked = true) {
    const answer = await connection.try(
      {
        action: "s3:GetObject",
        key,
        signal,
        send: (client, options) =>
          client.send(new HeadObjectCommand({ Bucket: connection.place.bucket, Key: key }), options),
      },
      asked ? missing : [...missing, ...bare],
    );
    if (!isRefused(answer)) {
      const chain = answer.Metadata?.[writersEntry] ?? "";
      return { bytes: answer.ContentLength ?? 0, etag: formatEtag(answer.ETag ?? "", chain), chain };
    }
    // The same 404 comes where there is no bucket.
    if (asked || (missing.includes(answer.refused) && connection.bucketSeen)) return answer;
    const first = await getObject(connection, { key, signal, range: "bytes=0-0" }, [
      "NoSuchKey",
      "InvalidRange",
      "416",
    ]);
    if (isRefused(first)) {
      if (first.refused === "NoSuchKey") return first;
    } else first.drop();
  }
}
