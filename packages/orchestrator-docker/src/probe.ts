/** Finds out once per engine and folder whether containers see the folders of this machine, and whose files they make there. */
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import {
  type ConfigPlace,
  hasCode,
  isJsonObject,
  isZenliteError,
  type Logger,
  messageOf,
  ZenliteError,
} from "@zenlite/core";
import type { EngineFacts } from "./capacity.ts";
import { callerOf, mount } from "./container.ts";
import type { Engine } from "./engine.ts";
import { toEngine } from "./host-config.ts";
import { untilRemoved } from "./removal.ts";
import { startContainer } from "./session.ts";
import type { DockerConfig } from "./settings.ts";

export interface ProbeRequest {
  readonly engine: Engine;
  readonly facts: EngineFacts;
  readonly place: ConfigPlace;
  /** Of a step whose image is there: as it will be mounted, so it is probed. */
  readonly image: string;
  readonly settings: DockerConfig;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** `unknown`: there is no image yet to find out with. */
export type Sight = "seen" | "unseen" | "unknown";

/**
 * Rootless, user-namespaced and virtual machines' engines map paths and users elsewhere, and a step would find empty folders or
 * leave files that nobody can delete. A container start costs a few hundred milliseconds, so a good answer is remembered.
 */
export async function probeFolder(request: ProbeRequest): Promise<void> {
  const { facts, place, log, signal } = request;
  const memory = await openMemory(request);
  if (memory.has("")) return;
  try {
    const uid = await askContainer(request, "write");
    const caller = request.settings.user === undefined ? process.getuid?.() : undefined;
    if (caller !== undefined && uid !== caller)
      throw refuse(facts, place, `a file made there belongs to user ${uid}, not to ${caller}`);
  } catch (error) {
    signal.throwIfAborted();
    // The only image may be one that is still to be built: then the next run finds out.
    if (hasCode(error, "ZENLITE_IMAGE_NOT_FOUND")) return;
    if (isZenliteError(error) && error.code !== "ZENLITE_CONTAINER_REFUSED") throw error;
    throw refuse(facts, place, messageOf(error), error);
  }
  log.info(`Docker engine ${facts.version}: its containers read and write the folders of this project (checked once)`);
  await memory.add("");
}

/** Whether containers can read code from this machine: where the artifact store is elsewhere they need no more, and copies do as well. */
export async function probeSight(request: ProbeRequest): Promise<Sight> {
  const { facts, place, log, signal } = request;
  const memory = await openMemory(request);
  if (memory.has("") || memory.has(" reads")) return "seen";
  if (memory.has(" copies")) return "unseen";
  try {
    await askContainer(request, "read");
  } catch (error) {
    signal.throwIfAborted();
    if (hasCode(error, "ZENLITE_IMAGE_NOT_FOUND")) return "unknown";
    if (isZenliteError(error) && error.code !== "ZENLITE_CONTAINER_REFUSED") throw error;
    log.info(
      `Docker engine ${facts.version}: its containers do not see ${place.stateFolder} (${messageOf(error)}); each gets a copy of the code`,
    );
    await memory.add(" copies");
    return "unseen";
  }
  await memory.add(" reads");
  return "seen";
}

const inside = "/zenlite/probe";
const scripts = {
  write: `const fs = require("node:fs"); fs.writeFileSync("${inside}/answer", fs.readFileSync("${inside}/question"));`,
  read: `process.stdout.write(require("node:fs").readFileSync("${inside}/question", "utf8") + "\\n");`,
} as const;

/** The user to whom the file belongs that a container has made. */
async function askContainer(
  { engine, facts, image, place, settings, signal }: ProbeRequest,
  act: keyof typeof scripts,
): Promise<number | undefined> {
  const user = settings.user ?? callerOf(facts.rootless);
  const nonce = randomUUID();
  await mkdir(join(place.stateFolder, "state"), { recursive: true });
  const folder = await mkdtemp(join(place.stateFolder, "state", "probe-"));
  try {
    await writeFile(join(folder, "question"), nonce);
    const body = {
      Image: image,
      Entrypoint: ["node", "-e", scripts[act]],
      ...(user === undefined ? {} : { User: user }),
      AttachStdout: true,
      AttachStderr: true,
      OpenStdin: true,
      StdinOnce: true,
      Labels: { "dev.zenlite.probe": nonce },
      HostConfig: {
        ...(settings.hostConfig === undefined ? {} : toEngine(settings.hostConfig)),
        AutoRemove: true,
        ReadonlyRootfs: true,
        NetworkMode: "none",
        Mounts: [mount(folder, inside, act === "read")],
      },
    };
    const session = await startContainer(engine, { name: `zenlite-probe-${nonce}`, body });
    const lines: string[] = [];
    for await (const line of session.lines.follow(signal)) lines.push(line);
    await untilRemoved(engine, session.id, session.removal);
    const answer = join(folder, "answer");
    const said = act === "read" ? lines[0] : await readFile(answer, "utf8").catch(() => undefined);
    if (said !== nonce)
      throw new Error(lines.find((line) => line.includes("Error:")) ?? "the container found an empty folder");
    return act === "read" ? undefined : (await stat(answer)).uid;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refuse(facts: EngineFacts, place: ConfigPlace, why: string, cause?: unknown): ZenliteError {
  const kind = facts.rootless ? "rootless engine" : facts.remapsUsers ? "engine with remapped users" : "engine";
  return new ZenliteError(
    "ZENLITE_DOCKER_MOUNT",
    `Containers of this Docker ${kind} cannot use the folder ${place.stateFolder}: ${why}.`,
    {
      hint: facts.remapsUsers
        ? "Set host_config: { userns_mode: host } on the orchestrator, or use an engine without userns-remap."
        : "Share the folder with the engine (Docker Desktop: Settings > Resources > File sharing), use an engine of this machine, or an artifact store that is not local.",
      fault: "environment",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

interface Memory {
  has(answer: string): boolean;
  add(answer: string): Promise<void>;
}

async function openMemory({ facts, place, settings }: ProbeRequest): Promise<Memory> {
  const user = settings.user ?? callerOf(facts.rootless);
  const found = `${facts.id} ${user ?? "-"} ${settings.hostConfig?.usernsMode ?? "-"} ${place.stateFolder}`;
  const file = join(place.stateFolder, "state", "docker-probe.json");
  const seen = await readSeen(file);
  return {
    has: (answer) => seen.includes(`${found}${answer}`),
    async add(answer) {
      const beside = `${file}.${randomUUID()}`;
      await writeFile(beside, `${JSON.stringify({ format: 1, seen: [...seen, `${found}${answer}`] })}\n`);
      await rename(beside, file);
    },
  };
}

async function readSeen(file: string): Promise<string[]> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    const seen = isJsonObject(value) ? value["seen"] : undefined;
    return Array.isArray(seen) ? seen.filter((each) => typeof each === "string") : [];
  } catch {
    // Not there, or not readable as JSON: probing again is always right.
    return [];
  }
}
