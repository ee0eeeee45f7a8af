// How keys become names of files, and in which order they are listed.

/** `lease@12` → `lease` and 12; any other file name is its own object. */
export function parseVersion(name: string): { readonly name: string; readonly version: number } | undefined {
  const match = /^(.+)@([1-9]\d{0,14})$/.exec(name);
  return match?.[1] === undefined ? undefined : { name: match[1], version: Number(match[2]) };
}

/** The order of the keys' UTF-8 bytes, as S3 lists them. `<` compares UTF-16, which differs beyond U+FFFF. */
export function compareBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters beyond U+FFFF, so they come after everything else. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
