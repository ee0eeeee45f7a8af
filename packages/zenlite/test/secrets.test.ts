// `zenlite secret create|update`: kept outside the project, for its owner alone; a value never comes from the command line.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { removeSecret, secretsText, storeSecret, type StoredSecrets } from "@zenlite/core/config";
import { createHome, secret, type Home } from "./home.ts";

describe("create", () => {
  test("from standard input: for its owner alone, the value to the letter but for the last line's end", async () => {
    using home = createHome();
    const created = await secret(
      home,
      undefined,
      ["create", "openai", "--key", "api_key"],
      "  hunter2 \"'$x\\\nsecond\n\n",
    );
    expect(created).toMatchObject({ code: 0, stderr: "" });
    expect(created.stdout).toContain(`Created secret "openai" (key "api_key") in ${home.file}.`);
    expect(created.stdout).toContain("${secret:openai.api_key}");
    expect(created.stdout).not.toContain("hunter2");
    expect(home.read()).toEqual({ openai: { api_key: "  hunter2 \"'$x\\\nsecond\n" } });
    expect(statSync(home.file).mode & 0o777).toBe(0o600);
    expect(statSync(join(home.folder, "zenlite")).mode & 0o777).toBe(0o700);
    expect(existsSync(`${home.file}.lock`)).toBe(false);
  });

  test("several keys at once, from a file or standard input as JSON", async () => {
    using home = createHome();
    const keys = join(home.folder, "keys.json");
    writeFileSync(keys, '{"user": "me", "password": "hunter2"}');
    expect(await secret(home, undefined, ["create", "database", "--from-file", keys])).toMatchObject({ code: 0 });
    const piped = await secret(home, undefined, ["create", "cloud", "--from-file", "-", "--json"], '{"id": "hunter3"}');
    expect(JSON.parse(piped.stdout)).toEqual({ file: home.file, name: "cloud", keys: ["id"], created: true });
    expect(home.read()).toEqual({ database: { user: "me", password: "hunter2" }, cloud: { id: "hunter3" } });
  });

  test.each([
    [["create", "openai", "--api_key=hunter2"], "zenlite secret create openai --key api_key"],
    [["create", "openai", "--api_key", "hunter2"], "zenlite secret create openai --key api_key"],
    [["create", "openai", "hunter2"], "zenlite secret create openai --key api_key"],
    [["create", "openai", "--key", "api_key=hunter2"], "--key api_key"],
    [["create", "openai", "--key", "a", "hunter2"], "zenlite secret create openai"],
    [["update", "openai", "-k=hunter2"], "zenlite secret update openai"],
  ])("a value on the command line is refused and not repeated: %j", async (args, next) => {
    using home = createHome();
    // Neither where the name is free nor where it is taken.
    await secret(home, undefined, ["create", "taken", "--key", "api_key"], "x");
    await secret(home, undefined, args.with(1, "taken"), "x").then(({ stdout, stderr }) => {
      expect(stdout + stderr).not.toContain("hunter2");
    });
    const refused = await secret(home, undefined, args, "x");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("ZENLITE_SECRET_IN_ARGUMENTS");
    expect(refused.stderr).toContain(next);
    expect(refused.stdout + refused.stderr).not.toContain("hunter2");
    expect(home.read()).toEqual({ taken: { api_key: "x" } });
  });

  test.each([
    ["no key", ["create", "openai"], "", "ZENLITE_ARGUMENT_INVALID", "--key api_key"],
    [
      "several keys and one input",
      ["create", "a", "--key", "b", "--key", "c"],
      "hunter2",
      "ZENLITE_ARGUMENT_INVALID",
      "--from-file -",
    ],
    [
      "both ways",
      ["create", "a", "--key", "b", "--from-file", "x"],
      "",
      "ZENLITE_ARGUMENT_INVALID",
      "exclude each other",
    ],
    ["nothing", ["create", "a", "--key", "b"], "", "ZENLITE_ARGUMENT_INVALID", "empty"],
    ["only a line's end", ["create", "a", "--key", "b"], "\n", "ZENLITE_ARGUMENT_INVALID", "empty"],
    ["a NUL", ["create", "a", "--key", "b"], "hunter2\0", "ZENLITE_ARGUMENT_INVALID", "NUL"],
    [
      "bytes that are no text",
      ["create", "a", "--key", "b"],
      Buffer.from([0xff, 0xfe, 0x00]),
      "ZENLITE_ARGUMENT_INVALID",
      "UTF-8",
    ],
    ["no JSON", ["create", "a", "--from-file", "-"], '{"b": hunter2', "ZENLITE_ARGUMENT_INVALID", "is no JSON"],
    ["a list", ["create", "a", "--from-file", "-"], '["hunter2"]', "ZENLITE_ARGUMENT_INVALID", "no mapping"],
    ["a number", ["create", "a", "--from-file", "-"], '{"b": 1234567}', "ZENLITE_ARGUMENT_INVALID", '"b" is no text'],
    ["no keys in it", ["create", "a", "--from-file", "-"], "{}", "ZENLITE_ARGUMENT_INVALID", "no key"],
    [
      "a file that is not there",
      ["create", "a", "--from-file", "nowhere"],
      "",
      "ZENLITE_ARGUMENT_INVALID",
      "no such file",
    ],
    ["a name with a dot", ["create", "a.b", "--key", "c"], "hunter2", "ZENLITE_SECRET_NAME", '"a.b"'],
    ["an empty name", ["create", "", "--key", "c"], "hunter2", "ZENLITE_SECRET_NAME", "empty"],
    ["a reserved name", ["create", "__proto__", "--key", "c"], "hunter2", "ZENLITE_SECRET_NAME", "reserved"],
    [
      "a reserved key",
      ["create", "a", "--from-file", "-"],
      '{"constructor": "hunter2"}',
      "ZENLITE_SECRET_NAME",
      "reserved",
    ],
    [
      "a name of 300 characters",
      ["create", "a".repeat(300), "--key", "c"],
      "hunter2",
      "ZENLITE_SECRET_NAME",
      "300 characters",
    ],
    ["a slip in an option", ["create", "a", "--form-file", "x"], "", "ZENLITE_ARGUMENT_INVALID", "--from-file"],
  ])("refused: %s", async (_what, args, input, code, says) => {
    using home = createHome();
    const refused = await secret(home, undefined, args, input);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain(code);
    expect(refused.stderr).toContain(says);
    expect(refused.stdout + refused.stderr).not.toMatch(/hunter2|1234567/);
    expect(existsSync(home.file)).toBe(false);
  });

  test("does not touch what is there; update does, and only what it names", async () => {
    using home = createHome();
    await secret(home, undefined, ["create", "a", "--from-file", "-"], '{"one": "1", "two": "2"}');
    const again = await secret(home, undefined, ["create", "a", "--key", "one"], "other");
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain("ZENLITE_SECRET_EXISTS");
    expect(again.stderr).toContain("zenlite secret update a --key one");
    expect(home.read()).toEqual({ a: { one: "1", two: "2" } });
    const updated = await secret(home, undefined, ["update", "a", "--key", "one"], "other");
    expect(updated.stdout).toContain('Updated secret "a" (key "one")');
    expect(home.read()).toEqual({ a: { one: "other", two: "2" } });
    const unknown = await secret(home, undefined, ["update", "b", "--key", "one"], "x");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("zenlite secret create b --key one");
  });

  test("many at once: none is lost", async () => {
    using home = createHome();
    const names = ["a", "b", "c", "d", "e", "f"];
    const ended = await Promise.all(names.map((name) => secret(home, undefined, ["create", name, "--key", "k"], name)));
    expect(ended.map(({ code }) => code)).toEqual(names.map(() => 0));
    expect(home.read()).toEqual(Object.fromEntries(names.map((name) => [name, { k: name }])));
  });

  test("a lock that a killed command left is taken over", async () => {
    using home = createHome();
    mkdirSync(`${home.file}.lock`, { recursive: true });
    // As old as one whose owner has died: it is not touched any more.
    utimesSync(`${home.file}.lock`, new Date(0), new Date(0));
    expect(await secret(home, undefined, ["create", "a", "--key", "k"], "x")).toMatchObject({ code: 0 });
  });

  test.each([
    [
      "that others may read",
      (home: Home) => writeFileSync(home.file, "{}", { mode: 0o644 }),
      "ZENLITE_SECRETS_UNREADABLE",
      "chmod 600",
    ],
    [
      "that is broken",
      (home: Home) => writeFileSync(home.file, '{"a": hunter2', { mode: 0o600 }),
      "ZENLITE_SECRETS_UNREADABLE",
      "no JSON",
    ],
    ["that is a folder", (home: Home) => mkdirSync(home.file), "ZENLITE_SECRETS_UNREADABLE", "secrets.json"],
  ])("a file %s is an error of the machine, and stays as it is", async (_what, prepare, code, says) => {
    using home = createHome();
    mkdirSync(join(home.folder, "zenlite"));
    prepare(home);
    const refused = await secret(home, undefined, ["create", "a", "--key", "k"], "x");
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.stderr).toContain(code);
    expect(refused.stderr).toContain(says);
    expect(refused.stderr).not.toContain("hunter2");
    expect(await secret(home, undefined, ["list"])).toMatchObject({ code: 3 });
  });

  test("a folder that cannot be made", async () => {
    using home = createHome();
    writeFileSync(join(home.folder, "zenlite"), "a file");
    const refused = await secret(home, undefined, ["create", "a", "--key", "k"], "x");
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.stderr).toContain("ZENLITE_SECRETS_NOT_WRITTEN");
  });

  test("a link to a file elsewhere stays a link", async () => {
    using home = createHome();
    mkdirSync(join(home.folder, "zenlite"));
    writeFileSync(join(home.folder, "elsewhere.json"), "{}", { mode: 0o600 });
    symlinkSync(join(home.folder, "elsewhere.json"), home.file);
    expect(await secret(home, undefined, ["create", "a", "--key", "k"], "x")).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(home.folder, "elsewhere.json"), "utf8"))).toEqual({ a: { k: "x" } });
  });
});

test("the mode holds also where the umask would let others in", async () => {
  using home = createHome();
  const before = process.umask(0);
  try {
    await secret(home, undefined, ["create", "a", "--key", "k"], "x");
  } finally {
    process.umask(before);
  }
  expect(statSync(home.file).mode & 0o777).toBe(0o600);
  chmodSync(home.file, 0o400);
  await secret(home, undefined, ["update", "a", "--key", "k"], "y");
  expect(statSync(home.file).mode & 0o077).toBe(0);
});

test("any changes one after the other: the file holds what a simple mapping would, for any name and value", () => {
  const name = fc.constantFrom("a", "b", "c-d", "0", "10");
  const change = fc.oneof(
    fc.record({
      kind: fc.constantFrom("create" as const, "update" as const),
      name,
      values: fc.dictionary(name, fc.string({ minLength: 1 }), { minKeys: 1 }),
    }),
    fc.record({ kind: fc.constant("delete" as const), name, keys: fc.option(fc.array(name, { minLength: 1 })) }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      let secrets: StoredSecrets = new Map();
      const model: Record<string, Record<string, string>> = {};
      for (const each of changes) {
        const before = model[each.name];
        try {
          if (each.kind === "delete") {
            secrets = removeSecret(secrets, each.name, each.keys ?? undefined);
            for (const key of each.keys ?? Object.keys(before ?? {})) delete before?.[key];
            if (Object.keys(before ?? {}).length === 0) delete model[each.name];
          } else {
            secrets = storeSecret(secrets, each.kind, each.name, new Map(Object.entries(each.values)));
            model[each.name] = { ...before, ...each.values };
          }
        } catch (error) {
          const refused = each.kind === "create" ? before !== undefined : before === undefined;
          const unknownKey = each.kind === "delete" && each.keys?.some((key) => before?.[key] === undefined) === true;
          expect(refused || unknownKey, String(error)).toBe(true);
        }
      }
      expect(JSON.parse(secretsText(secrets))).toEqual(model);
    }),
  );
});
