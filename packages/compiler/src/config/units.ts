// Amounts as people write them: memory and durations.

const memoryUnits: { readonly [unit: string]: number } = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  pb: 1e15,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  pib: 2 ** 50,
};

const secondsPerUnit: { readonly [unit: string]: number } = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** An amount that could be read, or why it could not. */
export type Amount = { readonly amount: number } | { readonly problem: string };

/**
 * Bytes. `KB MB GB TB PB` count in thousands, `KiB MiB GiB TiB PiB` in 1024s, in any case ("4Gb" is 4 × 10⁹ bytes);
 * a bare number is bytes.
 */
export function parseMemory(value: unknown): Amount {
  const problem = `expected an amount of memory such as "4GB", "4GiB" or "512MB", got ${show(value)}`;
  if (typeof value !== "string" && typeof value !== "number") return { problem };
  const [, digits = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/iu.exec(String(value)) ?? [];
  const factor = Object.hasOwn(memoryUnits, unit.toLowerCase()) ? memoryUnits[unit.toLowerCase()] : undefined;
  if (digits === "" || factor === undefined) return { problem };
  const amount = Math.floor(Number(digits) * factor);
  if (amount < 1 || !Number.isSafeInteger(amount)) return { problem };
  return { amount };
}

/** Seconds: a number, or a number with a unit (`"500ms"`, `"30s"`, `"5m"`, `"2h"`, `"1d"`). */
export function parseSeconds(value: unknown): Amount {
  const problem = `expected seconds, or a duration such as "30s" or "5m", got ${show(value)}`;
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? { amount: value } : { problem };
  if (typeof value !== "string") return { problem };
  const [, digits = "", unit = "s"] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/iu.exec(value) ?? [];
  const factor = secondsPerUnit[unit.toLowerCase()];
  if (digits === "" || factor === undefined) return { problem };
  return { amount: Number(digits) * factor };
}

/** A value as it is quoted in a message. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
