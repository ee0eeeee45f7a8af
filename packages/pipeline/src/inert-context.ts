// The context of `trainer.run(inputs)` in unit tests and scripts: nothing is recorded.
import type { StepContext } from "./context.ts";

/** What is given wins over the inert parts. */
export function inertContext(step: string, given: Partial<StepContext> = {}): StepContext {
  let folder: string | undefined;
  const inert: StepContext = {
    run: "none",
    step,
    attempt: "none",
    number: 1,
    signal: new AbortController().signal,
    log: { info() {}, warn() {} },
    secrets: {},
    get scratchFolder() {
      folder ??= makeFolder();
      return folder;
    },
    metadata() {},
    metric() {},
  };
  // By descriptors: a spread would ask for the folder, and so make it.
  return Object.defineProperties(inert, Object.getOwnPropertyDescriptors(given));
}

function makeFolder(): string {
  // Looked up when needed: a bundle of user code stays free of imports.
  const fs = process.getBuiltinModule("node:fs");
  const folder = fs.mkdtempSync(`${process.getBuiltinModule("node:os").tmpdir()}/zenlite-step-`);
  process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
