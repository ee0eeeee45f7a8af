// The artifact store over one bucket: the contract's methods, each in words of S3.
import {
  type ArtifactStore,
  checkKey,
  checkPrefix,
  type ComponentContext,
  refuseKey,
  temporaryFolder,
} from "@zenlite/core";
import type { S3Settings } from "./client.ts";
import { connect, isRefused } from "./connection.ts";
import { deleteObjects } from "./deleting.ts";
import { listKeys, listLeftovers, parseLeftover } from "./listing.ts";
import { head } from "./looking.ts";
import { objectKey } from "./place.ts";
import { read } from "./reading.ts";
import { abortUpload } from "./uploading.ts";
import { write } from "./writing.ts";

const leftovers = `${temporaryFolder}/`;

/** Nothing is asked of S3 before the first call. */
export function openS3Store(settings: S3Settings, context: ComponentContext): ArtifactStore & AsyncDisposable {
  const connection = connect(settings, context);
  const { place } = connection;

  function checked(key: string): string {
    checkKey(key);
    return objectKey(place, key);
  }

  return {
    async read(key, { signal, from = 0 }) {
      signal.throwIfAborted();
      return read(connection, checked(key), from, signal);
    },

    async write(key, body, call) {
      call.signal.throwIfAborted();
      return write(connection, checked(key), body, call);
    },

    async stat(key, { signal }) {
      signal.throwIfAborted();
      const found = await head(connection, checked(key), signal);
      return isRefused(found) ? undefined : { bytes: found.bytes, etag: found.etag };
    },

    async *list(prefix, { signal, after = "" }) {
      signal.throwIfAborted();
      checkPrefix(prefix);
      if (prefix.startsWith(leftovers)) yield* listLeftovers(connection, prefix, after, signal);
      else yield* listKeys(connection, prefix, after, signal);
    },

    async delete(keys, { signal }) {
      signal.throwIfAborted();
      // Uploads that nobody has ended are deleted under the names that `list(".tmp/")` gives.
      const uploads = keys.filter((key) => key.startsWith(leftovers));
      const objects = keys.filter((key) => !key.startsWith(leftovers)).map(checked);
      const places = uploads.map((key) => parseLeftover(place, key) ?? refuseKey(key, "it is no unfinished upload"));
      await deleteObjects(connection, objects, signal);
      for (const upload of places) await abortUpload(connection, upload, signal);
    },

    credentials: ({ signal }) => connection.credentials(signal),

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
