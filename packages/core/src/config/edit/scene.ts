// What an edit looks at: the text, where everything stands in it, and how it is written.
import type { Lines } from "./lines.ts";
import type { Style } from "./style.ts";
import type { Tree } from "./tree.ts";

export interface Scene {
  readonly text: string;
  readonly lines: Lines;
  readonly style: Style;
  /** `undefined` for a text that says nothing. */
  readonly root: Tree | undefined;
}

/** The text between two offsets gives way to another. Splices of one step do not overlap. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}
