// What can be changed in a configuration file's text.
import type { Json } from "../../json.ts";
import type { FieldPath } from "../position.ts";

/**
 * One change. Paths start at the top of the file. A component type and a key of a component are found in whichever spelling the
 * file uses (`artifact-store`, `artifact_store`; `max_parallel`, `maxParallel`); names are exact, and so is all that lies deeper,
 * which may be a mapping of the user's own. New keys are written as given.
 */
export type Edit =
  /**
   * Replaces a value, or adds the key at the end of its mapping, a section of the file at its usual place; mappings on the way
   * are made. A mapping set over a mapping leaves alone what is the same in both.
   */
  | { readonly at: FieldPath; readonly set: Json }
  /** Takes the key or item away with its own comments; a mapping or list that is left empty goes too. What is not there is no error. */
  | { readonly at: FieldPath; readonly remove: true }
  /** Gives a key another name at the same place; its value and comments stay. It is an error where there is none, or the name is taken. */
  | { readonly at: FieldPath; readonly rename: string }
  /** Adds an item at the end of a list, which is made where it is not there. */
  | { readonly at: FieldPath; readonly append: Json };
