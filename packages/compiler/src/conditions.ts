// The export conditions that this process resolves with: a bundle made by it must resolve likewise.

/** From `--conditions=x`, `--conditions x` and `-C x` in Node's arguments and in NODE_OPTIONS. */
export function hostConditions(execArgv: readonly string[], nodeOptions: string | undefined): readonly string[] {
  const words = [...(nodeOptions ?? "").split(/\s+/), ...execArgv];
  const found = new Set<string>();
  for (const [index, word] of words.entries()) {
    const [, joined] = /^(?:--conditions|-C)=(.+)$/.exec(word) ?? [];
    const next = word === "--conditions" || word === "-C" ? words[index + 1] : undefined;
    for (const condition of [joined, next]) if (condition !== undefined) found.add(condition);
  }
  return [...found];
}
