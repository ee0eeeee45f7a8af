// Bodies of any size in chunks of any size become parts of the sizes asked for.
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, type Part } from "../src/cutting.ts";

const signal = new AbortController().signal;

async function partsOf(parts: AsyncIterable<Part>): Promise<Part[]> {
  const all: Part[] = [];
  // Copied at once: what is held must not be written over later.
  for await (const { number, bytes, last } of parts) all.push({ number, bytes: Buffer.from(bytes), last });
  return all;
}

test("parts are of their size but the last, in order, and together the body", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (chunks, size, whole) => {
        const body = Buffer.concat(chunks);
        const sizeOf = (number: number): number => size + (number > 2 ? 3 : 0);
        const source = whole ? new Uint8Array(body) : ReadableStream.from(chunks);
        const parts = await partsOf(cut(source, signal, sizeOf));
        expect(Buffer.concat(parts.map(({ bytes }) => bytes)).equals(body)).toBe(true);
        expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1));
        expect(parts.map(({ last }) => last)).toEqual(parts.map((_, index) => index === parts.length - 1));
        for (const { number, bytes, last } of parts)
          if (!last) expect(bytes.length).toBe(sizeOf(number));
          else expect(bytes.length).toBeLessThanOrEqual(sizeOf(number));
        // A last part that is empty is the whole of an empty body.
        if (body.length > 0) expect(parts.at(-1)?.bytes.length).toBeGreaterThan(0);
      },
    ),
  );
});

test("10,000 parts and no more", async () => {
  const taken = cut(new Uint8Array(10_000), signal, () => 1);
  expect(await partsOf(taken)).toHaveLength(10_000);
  await expect(partsOf(cut(new Uint8Array(10_001), signal, () => 1))).rejects.toThrow("350 GiB");
});
