/** From a step to the engine's request for its container: pure. */
import { containerLayout, type Resources, type StepLaunch } from "@zenlite/core";
import { copiedRunner, volume, type Parts } from "./copies.ts";
import { toEngine } from "./host-config.ts";
import type { DockerConfig } from "./settings.ts";

/** By these a step's container is found again from any process. */
export const labels = {
  project: "dev.zenlite.project",
  run: "dev.zenlite.run",
  step: "dev.zenlite.step",
  attempt: "dev.zenlite.attempt",
  memoryBytes: "dev.zenlite.memory-bytes",
} as const;

export interface ContainerRequest {
  readonly name: string;
  readonly platform?: string;
  readonly body: { readonly [key: string]: unknown };
  /** Copied into it before it starts; absent where folders are mounted. */
  readonly copies?: Parts;
}

export interface Terms {
  readonly granted: Resources;
  /** As whom it runs where the settings do not say. */
  readonly user: string | undefined;
  /** False where the engine does not see this machine's folders: then copies of them travel. */
  readonly mounts: boolean;
}

/** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate */
export function describeContainer(
  step: StepLaunch,
  settings: DockerConfig,
  { granted, user, mounts }: Terms,
): ContainerRequest {
  const { cpuCount, memoryBytes } = granted;
  const parts = mounts
    ? [mount(step.runner, containerLayout.runner, true), mount(step.code, containerLayout.code, true)]
    : [volume];
  const runsAs = settings.user ?? user;
  return {
    name: containerName(step),
    ...(settings.platform === undefined ? {} : { platform: settings.platform }),
    body: {
      Image: step.image ?? settings.baseImage,
      // As entrypoint, not as command: an image's own entrypoint (a shell script in node:24-slim) would become process 1.
      Entrypoint: ["node", `${mounts ? containerLayout.runner : copiedRunner}/supervisor.mjs`],
      ...(runsAs === undefined ? {} : { User: runsAs }),
      WorkingDir: "/tmp",
      Env: Object.entries(environmentOf(step, settings)).map(([name, value]) => `${name}=${value}`),
      Labels: {
        [labels.project]: step.project,
        [labels.run]: step.run,
        [labels.step]: step.step,
        [labels.attempt]: step.attempt,
        ...(memoryBytes === undefined ? {} : { [labels.memoryBytes]: String(memoryBytes) }),
      },
      ...interactive,
      HostConfig: {
        ...(settings.hostConfig === undefined ? {} : toEngine(settings.hostConfig)),
        ...(settings.network === undefined ? {} : { NetworkMode: settings.network }),
        ...(cpuCount === undefined ? {} : { NanoCpus: Math.round(cpuCount * 1e9) }),
        // The same number for both means no swap: beyond its limit a step is killed and not slowed down for ever.
        ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
        AutoRemove: true,
        ReadonlyRootfs: true,
        // Executable, because some packages unpack and load native code there.
        Tmpfs: { ...settings.hostConfig?.tmpfs, "/tmp": "rw,exec,nosuid,nodev,mode=1777" },
        // The output is read back by whoever adopts the container; the engine's default may be a driver that cannot be read.
        LogConfig: { Type: "json-file", Config: { "max-size": "8m" } },
        Mounts: [...parts, ...(step.store === undefined ? [] : [mount(step.store, containerLayout.store, false)])],
      },
    },
    ...(mounts ? {} : { copies: { runner: step.runner, code: step.code } }),
  };
}

/** Standard input stays open until the driver's connection goes: then a container that waits for its word ends by itself. */
const interactive = {
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
  Tty: false,
  StopSignal: "SIGTERM",
  // An image's health check would start a process every few seconds inside a step's limits.
  Healthcheck: { Test: ["NONE"] },
} as const;

function environmentOf(step: StepLaunch, settings: DockerConfig): { readonly [name: string]: string } {
  return {
    // The caller's uid has no passwd entry in the image: HOME would be "/", which is read-only.
    HOME: "/tmp",
    ...settings.environment,
    ...step.environment,
    ZENLITE_CODE: containerLayout.code,
    ...(step.store === undefined ? {} : { ZENLITE_STORE: containerLayout.store }),
  };
}

/** A bind by `Mounts` refuses a missing source; `Binds` would silently make an empty folder of root's. */
export function mount(source: string, target: string, readOnly: boolean): { readonly [key: string]: unknown } {
  return { Type: "bind", Source: source, Target: target, ReadOnly: readOnly };
}

/** `zenlite-<end of the run>-<step>-<attempt>`: for people in `docker ps`; unique by the attempt. */
function containerName({
  run,
  step,
  attempt,
}: {
  readonly run: string;
  readonly step: string;
  readonly attempt: string;
}): string {
  const plain = (text: string): string => text.replaceAll(/[^a-zA-Z0-9_.-]+/gu, "_");
  return `zenlite-${plain(run).slice(-6)}-${plain(step).slice(0, 60)}-${plain(attempt)}`;
}

/** Files that a step writes belong to whoever runs zenlite; a rootless engine maps its root to that user. */
export function callerOf(rootless: boolean): string | undefined {
  if (rootless) return "0:0";
  const { getuid, getgid } = process;
  return getuid === undefined || getgid === undefined ? undefined : `${getuid()}:${getgid()}`;
}
