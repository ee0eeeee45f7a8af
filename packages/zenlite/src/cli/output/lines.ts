// One line an event: for CI logs, files and pipes.
import { styleText } from "node:util";
import type { Failure, RunEvent } from "@zenlite/core";
import type { Reporter } from "./reporter.ts";
import { durationText, statusText } from "./words.ts";

/** The line of an event, or nothing where it has none. */
export function eventLine(event: RunEvent, stream: NodeJS.WriteStream): string | undefined {
  const dim = (text: string): string => styleText("dim", text, { stream });
  switch (event.event) {
    case "run.started":
      return `${event.pipeline} on ${event.stack}: run ${event.runId}, ${event.steps.length} ${event.steps.length === 1 ? "step" : "steps"}`;
    case "run.finished":
      return `${statusText(event.status, stream)} in ${durationText(event.seconds)}`;
    case "step.started":
      return `${event.step}: ${statusText("running", stream)}${event.number > 1 ? ` (try ${event.number})` : ""}`;
    case "step.retrying":
      return `${event.step}: tries again in ${durationText(event.inSeconds)}${failureText(event.error)}`;
    case "step.finished":
      return `${event.step}: ${statusText(event.status, stream)}${event.seconds > 0 ? ` in ${durationText(event.seconds)}` : ""}${failureText(event.error)}`;
    case "image.building":
      return event.line === undefined ? `building image ${event.image}` : dim(`${event.image} | ${event.line}`);
    case "image.built":
      return `built image ${event.image} in ${durationText(event.seconds)}`;
    case "log":
      return `${dim(`${event.step} |`)} ${event.line}`;
    case "notice":
      return `${styleText("yellow", "notice", { stream })} ${event.message}`;
  }
}

function failureText(error: Failure | undefined): string {
  if (error === undefined) return "";
  const stack = error.stack === undefined ? "" : `\n${error.stack.replaceAll(/^/gm, "    ")}`;
  const at = error.at === undefined ? "" : ` (${error.at})`;
  const hint = error.hint === undefined ? "" : `\n    next: ${error.hint}`;
  return `\n  ${error.code}${at}\n    ${error.message.replaceAll("\n", "\n    ")}${stack}${hint}`;
}

export function linesReporter(stream: NodeJS.WriteStream): Reporter {
  return {
    event(event) {
      const line = eventLine(event, stream);
      if (line !== undefined) stream.write(`${line}\n`);
    },
    close: () => {},
  };
}
