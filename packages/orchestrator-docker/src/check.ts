/** Before anything is written: is the engine there, are the images, what will be capped, do folders reach containers? */
import { type ComponentContext, type StepCheck, ZenliteError } from "@zenlite/core";
import { compareWithEngine, type EngineFacts } from "./capacity.ts";
import { refusalOf, statusOf, type Engine } from "./engine.ts";
import { ensureImage, type WantedImage } from "./images.ts";
import { probeFolder } from "./probe.ts";
import { merge, type DockerConfig } from "./settings.ts";

export interface CheckRequest {
  readonly engine: Engine;
  readonly config: DockerConfig;
  readonly context: ComponentContext;
  readonly facts: EngineFacts;
  readonly steps: readonly StepCheck[];
  readonly signal: AbortSignal;
}

/** Returns notices; throws what stops the run. */
export async function checkSteps({ engine, config, context, facts, steps, signal }: CheckRequest): Promise<string[]> {
  const notices = compareWithEngine(steps, facts);
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
  await probeFolder({ engine, facts, place: context.place, image: reference, settings, log: context.log, signal });
  return notices;
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
