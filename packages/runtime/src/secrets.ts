// Known secret values become *** in logs, errors and metadata. Only values as they are known: an encoded or cut one is not found.
import type { Json } from "@zenlite/core";

/** Shorter values are words of everyday text; masking them would make logs unreadable and hide nothing. */
const shortest = 4;
const mask = "***";

export interface Masker {
  /** Masks a whole text. */
  (text: string): string;
  /** Masks a text that comes in pieces. */
  stream(): MaskedStream;
}

interface MaskedStream {
  /** What may be shown by now: the rest may still become a secret. */
  push(text: string): string;
  /** The rest. */
  end(): string;
}

export function createMasker(secrets: { readonly [name: string]: string }): Masker {
  const values = new Set<string>();
  for (const value of Object.values(secrets))
    // A log shows a key file line by line; the value inside JSON is escaped.
    for (const form of [value, ...value.split(/\r?\n/u), JSON.stringify(value).slice(1, -1)])
      if (form.length >= shortest) values.add(form);
  // Longest first: a secret that starts with another is masked whole.
  const known = [...values].sort((left, right) => right.length - left.length);
  const longest = known[0]?.length ?? 0;
  const pattern = longest === 0 ? undefined : new RegExp(known.map(escape).join("|"), "gu");
  const whole = (text: string): string => (pattern === undefined ? text : text.replace(pattern, mask));

  return Object.assign(whole, {
    stream(): MaskedStream {
      if (pattern === undefined) return { push: (text) => text, end: () => "" };
      let held = "";
      return {
        push(text) {
          held += text;
          // From here on a secret may have only begun; a match that starts before is complete and goes out whole.
          const limit = held.length - longest + 1;
          let shown = "";
          let position = 0;
          for (const match of held.matchAll(pattern)) {
            if (match.index >= limit) break;
            shown += held.slice(position, match.index) + mask;
            position = match.index + match[0].length;
          }
          let end = Math.max(position, limit, 0);
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
