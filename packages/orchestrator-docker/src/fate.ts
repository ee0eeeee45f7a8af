/** How a container came to its end where its supervisor could not say so itself. */
import { messageOf, type StepExit } from "@zenlite/core";
import { formatBytes } from "./capacity.ts";
import { jsonLines, type Engine } from "./engine.ts";
import { stringAt } from "./json.ts";
import { removed, type Removal } from "./removal.ts";

export interface Circumstances {
  readonly memoryBytes?: number;
  /** True where this launcher stopped it. */
  readonly stopped: boolean;
  /** The last that was printed on standard error. */
  readonly complaint: string;
}

/** Never throws: an engine that went away is a fate too. */
export async function fateOf(
  engine: Engine,
  id: string,
  circumstances: Circumstances,
  removal?: Promise<Removal>,
): Promise<StepExit> {
  try {
    // Asked anew, because an earlier question may hang on a connection that is broken.
    const gone = await Promise.race([removed(engine, id), ...(removal === undefined ? [] : [removal])]);
    if (gone === "unreachable") return lost("the Docker engine went away while the step ran");
    return judge(gone.code, await readStory(engine, id), circumstances);
  } catch (error) {
    return lost(`the Docker engine could not say how the container ended: ${messageOf(error)}`);
  }
}

export interface Story {
  readonly code?: number;
  readonly outOfMemory: boolean;
  /** Signals sent through the engine, oldest first. */
  readonly signals: readonly number[];
}

/** The container is gone, but the engine remembers its last events. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemEvents */
async function readStory(engine: Engine, id: string): Promise<Story> {
  const stream = await engine.ask(
    engine.docker.getEvents({
      since: 1,
      until: Math.ceil(Date.now() / 1000),
      filters: { container: [id], event: ["oom", "kill", "die", "destroy"] },
    }),
  );
  const signals: number[] = [];
  let outOfMemory = false;
  let code: number | undefined;
  for await (const event of jsonLines(stream)) {
    const action = stringAt(event, "Action");
    if (action === "destroy") break;
    if (action === "oom") outOfMemory = true;
    if (action === "die") code = Number(stringAt(event, "Actor", "Attributes", "exitCode"));
    const signal = stringAt(event, "Actor", "Attributes", "signal");
    if (action === "kill" && signal !== undefined) signals.push(Number(signal));
  }
  return { outOfMemory, signals, ...(code === undefined ? {} : { code }) };
}

const killed = 137;

/** Pure. `waited`: the code that the engine gave when the container was removed, where it still knew it. */
export function judge(
  waited: number | undefined,
  story: Story,
  { memoryBytes, stopped, complaint }: Circumstances,
): StepExit {
  const code = waited ?? story.code ?? null;
  if (stopped) return { code, reason: "stopped" };
  if (story.outOfMemory) return { code, reason: "out-of-memory", detail: outOfMemory(memoryBytes) };
  if (code === null) return lost("the engine knows no container of this attempt any more");
  if (story.signals.includes(15)) return { code, reason: "stopped", detail: "stopped from outside (docker stop)" };
  if (code === killed)
    return {
      code,
      reason: "lost",
      detail: "killed from outside (docker kill, docker rm, or the engine was shut down)",
    };
  if (code === 0) return { code, reason: "lost", detail: "the container ended without saying how the step went" };
  return { code, reason: "exited", ...(complaint === "" ? {} : { detail: complaint }) };
}

export function outOfMemory(memoryBytes: number | undefined): string {
  return memoryBytes === undefined
    ? "killed by the kernel: the machine ran out of memory"
    : `killed by the kernel: more than ${formatBytes(memoryBytes)}`;
}

function lost(detail: string): StepExit {
  return { code: null, reason: "lost", detail };
}
