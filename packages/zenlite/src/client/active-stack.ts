// Which stack is active in this working copy: local state, not committed.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, ZenliteError } from "@zenlite/core";
import { activeStackFile, ensureStateFolder, type Config } from "@zenlite/core/config";

/** Of several at once the last one stays, and nobody ever reads half a name. Throws ZENLITE_STATE_FOLDER. */
export async function setActiveStack(stateFolder: string, name: string): Promise<void> {
  await ensureStateFolder(stateFolder);
  const file = activeStackFile(stateFolder);
  try {
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, `${name}\n`);
  } catch (cause) {
    throw new ZenliteError("ZENLITE_STATE_FOLDER", `${file} cannot be written: ${messageOf(cause)}`, {
      cause,
      fault: "environment",
      hint: `ls -ld ${dirname(file)} ${file}`,
    });
  }
}

/** What to say where another stack is used in spite of what was set. */
export function overrideNotice({ secrets }: Config, name: string): string | undefined {
  const variable = secrets.variable("ZENLITE_STACK");
  return variable === undefined || variable === "" || variable === name
    ? undefined
    : `notice: ZENLITE_STACK=${variable} overrides it here; to use it: unset ZENLITE_STACK`;
}
