import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearest, suggestion } from "@zenlite/core";

describe("nearest", () => {
  test.each([
    ["flavours", "flavors"],
    ["stak", "stack"],
    ["satck", "stack"],
    ["orchestartor", "orchestrator"],
    ["artifactStore", "artifact-store"],
    ["ARTIFACT_STORE", "artifact-store"],
    ["zzzzzz", undefined],
    ["", undefined],
    ["x".repeat(101), undefined],
  ])("%s → %s", (word, expected) => {
    expect(nearest(word, ["flavors", "orchestrator", "artifact-store", "stack"])).toBe(expected);
  });

  test("a swap of neighbours is one mistake", () => {
    expect(nearest("ab", ["ba"])).toBe("ba");
    expect(nearest("abc", ["cba"])).toBeUndefined();
  });

  test("a known word is nearest to itself", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/u), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (known, at) => {
          const word = known[at % known.length] ?? "";
          expect(nearest(word, known)).toBe(word);
        },
      ),
    );
  });

  test("any one edit of a word of three letters or more finds it, where it is the only one known", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{3,12}$/u),
        fc.nat(),
        fc.constantFrom("x", ""),
        fc.nat({ max: 1 }),
        (word, place, put, taken) => {
          const at = place % word.length;
          expect(nearest(`${word.slice(0, at)}${put}${word.slice(at + taken)}`, [word])).toBe(word);
        },
      ),
    );
  });
});

describe("suggestion", () => {
  test("the near word, else what is known where that is short, else nothing", () => {
    expect(suggestion("stak", ["stack", "flavors"])).toBe(' Did you mean "stack"?');
    expect(suggestion("zzzzzz", ["stack", "flavors"])).toBe(" Known: stack, flavors.");
    expect(
      suggestion(
        "zzzzzz",
        Array.from({ length: 13 }, (_, index) => `name${index}`),
      ),
    ).toBe("");
    expect(suggestion("zzzzzz", [])).toBe("");
  });
});
