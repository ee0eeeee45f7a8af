// Known secret values become *** in logs, errors and metadata. Only values as they are known: an encoded or cut one is not found.
import type { Credentials, Json } from "@zenlite/core";
import type { StepWord } from "./word.ts";

/** Shorter values are words of everyday text; masking them would make logs unreadable and hide nothing. */
const shortest = 4;
/** Real keys are longer, and a simulator's are words such as "test". */
const shortestCredential = 8;
/** What comes along with credentials and is no secret. */
const plain = ["region"];
const mask = "***";

export interface Masker {
  /** Masks a whole text. */
  (text: string): string;
  /** Masks a text that comes in pieces. */
  stream(): MaskedStream;
  /** From now on these are masked too. */
  learn(credentials: Credentials): void;
}

interface MaskedStream {
  /** What may be shown by now: the rest may still become a secret. */
  push(text: string): string;
  /** The rest. */
  end(): string;
}

/** Masks all that a step's process is told in confidence. */
export function maskerOf(word: StepWord): Masker {
  const masker = createMasker(word.secrets);
  if (word.store.credentials !== undefined) masker.learn(word.store.credentials);
  return masker;
}

export function createMasker(secrets: { readonly [name: string]: string }): Masker {
  const values = new Set<string>();
  /** Longest first: a secret that starts with another is masked whole. */
  let known: readonly string[] = [];
  let pattern: RegExp | undefined;
  const add = (value: string, least: number): void => {
    // A log shows a key file line by line; the value inside JSON is escaped.
    for (const form of [value, ...value.split(/\r?\n/u), JSON.stringify(value).slice(1, -1)])
      if (form.length >= least) values.add(form);
  };
  const prepare = (): void => {
    known = [...values].sort((left, right) => right.length - left.length);
    pattern = known.length === 0 ? undefined : new RegExp(known.map(escape).join("|"), "gu");
  };
  const whole = (text: string): string => (pattern === undefined ? text : text.replace(pattern, mask));
  for (const value of Object.values(secrets)) add(value, shortest);
  prepare();

  return Object.assign(whole, {
    learn({ value }: Credentials): void {
      for (const [name, each] of Object.entries(value)) if (!plain.includes(name)) add(each, shortestCredential);
      prepare();
    },
    stream(): MaskedStream {
      let held = "";
      return {
        push(text) {
          if (pattern === undefined) return text;
          held += text;
          // A match that starts before is complete and goes out whole.
          const limit = openingOf(held, known);
          let shown = "";
          let position = 0;
          for (const match of held.matchAll(pattern)) {
            if (match.index >= limit) break;
            shown += held.slice(position, match.index) + mask;
            position = match.index + match[0].length;
          }
          let end = Math.max(position, limit);
          // Not between the halves of a character outside of the basic plane.
          if (end > position && /[\uD800-\uDBFF]/u.test(held[end - 1] ?? "")) end -= 1;
          shown += held.slice(position, end);
          held = held.slice(end);
          return shown;
        },
        end() {
          const rest = whole(held);
          held = "";
          return rest;
        },
      };
    },
  });
}

/** Where at the end of the text one of these may have begun; the text's length where none has. Tokens are long: not a line more than that waits. */
function openingOf(text: string, known: readonly string[]): number {
  const longest = known[0]?.length ?? 0;
  for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1)
    if (known.some((value) => value[0] === text[at] && value.startsWith(text.slice(at)))) return at;
  return text.length;
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}

/** The same data with every text masked, keys too. */
export function maskJson(value: Json, masker: Masker): Json {
  if (typeof value === "string") return masker(value);
  if (Array.isArray(value)) return value.map((item: Json) => maskJson(item, masker));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [masker(key), maskJson(nested, masker)]));
}
