// `zenlite doctor`: what would stop a run, and what to type.
import { styleText } from "node:util";
import { exitCodes } from "../../exit.ts";
import { print, printJson } from "../../scope.ts";
import type { Finding, Level } from "./finding.ts";
import { examine } from "./project.ts";

export interface DoctorFlags {
  readonly stack?: string;
  readonly json?: true;
}

const looks: { readonly [Name in Level]: { readonly text: string; readonly format: Parameters<typeof styleText>[0] } } =
  {
    ok: { text: "✔ ok   ", format: "green" },
    warn: { text: "! warn ", format: "yellow" },
    wrong: { text: "✖ wrong", format: "red" },
  };

export async function doctorVerb(flags: DoctorFlags): Promise<number> {
  const findings = await examine(process.cwd(), flags.stack);
  const wrong = findings.filter(({ level }) => level === "wrong");
  if (flags.json === true) printJson({ ok: wrong.length === 0, findings });
  else {
    const width = Math.max(...findings.map(({ check }) => check.length));
    for (const finding of findings) print(textOf(finding, width));
    print(`\n${summary(wrong.length, findings.filter(({ level }) => level === "warn").length)}`);
  }
  if (wrong.length === 0) return exitCodes.done;
  // Configuration first: whoever mends it may find that the rest was its fault too.
  return wrong.some(({ fault }) => fault === "user") ? exitCodes.user : exitCodes.environment;
}

function textOf({ check, level, message, next, where }: Finding, width: number): string {
  const { text, format } = looks[level];
  const indent = "\n" + " ".repeat(text.length + width + 4);
  const position =
    where?.line === undefined ? "" : `:${where.line}${where.column === undefined ? "" : `:${where.column}`}`;
  const place = where?.file === undefined ? "" : ` (${where.file}${position})`;
  const lines = [`${message}${place}`, ...(next === undefined ? [] : [`next: ${next}`])].join("\n").split("\n");
  return `${styleText(format, text, { stream: process.stdout })}  ${check.padEnd(width)}  ${lines.join(indent)}`;
}

function summary(wrong: number, warnings: number): string {
  const more = warnings === 0 ? "" : ` ${warnings} more may matter.`;
  if (wrong > 0) return `${wrong} ${wrong === 1 ? "thing is" : "things are"} wrong.${more}`;
  return warnings === 0
    ? "Nothing is wrong."
    : `Nothing is wrong; ${warnings} ${warnings === 1 ? "line" : "lines"} may matter.`;
}
