import { describe, expect, test } from "vitest";
import {
  checkFlavor,
  combineErrors,
  defineFlavor,
  defineSchema,
  isZenliteError,
  messageOf,
  ZenliteError,
} from "@zenlite/core";

const flavor = defineFlavor({
  type: "image-builder",
  name: "mine",
  config: defineSchema({}),
  supports: () => ({ platforms: [] }),
  open: () => Promise.reject(new Error("not opened here")),
});
const expected = { type: "image-builder", name: "mine" } as const;

describe("checkFlavor", () => {
  test("a flavor is returned as it is", () => {
    expect(flavor.contract).toBe(1);
    expect(checkFlavor(flavor, expected, "some-package")).toBe(flavor);
    const schema = Object.assign(() => "arktype's schemas are functions", flavor.config);
    expect(checkFlavor({ ...flavor, config: schema, settings: schema }, expected, "p").name).toBe("mine");
  });

  test.each([
    ["nothing", undefined, "ZENLITE_FLAVOR_INVALID", "the module has no default export"],
    ["a text", "flavor", "ZENLITE_FLAVOR_INVALID", "no flavor object"],
    [
      "a later contract",
      { contract: 2 },
      "ZENLITE_CONTRACT_TOO_NEW",
      "speaks flavor contract 2; this zenlite speaks 1",
    ],
    ["no contract", { ...flavor, contract: undefined }, "ZENLITE_FLAVOR_INVALID", "contract is undefined, expected 1"],
    ["contract 0", { ...flavor, contract: 0 }, "ZENLITE_FLAVOR_INVALID", "contract is 0, expected 1"],
    ["an unknown type", { ...flavor, type: "image-bilder" }, "ZENLITE_FLAVOR_INVALID", 'Did you mean "image-builder"?'],
    [
      "another type",
      { ...flavor, type: "orchestrator" },
      "ZENLITE_FLAVOR_INVALID",
      'the module says orchestrator "mine"',
    ],
    ["another name", { ...flavor, name: "theirs" }, "ZENLITE_FLAVOR_INVALID", 'the module says image-builder "theirs"'],
    ["no supports", { ...flavor, supports: {} }, "ZENLITE_FLAVOR_INVALID", "supports is missing or no function"],
    ["no open", { ...flavor, open: undefined }, "ZENLITE_FLAVOR_INVALID", "open is missing or no function"],
    ["no config", { ...flavor, config: undefined }, "ZENLITE_FLAVOR_INVALID", "config is no Standard Schema"],
    [
      "a plain JSON Schema",
      { ...flavor, config: { type: "object" } },
      "ZENLITE_FLAVOR_INVALID",
      "config is no Standard Schema",
    ],
    [
      "a Standard Schema without JSON Schema",
      { ...flavor, settings: { "~standard": { validate: () => 1 } } },
      "ZENLITE_FLAVOR_INVALID",
      "settings is no Standard Schema",
    ],
  ])("%s is refused", (_title, value, code, message) => {
    const attempt = (): unknown => checkFlavor(value, expected, "some-package");
    expect(attempt).toThrow(expect.objectContaining({ code, where: { package: "some-package" } }));
    expect(attempt).toThrow(message);
  });
});

describe("ZenliteError", () => {
  test("several are one, the first speaking", () => {
    const cause = new Error("c");
    const first = new ZenliteError("ZENLITE_A", "a", {
      hint: "h",
      where: { file: "f", line: 1 },
      cause,
      fault: "environment",
    });
    const second = new ZenliteError("ZENLITE_B", "b");
    expect(combineErrors([first])).toBe(first);
    const both = combineErrors([first, second]);
    expect(both).toMatchObject({
      code: "ZENLITE_A",
      message: "a",
      hint: "h",
      where: { file: "f", line: 1 },
      cause,
      fault: "environment",
    });
    expect(both.others).toEqual([second]);
  });

  test("is known by its structure", () => {
    const other = Object.assign(new Error("x"), { name: "ZenliteError", code: "ZENLITE_X" });
    expect(isZenliteError(other)).toBe(true);
    expect(isZenliteError(Object.assign(new Error("x"), { code: "ZENLITE_X" }))).toBe(false);
    expect(isZenliteError({ name: "ZenliteError", code: "ZENLITE_X" })).toBe(false);
    expect([messageOf(new Error("x")), messageOf(new TypeError()), messageOf("y")]).toEqual(["x", "TypeError", "y"]);
  });
});
