import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSecrets, readReference, resolveReferences, secretsFile, type Secrets } from "@zenlite/core/config";
import type { ZenliteError } from "@zenlite/core";
import { errorsOf, makeProject } from "./project.ts";

async function secretsWith(text: string, mode = 0o600): Promise<{ secrets: Secrets; file: string }> {
  const folder = await makeProject({ "zenlite/secrets.json": text });
  const environment = { XDG_CONFIG_HOME: folder };
  await chmod(join(folder, "zenlite/secrets.json"), mode);
  return { secrets: openSecrets(environment), file: secretsFile(environment) };
}

const refusal = async (attempt: () => unknown): Promise<ZenliteError | undefined> =>
  (await errorsOf(new Promise((resolve) => resolve(attempt()))))[0];

describe("the secrets file", () => {
  test("is read where the environment does not hold the secret", async () => {
    const { file } = await secretsWith('{"openai": {"key": "from file", "api-url": "u"}}');
    const environment = { XDG_CONFIG_HOME: join(file, "../.."), ZENLITE_SECRET_OPENAI_API_URL: "from environment" };
    const secrets = openSecrets(environment);
    expect(resolveReferences({ a: ["${secret:openai.key}!"], b: "${secret:openai.api-url}", c: 3 }, secrets)).toEqual({
      a: ["from file!"],
      b: "from environment",
      c: 3,
    });
  });

  test.each([0o644, 0o640, 0o604, 0o660])("of mode %o is refused, with the command that mends it", async (mode) => {
    const { secrets, file } = await secretsWith('{"a": {"b": "hidden"}}', mode);
    const error = await refusal(() => secrets.secret("a.b"));
    expect(error).toMatchObject({
      code: "ZENLITE_SECRETS_UNREADABLE",
      fault: "environment",
      hint: `chmod 600 ${file}`,
    });
    expect(error?.message).toContain(`mode 0${mode.toString(8)}`);
    await chmod(file, 0o600);
    expect(secrets.secret("a.b")).toBe("hidden");
  });

  test.each([
    ['{"a": {"b": "hidden"', "is no JSON"],
    ['["hidden"]', "is no mapping"],
    ['{"a": "hidden"}', '"a" is no mapping of keys to texts'],
    ['{"a": {"b": 12345}}', '"a.b" is no text'],
  ])("that is malformed (%s) is refused without quoting it", async (text, reason) => {
    const { secrets, file } = await secretsWith(text);
    const error = await refusal(() => secrets.secret("a.b"));
    expect(error).toMatchObject({ code: "ZENLITE_SECRETS_UNREADABLE", where: { file } });
    expect(error?.message).toContain(reason);
    expect(`${error?.message} ${String(error?.cause)}`).not.toMatch(/hidden|12345/u);
  });

  test("that lacks the secret: the nearest name and where to put it; values are not told", async () => {
    const { secrets } = await secretsWith('{"openai": {"key": "hidden"}}');
    const error = await refusal(() => secrets.secret("opnai.key"));
    expect(error).toMatchObject({
      code: "ZENLITE_SECRET_MISSING",
      message: 'There is no secret "opnai.key". Did you mean "openai.key"?',
      hint: "zenlite secret create opnai --key key, or set ZENLITE_SECRET_OPNAI_KEY.",
    });
    expect(await refusal(() => secrets.secret("openai.kye"))).toMatchObject({
      hint: "zenlite secret update openai --key kye, or set ZENLITE_SECRET_OPENAI_KYE.",
    });
    for (const name of ["__proto__.key", "constructor.name", "openai.toString"])
      expect(await refusal(() => secrets.secret(name))).toMatchObject({ code: "ZENLITE_SECRET_MISSING" });
  });

  test("lies in XDG_CONFIG_HOME, else in ~/.config; a relative XDG_CONFIG_HOME does not count", () => {
    expect(secretsFile({ XDG_CONFIG_HOME: "/x", HOME: "/h" })).toBe("/x/zenlite/secrets.json");
    expect(secretsFile({ HOME: "/h" })).toBe("/h/.config/zenlite/secrets.json");
    expect(secretsFile({ XDG_CONFIG_HOME: "x", HOME: "/h" })).toBe("/h/.config/zenlite/secrets.json");
  });
});

describe("references", () => {
  const secrets = openSecrets({ A: "1", EMPTY: "", NESTED: "${env:A}", XDG_CONFIG_HOME: "/nowhere" });

  test.each([
    ["${env:A}", "1"],
    ["x${env:A}y${env:A}z", "x1y1z"],
    ["${env:EMPTY}", ""],
    ["${env:EMPTY:-f}", "f"],
    ["${env:MISSING:-}", ""],
    ["${env:MISSING:-a:b $ c}", "a:b $ c"],
    ["${env:NESTED}", "${env:A}"],
    ["$${env:A}", "${env:A}"],
    ["$A $ {A} }", "$A $ {A} }"],
  ])("%s", (text, expected) => {
    expect(resolveReferences(text, secrets)).toBe(expected);
  });

  test.each(["${A}", "${env:}", "${env:A B}", "${secret:a}", "${secret:a.b.c}", "${secrt:a.b}", "${env:A", "${}"])(
    "%s is refused",
    async (text) => {
      expect(await refusal(() => resolveReferences({ k: [text] }, secrets))).toMatchObject({
        code: "ZENLITE_REFERENCE_INVALID",
        where: { field: "k[0]" },
      });
    },
  );

  test("all problems of a value at once, and keys are never references", async () => {
    const attempt = new Promise((resolve) =>
      resolve(resolveReferences({ "${env:A}": "a", b: "${env:B}", c: ["${x}"] }, secrets)),
    );
    expect((await errorsOf(attempt)).map(({ code, where }) => [code, where?.field])).toEqual([
      ["ZENLITE_VARIABLE_MISSING", "b"],
      ["ZENLITE_REFERENCE_INVALID", "c[0]"],
    ]);
    expect(resolveReferences({ "${env:A}": "a" }, secrets)).toEqual({ "${env:A}": "a" });
  });

  test("a single reference, in either form", async () => {
    expect(readReference("${env:A}", secrets)).toBe("1");
    const withSecret = openSecrets({ ZENLITE_SECRET_A_B: "s" });
    expect(readReference("a.b", withSecret)).toBe("s");
    expect(readReference("${secret:a.b}", withSecret)).toBe("s");
    for (const text of ["${env:A}x", "", "a", "${env:A}${env:A}"])
      expect(await refusal(() => readReference(text, secrets))).toMatchObject({ code: "ZENLITE_REFERENCE_INVALID" });
  });
});
