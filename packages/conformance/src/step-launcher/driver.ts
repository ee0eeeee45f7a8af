// Run as a process: opens a launcher, starts one attempt, prints its handle, and stays until it is killed or its input ends.
import { createInterface } from "node:readline";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import type { ArtifactStore, ConfigPlace, Flavor, JsonObject, StepHandle, StepLaunch } from "@zenlite/core";

export interface Driving {
  /** Absolute path of the orchestrator flavor's module. */
  readonly module: string;
  readonly config: JsonObject;
  readonly place: ConfigPlace;
  readonly act: "prepare" | "launch";
  readonly step: Omit<StepLaunch, "artifactStore">;
}

const lines = createInterface({ input: process.stdin });
const closed = once(lines, "close");
const [line] = (await once(lines, "line")) as [string];
const { module, config, place, act, step: described } = JSON.parse(line) as Driving;
const { default: flavor } = (await import(pathToFileURL(module).href)) as { readonly default: Flavor<"orchestrator"> };
const call = { signal: new AbortController().signal };
const log = { info: (): void => {}, warn: (): void => {} };
await using launcher = await flavor.open(config, {
  where: "client",
  place,
  log,
  ...call,
  secret: async (reference) => reference,
});
if (launcher.drives !== "steps") throw new Error("this suite is for launchers");
// Only a launcher that runs steps in its own process uses it, and such a one is not asked to outlive its driver.
const step: StepLaunch = { ...described, artifactStore: undefined as unknown as ArtifactStore };
const { run, step: name, attempt } = step;
const handle: StepHandle =
  act === "launch"
    ? await launcher.launch(step, undefined, call)
    : { run, step: name, attempt, ref: (await launcher.prepare?.({ ...step, word: "" }, call)) ?? null };
process.stdout.write(`${JSON.stringify(handle)}\n`);
// Without this the process would end when nothing but the input is left to wait for.
const alive = setInterval(() => {}, 60_000);
await closed;
clearInterval(alive);
