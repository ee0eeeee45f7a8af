// Symbols, words and colours of statuses: each has a symbol of its own, so that nothing depends on colour.
import { styleText } from "node:util";
import type { RunStatus, StepStatus } from "@zenlite/core";

type Status = RunStatus | StepStatus;

const looks: {
  readonly [Name in Status]: { readonly symbol: string; readonly format: Parameters<typeof styleText>[0] };
} = {
  created: { symbol: "·", format: "dim" },
  waiting: { symbol: "·", format: "dim" },
  running: { symbol: "▸", format: "cyan" },
  completed: { symbol: "✔", format: "green" },
  cached: { symbol: "=", format: "green" },
  failed: { symbol: "✖", format: "red" },
  skipped: { symbol: "-", format: "dim" },
  cancelled: { symbol: "■", format: "yellow" },
  interrupted: { symbol: "!", format: "yellow" },
};

export function statusText(status: Status, stream: NodeJS.WriteStream = process.stdout): string {
  const { symbol, format } = looks[status];
  return styleText(format, `${symbol} ${status}`, { stream });
}

export function statusSymbol(status: Status, stream: NodeJS.WriteStream = process.stdout): string {
  const { symbol, format } = looks[status];
  return styleText(format, symbol, { stream });
}

/** `0.42 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `512 B`, `1.4 MiB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}
