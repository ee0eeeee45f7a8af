// `zenlite secret list`: names and keys, never values; also those that the configuration refers to and nobody has set.
import { styleText } from "node:util";
import { readSecretsFile, secretsFile, secretVariable } from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { table } from "../../output/table.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { readReferences } from "./references.ts";

interface Row {
  readonly name: string;
  readonly key: string;
  /** What counts: the variable wins over the file. */
  readonly from: "file" | "environment" | "missing";
  readonly usedBy: readonly string[];
}

export async function listSecretsVerb(flags: { readonly json?: true }): Promise<number> {
  const file = secretsFile(process.env);
  const stored = readSecretsFile(file);
  const { references, problems } = await readReferences();
  const known = new Map<string, { readonly name: string; readonly key: string }>();
  for (const [name, keys] of stored) for (const key of keys.keys()) known.set(`${name}.${key}`, { name, key });
  for (const { name, key } of references) known.set(`${name}.${key}`, { name, key });
  const rows = [...known.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([reference, { name, key }]): Row => {
      const set = (process.env[secretVariable(reference)] ?? "") !== "";
      const from = set ? "environment" : stored.get(name)?.has(key) === true ? "file" : "missing";
      const usedBy = references.filter((each) => each.name === name && each.key === key).map((each) => each.usedBy);
      return { name, key, from, usedBy: [...new Set(usedBy)] };
    });
  for (const { message } of problems) progressLog.warn(`notice: not every reference is shown: ${message}`);
  if (flags.json === true) {
    printJson({ file, secrets: rows });
    return exitCodes.done;
  }
  if (rows.length === 0) print(`No secrets yet. Create one: zenlite secret create openai --key api_key`);
  else
    print(
      table(
        ["SECRET", "KEY", "FROM", "USED BY"],
        rows.map((row) => [row.name, row.key, sourceText(row), row.usedBy.join(", ")]),
      ),
    );
  for (const { name, key } of rows.filter(({ from }) => from === "missing"))
    print(`next: zenlite secret ${stored.has(name) ? "update" : "create"} ${name} --key ${key}`);
  return exitCodes.done;
}

function sourceText({ name, key, from }: Row): string {
  if (from === "missing") return styleText("red", "missing", { stream: process.stdout });
  return from === "file" ? "file" : secretVariable(`${name}.${key}`);
}
