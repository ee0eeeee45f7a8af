// `zenlite secret create|update|delete`.
import { ZenliteError } from "@zenlite/core";
import {
  keysText,
  readSecretsFile,
  removeSecret,
  secretsFile,
  secretVariable,
  storeSecret,
  type Storing,
} from "@zenlite/core/config";
import { exitCodes } from "../../exit.ts";
import { print, printJson, progressLog } from "../../scope.ts";
import { readReferences } from "./references.ts";
import { askYes, canAsk } from "./prompt.ts";
import { changeSecrets } from "./store.ts";
import { readValues, refuseArguments, refuseName, type ValueFlags } from "./values.ts";

export async function storeSecretVerb(
  storing: Storing,
  name: string,
  rest: readonly string[],
  flags: ValueFlags & { readonly json?: true },
): Promise<number> {
  refuseArguments(storing, name, rest);
  refuseName("secret", name);
  for (const key of flags.key ?? []) refuseName("key", key);
  // Before anybody types anything: what is refused afterwards would have been typed for nothing.
  storeSecret(
    readSecretsFile(secretsFile(process.env)),
    storing,
    name,
    new Map((flags.key ?? []).map((key) => [key, ""])),
  );
  const values = await readValues(storing, name, flags);
  if (values === undefined) {
    progressLog.warn("Nothing was stored.");
    return exitCodes.interrupted;
  }
  const file = await changeSecrets((before) => storeSecret(before, storing, name, values));
  const keys = [...values.keys()];
  if (flags.json === true) printJson({ file, name, keys, [storing === "create" ? "created" : "updated"]: true });
  else {
    print(`${storing === "create" ? "Created" : "Updated"} secret "${name}" (${keysText(values)}) in ${file}.`);
    print(`Refer to it as ${keys.map((key) => `\${secret:${name}.${key}}`).join(", ")}`);
  }
  for (const variable of keys.map((key) => secretVariable(`${name}.${key}`)))
    if ((process.env[variable] ?? "") !== "") progressLog.warn(`notice: ${variable} is set here and counts instead.`);
  return exitCodes.done;
}

export async function deleteSecretVerb(
  name: string,
  flags: { readonly key?: readonly string[]; readonly yes?: true; readonly json?: true },
): Promise<number> {
  const { key: keys } = flags;
  const before = readSecretsFile(secretsFile(process.env));
  removeSecret(before, name, keys);
  const removed = new Map([...(before.get(name) ?? [])].filter(([key]) => keys?.includes(key) ?? true));
  if (flags.yes !== true) {
    if (!canAsk())
      throw new ZenliteError(
        "ZENLITE_CONFIRMATION_MISSING",
        `A secret that is deleted is gone: ${keysText(removed)} of "${name}".`,
        {
          hint: ["zenlite secret delete", name, ...(keys ?? []).map((key) => `--key ${key}`), "--yes"].join(" "),
        },
      );
    if (!(await askYes(`Delete ${keysText(removed)} of secret "${name}"?`))) {
      progressLog.warn("Nothing was deleted.");
      return exitCodes.failed;
    }
  }
  const file = await changeSecrets((now) => removeSecret(now, name, keys));
  const lost = (await readReferences()).references.filter((each) => each.name === name && removed.has(each.key));
  if (flags.json === true)
    printJson({ file, name, keys: [...removed.keys()], usedBy: lost.map(({ usedBy }) => usedBy) });
  else print(`Deleted ${keysText(removed)} of secret "${name}" from ${file}.`);
  for (const { key, usedBy } of lost) progressLog.warn(`notice: ${usedBy} still refers to \${secret:${name}.${key}}`);
  return exitCodes.done;
}
