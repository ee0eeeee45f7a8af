// What the doctor finds: one line each, with what to type.
import type { Place, ZenliteError } from "@zenlite/core";

export type Level = "ok" | "warn" | "wrong";

export interface Finding {
  /** What was looked at, in a word. */
  readonly check: string;
  readonly level: Level;
  readonly message: string;
  /** What to type. */
  readonly next?: string;
  readonly code?: string;
  readonly where?: Place;
  /** Of what is wrong: whose it is to mend. */
  readonly fault?: "user" | "environment";
}

export function fine(check: string, message: string): Finding {
  return { check, level: "ok", message };
}

export function doubtful(check: string, message: string, next: string): Finding {
  return { check, level: "warn", message, next };
}

export function problem(check: string, level: Exclude<Level, "ok">, error: ZenliteError): Finding {
  return {
    check,
    level,
    message: error.message,
    code: error.code,
    ...(error.hint === undefined ? {} : { next: error.hint }),
    ...(error.where === undefined ? {} : { where: error.where }),
    fault: error.fault === "user" ? "user" : "environment",
  };
}

/** Without what was said before, in a stronger or an equal tone. */
export function once(findings: readonly Finding[]): readonly Finding[] {
  const keyOf = ({ code, message }: Finding): string => `${code ?? ""} ${message}`;
  const wrong = new Set(findings.filter(({ level }) => level === "wrong").map(keyOf));
  const said = new Set<string>();
  return findings.filter((finding) => {
    const key = keyOf(finding);
    if (finding.level === "ok") return true;
    if (said.has(key) || (finding.level === "warn" && wrong.has(key))) return false;
    said.add(key);
    return true;
  });
}
