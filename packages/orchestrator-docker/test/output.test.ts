import { array, assert, boolean, constantFrom, nat, property, record, string } from "fast-check";
import { exitFrame } from "@zenlite/core";
import { expect, test } from "vitest";
import { readOutput } from "../src/output.ts";

interface Piece {
  readonly error: boolean;
  readonly text: string;
}

/** As the engine writes it: 8 bytes of header before each piece. */
function frame({ error, text }: Piece): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = error ? 2 : 1;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function read(chunks: readonly Uint8Array[]): { lines: [string, boolean][]; exits: unknown[] } {
  const lines: [string, boolean][] = [];
  const exits: unknown[] = [];
  const reader = readOutput({
    line: (text, error) => void lines.push([text, error]),
    exit: (exit) => void exits.push(exit),
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { lines, exits };
}

const piece = record({
  error: boolean(),
  text: string({ unit: constantFrom("a", "é", "🙂", "\n", "\u0000", " ") }),
});

test("lines do not depend on how the engine's bytes are cut", () => {
  assert(
    property(array(piece), array(nat(7), { minLength: 1 }), (pieces, cuts) => {
      const bytes = Buffer.concat(pieces.map(frame));
      const chunks: Buffer[] = [];
      for (let at = 0, index = 0; at < bytes.length; index += 1) {
        const size = 1 + (cuts[index % cuts.length] ?? 0);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      for (const error of [false, true]) {
        const text = pieces
          .filter((each) => each.error === error)
          .map((each) => each.text)
          .join("");
        const expected = text.split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(
          read(chunks)
            .lines.filter(([, of]) => of === error)
            .map(([line]) => line),
        ).toEqual(expected);
      }
    }),
  );
});

test("the supervisor's last line is an exit and no line", () => {
  const exit = { code: 137, reason: "out-of-memory", detail: "more than 256 MiB" };
  const { lines, exits } = read([frame({ error: false, text: `last words\n${exitFrame}${JSON.stringify(exit)}\n` })]);
  expect(lines).toEqual([["last words", false]]);
  expect(exits).toEqual([exit]);
});

test.each([
  `${exitFrame}no json`,
  `${exitFrame}{"code":"0","reason":"exited"}`,
  `${exitFrame}{"code":0,"reason":"bored"}`,
  `${exitFrame}{"code":0,"reason":"exited"} and more`,
])("what only looks like an exit is text: %j", (text) => {
  expect(read([frame({ error: false, text: `${text}\n` })])).toEqual({ lines: [[text, false]], exits: [] });
});

test("a last line without its newline does not hide the exit", () => {
  const exit = { code: 0, reason: "exited" };
  const { lines, exits } = read([frame({ error: false, text: `no newline${exitFrame}${JSON.stringify(exit)}\n` })]);
  expect(lines).toEqual([["no newline", false]]);
  expect(exits).toEqual([exit]);
});

test("an exit on standard error is text: a step's own output cannot end it by that", () => {
  const text = `${exitFrame}{"code":0,"reason":"exited"}`;
  expect(read([frame({ error: true, text: `${text}\n` })]).lines).toEqual([[text, true]]);
});

test("a line without end is passed on in parts", () => {
  const { lines } = read([frame({ error: false, text: "x".repeat(200_000) })]);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.map(([line]) => line).join("")).toBe("x".repeat(200_000));
});
