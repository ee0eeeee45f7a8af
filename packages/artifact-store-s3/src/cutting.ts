// A body cut into the parts of an upload, in constant memory.
import { type Bytes, ZenliteError } from "@zenlite/core";

export interface Part {
  /** From 1 on. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

const mebibyte = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: parts have 5 MiB at least, and an upload 10,000 of them. */
const mostParts = 10_000;
/** Parts are small as long as 39 GiB may do: a reader holds several at once. */
const smallParts = 5_000;

/** How large part `number` is, unless it is the last. Together some 350 GiB. */
export function partBytes(number: number): number {
  return (number <= smallParts ? 8 : 64) * mebibyte;
}

/** The part that byte `position` is in. */
export function partAt(position: number): number {
  const small = smallParts * partBytes(1);
  if (position < small) return Math.floor(position / partBytes(1)) + 1;
  return smallParts + Math.floor((position - small) / partBytes(smallParts + 1)) + 1;
}

/** At least one part. Leaving early, or an abort, cancels the source; what the source throws is thrown as it is. */
export async function* cut(
  body: Bytes | Uint8Array,
  signal: AbortSignal,
  sizeOf: (number: number) => number = partBytes,
): AsyncGenerator<Part> {
  let number = 1;
  let held: Buffer = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : read(body, signal)) {
    let rest = chunk;
    // A full part is held until more comes: it may be the last.
    for (let size = sizeOf(number); bytes + rest.length > size; size = sizeOf(number)) {
      const taken = rest.subarray(0, size - bytes);
      yield { number, bytes: bytes === 0 ? taken : append(held, bytes, taken, size), last: false };
      if (number === mostParts)
        throw new ZenliteError(
          "ZENLITE_S3_TOO_LARGE",
          "An object of more than 350 GiB does not fit into S3's 10,000 parts.",
          {
            hint: "Write it as several artifacts.",
          },
        );
      [number, held, bytes, rest] = [number + 1, Buffer.alloc(0), 0, rest.subarray(taken.length)];
    }
    if (body instanceof Uint8Array) return yield { number, bytes: rest, last: true };
    const size = sizeOf(number);
    // What is larger than one part will likely fill the next; what is not may be a few bytes.
    held = append(held, bytes, rest, number > 1 ? size : Math.min(size, 2 * (bytes + rest.length)));
    bytes += rest.length;
  }
  yield { number, bytes: held.subarray(0, bytes), last: true };
}

/** `more` behind the first `bytes` of the buffer, which is replaced by one of `capacity` where it is too small. */
function append(buffer: Buffer, bytes: number, more: Uint8Array, capacity: number): Buffer {
  const fits = bytes + more.length <= buffer.length;
  const whole = fits ? buffer : Buffer.allocUnsafeSlow(capacity);
  if (!fits) buffer.copy(whole, 0, 0, bytes);
  whole.set(more, bytes);
  return whole;
}

/** Cancelling ends a read that is waiting, however long the source would have taken. */
async function* read(body: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  let ended = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      yield value;
    }
    ended = true;
  } finally {
    signal.removeEventListener("abort", cancel);
    // Not awaited: a source that hangs in its own clean-up must not hold up the error.
    if (!ended) cancel();
  }
}
