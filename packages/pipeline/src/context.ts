// What a step's function gets as its second argument.
import type { JsonObject, Logger } from "@zenlite/core";

export interface StepContext {
  readonly run: string;
  /** The call's id: `trainer`, `trainer_2`. */
  readonly step: string;
  readonly attempt: string;
  /** 1 for the first try. */
  readonly number: number;
  /** Aborts when the run is cancelled or the step's time is up. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** What the step's option `secrets` names. */
  readonly secrets: { readonly [name: string]: string };
  /** An empty folder of this attempt, removed after it. Made when it is first asked for. */
  readonly scratchFolder: string;
  /** Adds to what the record says of this step. Throws ZENLITE_METADATA_NOT_DATA for what is not JSON. */
  metadata(entries: JsonObject): void;
  /** Throws ZENLITE_METRIC_NOT_FINITE for NaN and infinities. */
  metric(name: string, value: number): void;
}
