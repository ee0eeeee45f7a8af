import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMasker } from "../src/index.ts";

describe("createMasker", () => {
  it("masks values, each line of them, and as they stand in JSON", () => {
    const mask = createMasker({ KEY: "hunter2", PEM: "-----BEGIN-----\nc2VjcmV0\n-----END-----", QUOTED: 'a"b\\c$' });
    expect(mask("the key is hunter2, or hunter22")).toBe("the key is ***, or ***2");
    expect(mask("line c2VjcmV0 of it")).toBe("line *** of it");
    expect(mask(JSON.stringify({ a: 'a"b\\c$' }))).toBe('{"a":"***"}');
    expect(mask('raw a"b\\c$')).toBe("raw ***");
  });

  it("masks the longest of several", () => {
    expect(createMasker({ A: "abcd", B: "abcdefgh" })("abcdefgh abcd")).toBe("*** ***");
  });

  it("leaves short values alone: they are words of any text", () => {
    expect(createMasker({ A: "", B: "a", C: "yes" })("a text, yes")).toBe("a text, yes");
  });

  it("finds in pieces what it finds in the whole", () => {
    const secrets = { A: "secret", B: "secretive", C: "cret-key", D: "🔑🔑🔑🔑" };
    const word = fc.constantFrom(
      "secret",
      "secretive",
      "cret-key",
      "🔑",
      "🔑🔑🔑🔑",
      "s",
      "e",
      " ",
      "ret",
      "-key",
      "secretivesecret",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.array(fc.nat(40), { maxLength: 8 }), (words, cuts) => {
        const mask = createMasker(secrets);
        const text = words.join("");
        const stream = mask.stream();
        let shown = "";
        let rest = text;
        for (const cut of cuts) {
          shown += stream.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        shown += stream.push(rest) + stream.end();
        expect(shown).toBe(mask(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("shows text at once that can be no secret", () => {
    const stream = createMasker({ A: "secret" }).stream();
    expect(stream.push("progress 10 %, sec")).toBe("progress 10 %, ");
    expect(stream.push("ond, ")).toBe("second, ");
    expect(createMasker({}).stream().push("at once")).toBe("at once");
  });

  it("holds nothing back for a token of a thousand characters", () => {
    const token = "IQoJb3JpZ2luX2VjE".repeat(60);
    const stream = createMasker({ TOKEN: token }).stream();
    expect(stream.push("epoch 1 of 10\n")).toBe("epoch 1 of 10\n");
    expect(stream.push(`it is ${token.slice(0, 700)}`)).toBe("it is ");
    expect(stream.push(`${token.slice(700)}\n`)).toBe("***\n");
  });

  it("learns credentials while a stream runs; words that a simulator takes for keys stay readable", () => {
    const masker = createMasker({});
    const stream = masker.stream();
    expect(stream.push("AKIAIOSFODNN7EXAMPLE\n")).toBe("AKIAIOSFODNN7EXAMPLE\n");
    const value = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "test", region: "eu-central-1" };
    masker.learn({ kind: "aws", value });
    const shown = stream.push("AKIAIOSF") + stream.push("ODNN7EXAMPLE in a test in eu-central-1\n");
    expect(shown).toBe("*** in a test in eu-central-1\n");
  });
});
