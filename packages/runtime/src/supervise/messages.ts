// What supervisor and step process say to each other over their channel. User code can speak on it too: nothing here decides an
// outcome, the store does.
import type { Credentials, Failure, StepExit } from "@zenlite/core";

/** To the step's process. */
export type ToStep =
  | { readonly kind: "word"; readonly text: string }
  /** Newer ones for the store. */
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  /** The driver is gone: nobody renews credentials any more. */
  | { readonly kind: "orphaned" }
  | { readonly kind: "stop"; readonly exit: "stopped"; readonly why: string }
  | { readonly kind: "stop"; readonly exit: "timeout"; readonly seconds: number };

/** To the supervisor, as the last thing before the step's process exits. */
export interface Ended {
  readonly kind: "ended";
  readonly exit: StepExit;
  readonly error?: Failure;
}

export function isToStep(message: unknown): message is ToStep {
  return (
    typeof message === "object" &&
    message !== null &&
    "kind" in message &&
    ["word", "credentials", "orphaned", "stop"].some((kind) => kind === message.kind)
  );
}

export function isEnded(message: unknown): message is Ended {
  return (
    typeof message === "object" &&
    message !== null &&
    "kind" in message &&
    message.kind === "ended" &&
    "exit" in message
  );
}
