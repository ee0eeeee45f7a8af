import type { StepStatus } from "@zenlite/core";

/** How a step ends; each step has exactly one. */
export type FinalStatus = Exclude<StepStatus, "waiting" | "running">;

/** What earlier drivers of the same run left behind of a step. */
export interface KnownStep {
  readonly step: number;
  /** Attempts that were started. */
  readonly attempts: number;
  /** Attempts that failed, and so used up the first try or a retry. */
  readonly failures: number;
  readonly outcome?: FinalStatus;
  /** True where the last attempt still has compute, which was adopted. */
  readonly running?: boolean;
}

/** What an attempt came to. `outcome`: it is in the store, whatever the exit says. */
export type Verdict =
  | { readonly kind: "outcome"; readonly status: FinalStatus }
  | {
      readonly kind: "failed";
      readonly retryable: boolean;
      /** From 0 up to, without, 1: comes in from outside, so that `next` stays pure. Used where the retry has jitter. */
      readonly random: number;
      /** True: uses up no retry, and the next attempt starts without delay (the compute went away with an earlier driver). */
      readonly free?: boolean;
    };

export type TimerName = "retry" | "timeout";

/** What happened. `step` is the position in the plan; `number` counts the attempts of the step from 1. */
export type SchedulerEvent =
  | { readonly kind: "begin"; readonly known?: readonly KnownStep[] }
  /** The look into the cache. A look that failed is a miss. */
  | { readonly kind: "resolved"; readonly step: number; readonly found: "hit" | "miss" | "failed" }
  /** The step is launched without preparation when its turn comes. */
  | { readonly kind: "prepare-failed"; readonly step: number }
  | { readonly kind: "started"; readonly step: number; readonly number: number }
  | { readonly kind: "ended"; readonly step: number; readonly number: number; readonly verdict: Verdict }
  /** The answer to `settle`: the outcome that is in the store now, which may be an earlier one. */
  | { readonly kind: "settled"; readonly step: number; readonly status: FinalStatus }
  | { readonly kind: "timer"; readonly step: number; readonly timer: TimerName; readonly number: number }
  | { readonly kind: "cancel" }
  /** Cancel, and whatever is being stopped already is not waited for any longer. */
  | { readonly kind: "hurry" };

/** What to do now, in this order. */
export type SchedulerCommand =
  /** Look into the cache. Answer: `resolved`. */
  | { readonly kind: "resolve"; readonly step: number }
  /** Start compute that waits for its word. Answer: none, or `prepare-failed`. */
  | { readonly kind: "prepare"; readonly step: number; readonly number: number }
  /** What was prepared for the step is not needed. */
  | { readonly kind: "discard"; readonly step: number }
  /** Answers: `started` (left out where it could not), then `ended`. */
  | { readonly kind: "launch"; readonly step: number; readonly number: number }
  /** Answer: `ended`. */
  | { readonly kind: "stop"; readonly step: number; readonly cause: "timeout" | "halt"; readonly hurry: boolean }
  /** Answer: `timer`, unless it is cleared. A `retry` timer is also the news that the step is tried again. */
  | {
      readonly kind: "set-timer";
      readonly step: number;
      readonly timer: TimerName;
      readonly number: number;
      readonly seconds: number;
    }
  | { readonly kind: "clear-timer"; readonly step: number; readonly timer: TimerName }
  /** Write the outcome if there is none. Answer: `settled`. */
  | { readonly kind: "settle"; readonly step: number; readonly status: Exclude<FinalStatus, "completed"> }
  | { readonly kind: "finish"; readonly status: "completed" | "failed" | "cancelled" };
