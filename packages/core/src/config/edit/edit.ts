// What can be changed in a configuration file's text.
import type { Json } from "../../json.ts";
import type { FieldPath } from "../position.ts";

/**
 * One change. Paths start at the top of the file. A key is found in whichever spelling the file uses (`artifact-store`,
 * `artifact_store`, `max_parallel`, `maxParallel`); new keys are written as given.
 */
export type Edit =
  /** Replaces a value, or adds the key at the end of its mapping; mappings on the way are made. */
  | { readonly at: FieldPath; readonly set: Json }
  /** Takes the key or item away with its own comments; a mapping that is left empty goes too. What is not there is no error. */
  | { readonly at: FieldPath; readonly remove: true }
  /** Gives a key another name at the same place; its value and comments stay. */
  | { readonly at: FieldPath; readonly rename: string }
  /** Adds an item at the end of a list, which is made where it is not there. */
  | { readonly at: FieldPath; readonly append: Json };
