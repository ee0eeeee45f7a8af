import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, isJsonObject } from "@zenlite/core";

describe("canonicalJson", () => {
  test("reads back as what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("does not depend on the order of keys", () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (!isJsonObject(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, nested]) => [key, shuffled(nested)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test("tells different data apart", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const same = canonicalJson(left) === canonicalJson(right);
        // JSON has one zero.
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        if (same) expect(plain(left)).toEqual(plain(right));
        else expect(plain(left)).not.toEqual(plain(right));
      }),
    );
  });

  test("keeps a key __proto__, leaves undefined out, sorts at every depth", () => {
    expect(canonicalJson(JSON.parse('{"b": [{"d": 1, "c": 2}], "__proto__": {"x": 1}, "a": null}'))).toBe(
      '{"__proto__":{"x":1},"a":null,"b":[{"c":2,"d":1}]}',
    );
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });
});
