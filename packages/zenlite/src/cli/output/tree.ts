// The live view on a terminal: what was said scrolls by above, the steps' states are redrawn below.
import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { RunEvent, StepStatus } from "@zenlite/core";
import { eventLine } from "./lines.ts";
import type { Reporter } from "./reporter.ts";
import { durationText, statusSymbol } from "./words.ts";

interface Row {
  status: StepStatus;
  started?: number;
  seconds?: number;
  note: string;
}

const redrawMilliseconds = 120;
/** Lines that stay free, so that the drawing never scrolls. */
const margin = 4;

export function treeReporter(stream: NodeJS.WriteStream): Reporter {
  const draw = createLogUpdate(stream);
  const rows = new Map<string, Row>();
  let dirty = false;
  let timer: NodeJS.Timeout | undefined;

  const text = (): string => {
    const room = Math.max(3, (stream.rows || 24) - margin);
    const entries = [...rows];
    // A long pipeline shows what is going on; the rest is counted.
    const shown =
      entries.length <= room ? entries : entries.filter(([, row]) => row.status === "running").slice(0, room - 1);
    const lines = shown.map(([step, row]) => {
      const seconds = row.seconds ?? (row.started === undefined ? undefined : (performance.now() - row.started) / 1000);
      const duration =
        seconds === undefined || seconds === 0 ? "" : styleText("dim", `  ${durationText(seconds)}`, { stream });
      return `${statusSymbol(row.status, stream)} ${step}${duration}${row.note === "" ? "" : styleText("dim", `  ${row.note}`, { stream })}`;
    });
    if (shown.length < entries.length) {
      const done = entries.filter(([, row]) => row.status !== "waiting" && row.status !== "running").length;
      lines.push(styleText("dim", `${done} of ${entries.length} steps done`, { stream }));
    }
    return lines.join("\n");
  };
  const redraw = (): void => {
    if (rows.size > 0) draw(text());
    dirty = false;
  };
  const above = (line: string): void => {
    draw.clear();
    stream.write(`${line}\n`);
    redraw();
  };
  const row = (step: string, change: Partial<Row>): void => {
    rows.set(step, { ...(rows.get(step) ?? { status: "waiting", note: "" }), ...change });
    dirty = true;
  };
  const update = (event: RunEvent): void => {
    if (event.event === "run.started") for (const step of event.steps) row(step, {});
    if (event.event === "step.started")
      row(event.step, {
        status: "running",
        started: performance.now(),
        note: event.number > 1 ? `try ${event.number}` : "",
      });
    if (event.event === "step.retrying")
      row(event.step, { status: "waiting", note: `tries again in ${durationText(event.inSeconds)}` });
    if (event.event === "step.finished")
      row(event.step, {
        status: event.status,
        seconds: event.seconds,
        note: event.status === "cached" ? "cached" : "",
      });
  };
  return {
    event(event) {
      update(event);
      // A time that counts up needs a clock; it must not keep the process alive.
      timer ??= setInterval(() => {
        if (dirty || [...rows.values()].some((each) => each.status === "running")) redraw();
      }, redrawMilliseconds).unref();
      const quiet = event.event === "step.started" || (event.event === "step.finished" && event.error === undefined);
      if (quiet) return;
      if (event.event === "run.finished") redraw();
      const line = eventLine(event, stream);
      if (line === undefined) return;
      if (event.event === "run.finished") {
        draw.done();
        stream.write(`${line}\n`);
        rows.clear();
      } else above(line);
    },
    close() {
      clearInterval(timer);
      if (rows.size > 0) redraw();
      draw.done();
    },
  };
}
