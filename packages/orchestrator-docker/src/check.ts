/** Before anything is written: is the engine there, are the images, what will be capped, do folders reach containers? */
import { type ComponentContext, type StepCheck, ZenliteError } from "@zenlite/core";
import type { Address } from "./address.ts";
import { compareWithEngine, type EngineFacts } from "./capacity.ts";
import { refusalOf, statusOf, type Engine } from "./engine.ts";
import { ensureImage, type WantedImage } from "./images.ts";
import { probeFolder, probeSight, type Sight } from "./probe.ts";
import { merge, type DockerConfig } from "./settings.ts";

export interface CheckRequest {
  readonly engine: Engine;
  readonly config: DockerConfig;
  readonly context: ComponentContext;
  readonly facts: EngineFacts;
  readonly steps: readonly StepCheck[];
  readonly signal: AbortSignal;
}

export interface Checked {
  readonly notices: readonly string[];
  /** Whether containers see this machine's folders. */
  readonly sight: Sight;
}

/** Throws what stops the run. */
export async function checkSteps({ engine, config, context, facts, steps, signal }: CheckRequest): Promise<Checked> {
  const notices = compareWithEngine(steps, facts);
  if (engine.exposed)
    notices.push(
      `the Docker engine at ${engine.address.url} is reached without TLS: code, secrets and credentials can be read on the way (use ssh:// or TLS)`,
    );
  const images = new Map<string, WantedImage>();
  const networks = new Map<string, string>();
  for (const { step, image, built, settings } of steps) {
    const merged = merge(config, settings);
    if (merged.network !== undefined) networks.set(merged.network, step);
    const reference = image ?? merged.baseImage;
    if (!built)
      images.set(`${reference} ${merged.platform} ${merged.pullPolicy}`, { reference, step, settings: merged });
  }
  await Promise.all([...networks].map(([network, step]) => checkNetwork(engine, network, step)));
  // One after the other: several pulls at once would share the same layers and mix their progress.
  for (const image of images.values()) await ensureImage(engine, image, facts, context.log, signal);
  const [{ reference, settings } = { reference: config.baseImage, settings: config }] = images.values();
  if (engine.remote) return { notices, sight: "unseen" };
  const probe = { engine, facts, place: context.place, image: reference, settings, log: context.log, signal };
  if (!steps.some(({ store }) => store !== undefined)) return { notices, sight: await probeSight(probe) };
  await probeFolder(probe);
  return { notices, sight: "seen" };
}

/** Throws ZENLITE_DOCKER_REMOTE for a store in a folder that the engine's containers have no way to. */
export function refuseFarStore(
  engine: { readonly remote: boolean; readonly address: Address },
  store: string | undefined,
): void {
  if (!engine.remote || store === undefined) return;
  const { url, from } = engine.address;
  throw new ZenliteError(
    "ZENLITE_DOCKER_REMOTE",
    `The Docker engine at ${url} (${from}) is on another machine, and the artifact store is the folder ${store} of this one: steps there could neither read nor write it.`,
    {
      hint: "Name an artifact-store in the stack that both reach (flavor s3), or use an engine of this machine: unset DOCKER_HOST, or docker context use default.",
    },
  );
}

/** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Network/operation/NetworkInspect */
async function checkNetwork(engine: Engine, network: string, step: string): Promise<void> {
  if (["bridge", "host", "none", "default"].includes(network) || network.startsWith("container:")) return;
  try {
    await engine.ask(engine.docker.getNetwork(network).inspect());
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new ZenliteError(
      "ZENLITE_NETWORK_NOT_FOUND",
      `The Docker network "${network}" of step ${step} does not exist: ${refusalOf(error)}.`,
      {
        where: { field: "network" },
        hint: `docker network create ${network}`,
        cause: error,
      },
    );
  }
}
