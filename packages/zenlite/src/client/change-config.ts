// The way of every command that changes `.zenliterc`: read, decide, edit, check, write, with nobody else in between.
import type { Config, Edit } from "@zenlite/core/config";

export interface Change {
  /** Absolute. The file that holds the configuration now. */
  readonly file: string;
  /** True where the file did not exist before. */
  readonly created: boolean;
  /** False where there was nothing to change. */
  readonly changed: boolean;
}

/**
 * `from`: the folder where the search for a configuration starts. `decide` gets what the file says now, and nobody else changes the file
 * before its edits are written. Without a file a `.zenliterc` is made in the project's folder.
 *
 * Throws what `decide` throws; what `loadConfig` finds wrong with the file before and would find wrong with it afterwards;
 * ZENLITE_CONFIG_NOT_EDITABLE for a configuration that is a program, with the lines to add; ZENLITE_CONFIG_READ_ONLY;
 * ZENLITE_CONFIG_LOCKED where another command holds the file for too long.
 */
export async function changeConfig(
  from: string,
  decide: (config: Config) => readonly Edit[] | Promise<readonly Edit[]>,
): Promise<Change> {
  throw new Error(`not yet: ${from} ${decide.name}`);
}
