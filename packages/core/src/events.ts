import type { Failure, RunStatus, StepStatus } from "./records.ts";

export interface LogLine {
  readonly at: string;
  readonly step: string;
  readonly attempt: string;
  readonly text: string;
}

/** What `--json` prints, one line each, and what the terminal's tree is drawn from. `at` is ISO 8601. */
export type RunEvent = { readonly at: string; readonly runId: string } & (
  | {
      readonly event: "run.started";
      readonly pipeline: string;
      readonly stack: string;
      readonly steps: readonly string[];
    }
  | { readonly event: "run.finished"; readonly status: RunStatus; readonly seconds: number; readonly error?: Failure }
  | { readonly event: "step.started"; readonly step: string; readonly attempt: string; readonly number: number }
  | {
      readonly event: "step.retrying";
      readonly step: string;
      readonly attempt: string;
      readonly inSeconds: number;
      readonly error?: Failure;
    }
  | {
      readonly event: "step.finished";
      readonly step: string;
      readonly attempt?: string;
      readonly status: StepStatus;
      readonly seconds: number;
      readonly error?: Failure;
    }
  | { readonly event: "image.building"; readonly image: string; readonly line?: string }
  | { readonly event: "image.built"; readonly image: string; readonly seconds: number }
  | { readonly event: "log"; readonly step: string; readonly attempt: string; readonly line: string }
  | { readonly event: "notice"; readonly message: string; readonly code?: string }
);
