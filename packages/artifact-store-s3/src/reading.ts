// An object as a stream: parts come in parallel and leave in order, in constant memory.
import { type Bytes, hasCode, ZenliteError } from "@zenlite/core";
import { type Connection, isRefused } from "./connection.ts";
import { partAt } from "./cutting.ts";
import { type Arriving, changed, collect, corrupt, getObject, stream, type Wanted } from "./receiving.ts";

/** Larger parts are not held: their bytes are given on as they come. */
const mostHeld = 16 * 1024 * 1024;
/** What is held of parts that wait for their turn. */
const mostAhead = 32 * 1024 * 1024;

/** What a part or range that is not there is answered with. */
const outside = ["InvalidPartNumber", "InvalidPart", "InvalidRange", "416"];
const missing = ["NoSuchKey", "404"];
/** Not every service knows partNumber. */
const unknown = ["NotImplemented", "501"];
const mostBeginnings = 10;

/** A part of which some bytes are wanted, whole in memory or on its way. */
interface Piece {
  readonly start: number;
  readonly end: number;
  /** Groups of chunks: one that is there already, or many that are on their way. */
  readonly chunks: Iterable<Chunks> | AsyncIterable<Chunks>;
  drop(): void;
}

type Chunks = readonly Uint8Array[];

interface Begun {
  /** The one that `from` lies in. */
  readonly piece: Piece;
  readonly etag: string;
  readonly total: number;
  /** The parts that follow it. */
  readonly next: number;
  readonly last: number;
}

export async function read(connection: Connection, key: string, from: number, signal: AbortSignal): Promise<Bytes> {
  const begun = await fresh(() => begin(connection, key, from, signal));
  if (begun === undefined) return wholeStream([]);
  const { piece, next, last } = begun;
  if (next > last && Array.isArray(piece.chunks))
    return wholeStream(behind(piece.chunks.flat(), { left: from - piece.start }));
  const stop = new AbortController();
  return streamOf(inOrder(connection, key, from, begun, AbortSignal.any([signal, stop.signal])), (reason) => {
    stop.abort(reason);
    piece.drop();
  });
}

/** The first piece, whole if it is small; undefined where the object ends before `from`. */
async function begin(
  connection: Connection,
  key: string,
  from: number,
  signal: AbortSignal,
): Promise<Begun | undefined> {
  const ask = (wanted: Omit<Wanted, "key" | "signal">) =>
    getObject(connection, { key, signal, ...wanted }, [...missing, ...outside, ...unknown]);
  // Asked for by its number a part comes with its own checksum; an object that was written whole is its own first part.
  const number = partAt(from);
  let wanted: { readonly part?: number; readonly range?: string } = { part: number };
  let first = await ask(wanted);
  const elsewhere = isRefused(first) ? !missing.includes(first.refused) : !holds(first, from);
  if (elsewhere) {
    // Shorter than that, or not written by this store, in other parts. Then its bytes come without a checksum.
    if (!isRefused(first)) first.drop();
    wanted = from === 0 ? {} : { range: `bytes=${from}-` };
    first = await ask(wanted);
  }
  if (isRefused(first)) {
    if (outside.includes(first.refused)) return undefined;
    throw new ZenliteError("ZENLITE_NOT_FOUND", `"${key}" is not in s3://${connection.place.bucket}.`);
  }
  const { etag, total, parts } = first;
  const piece = await pieceOf(connection, first, { ...wanted, key, etag, signal });
  return { piece, etag, total, next: number + 1, last: elsewhere ? number : parts };
}

async function pieceOf(connection: Connection, found: Arriving, wanted: Wanted): Promise<Piece> {
  const { start, bytes, drop } = found;
  const again = (): Promise<Arriving> => demand(connection, wanted);
  const large = bytes > mostHeld;
  const { signal } = wanted;
  const chunks = large ? stream(connection, found, signal) : [await collect(connection, found, signal, again)];
  return { start, end: start + bytes, chunks, drop };
}

/** A part of the version that was begun with. */
async function demand(connection: Connection, wanted: Wanted): Promise<Arriving> {
  const found = await getObject(connection, wanted, [...missing, ...outside]);
  if (isRefused(found)) throw changed(connection, wanted.key);
  return found;
}

async function* inOrder(
  connection: Connection,
  key: string,
  from: number,
  begun: Begun,
  signal: AbortSignal,
): AsyncGenerator<Chunks> {
  const { piece: head, etag, total, last } = begun;
  const width = Math.max(1, Math.floor(mostAhead / (head.end - head.start)));
  const ahead: Promise<Piece>[] = [];
  let next = begun.next;
  const fetchAhead = (): void => {
    for (; next <= last && ahead.length < width; next += 1) {
      const wanted = { key, part: next, etag, signal };
      const piece = demand(connection, wanted).then((found) => pieceOf(connection, found, wanted));
      // Looked at in its turn; until then a failure must not count as unhandled.
      piece.catch(() => undefined);
      ahead.push(piece);
    }
  };
  let position = from;
  for (let piece: Piece | undefined = head; piece !== undefined; piece = await ahead.shift()) {
    fetchAhead();
    if (piece !== head && piece.start !== position)
      throw corrupt(connection, key, "its parts do not follow one another");
    const skip = { left: position - piece.start };
    for await (const chunks of piece.chunks) {
      signal.throwIfAborted();
      yield behind(chunks, skip);
    }
    position = piece.end;
  }
  if (position < total) throw corrupt(connection, key, `it ends after ${position} of ${total} bytes`);
}

/** A key that changes may do so between the parts of its first piece; nothing has been given on then, so it is begun anew. */
async function fresh<T>(begin: () => Promise<T>): Promise<T> {
  for (let beginning = 1; ; beginning += 1) {
    try {
      return await begin();
    } catch (error) {
      if (!hasCode(error, "ZENLITE_S3_CHANGED") || beginning === mostBeginnings) throw error;
    }
  }
}

function holds({ start, bytes, total }: Arriving, from: number): boolean {
  return start <= from && (from < start + bytes || start + bytes === total);
}

/** Without the first bytes, of which `skip.left` are still to come. */
function behind(chunks: Chunks, skip: { left: number }): Chunks {
  if (skip.left === 0) return chunks;
  return chunks.map((chunk) => {
    const rest = chunk.subarray(skip.left);
    skip.left -= chunk.length - rest.length;
    return rest;
  });
}

function wholeStream(chunks: Chunks): Bytes {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) if (chunk.length > 0) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** Nothing is asked for before it is read; cancelling ends what is under way. */
function streamOf(groups: AsyncGenerator<Chunks>, end: (reason: unknown) => void): Bytes {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // Until there is something: a pull that gives nothing is not followed by another.
          for (let given = false; !given;) {
            const { done, value } = await groups.next();
            if (done === true) return controller.close();
            for (const chunk of value) {
              if (chunk.length === 0) continue;
              controller.enqueue(chunk);
              given = true;
            }
          }
        } catch (error) {
          end(error);
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
