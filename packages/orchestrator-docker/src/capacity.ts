/** What the engine has, and what a step gets of what it asks for: pure. */
import { ZenliteError, type Resources, type StepCheck } from "@zenlite/core";
import { stringAt } from "./json.ts";

/** The part of the engine's /info that decisions need. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemInfo */
export interface EngineFacts {
  /** The engine's own identity, so that what was found out once is remembered. */
  readonly id: string;
  readonly version: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** False where the engine cannot hold a container to a limit (rootless without delegated cgroups). */
  readonly limitsCpus: boolean;
  readonly limitsMemory: boolean;
  /** `linux/amd64`. */
  readonly platform: string;
  /** Root inside a container is the engine's own user outside. */
  readonly rootless: boolean;
  /** Users inside are shifted to other numbers outside. */
  readonly remapsUsers: boolean;
}

export function readFacts(info: { readonly [key: string]: unknown }): EngineFacts {
  const security = Array.isArray(info["SecurityOptions"]) ? info["SecurityOptions"].map(String) : [];
  const secured = (name: string): boolean => security.some((option) => option.split(",").includes(`name=${name}`));
  return {
    id: stringAt(info, "ID") ?? "",
    version: stringAt(info, "ServerVersion") ?? "",
    cpus: Number(info["NCPU"] ?? 0),
    memoryBytes: Number(info["MemTotal"] ?? 0),
    limitsCpus: info["CpuCfsQuota"] !== false,
    limitsMemory: info["MemoryLimit"] !== false,
    platform: `${stringAt(info, "OSType") ?? "linux"}/${architecture(stringAt(info, "Architecture") ?? "")}`,
    rootless: secured("rootless"),
    remapsUsers: secured("userns"),
  };
}

/** The kernel's name of an architecture in the image world's spelling. */
export function architecture(machine: string): string {
  return { x86_64: "amd64", aarch64: "arm64", armv7l: "arm", i686: "386" }[machine] ?? machine;
}

/** The engine refuses a limit above what it has (CPUs) and one that it cannot enforce, so both are cut here. */
export function grant(asked: Resources, engine: EngineFacts): Resources {
  const { cpuCount, memoryBytes } = asked;
  return {
    ...(cpuCount === undefined || !engine.limitsCpus ? {} : { cpuCount: Math.min(cpuCount, engine.cpus) }),
    ...(memoryBytes === undefined || !engine.limitsMemory
      ? {}
      : { memoryBytes: Math.min(memoryBytes, engine.memoryBytes) }),
  };
}

/** The engine's own floor. https://docs.docker.com/engine/containers/resource_constraints/ */
const leastMemoryBytes = 6 * 1024 * 1024;

/** One notice for CPUs and one for memory, naming the steps; thrown instead where a step is strict. */
export function compareWithEngine(steps: readonly StepCheck[], engine: EngineFacts): string[] {
  const tooSmall = steps.find(({ resources }) => (resources.memoryBytes ?? Infinity) < leastMemoryBytes);
  if (tooSmall !== undefined)
    throw new ZenliteError(
      "ZENLITE_RESOURCES_INVALID",
      `Step ${tooSmall.step} asks for ${formatBytes(tooSmall.resources.memoryBytes ?? 0)} of memory; a container needs at least ${formatBytes(leastMemoryBytes)}, and Node about 64 MiB.`,
      { hint: 'Write memory with its unit, for example memory: "512MB".' },
    );
  const cpus = complaint(
    steps,
    ({ resources }) => resources.cpuCount,
    engine.cpus,
    engine.limitsCpus,
    formatCpus,
    "CPUs",
  );
  const memory = complaint(
    steps,
    ({ resources }) => resources.memoryBytes,
    engine.memoryBytes,
    engine.limitsMemory,
    formatBytes,
    "memory",
  );
  return [cpus, memory].filter((notice) => notice !== undefined);
}

function complaint(
  steps: readonly StepCheck[],
  ask: (step: StepCheck) => number | undefined,
  available: number,
  enforced: boolean,
  format: (amount: number) => string,
  what: string,
): string | undefined {
  const over = steps.filter((step) => (ask(step) ?? 0) > (enforced ? available : 0));
  if (over.length === 0) return undefined;
  const amounts = new Map<number, string[]>();
  for (const step of over) amounts.set(ask(step) ?? 0, [...(amounts.get(ask(step) ?? 0) ?? []), step.step]);
  const asked = [...amounts].map(
    ([amount, names]) =>
      `${names.length === 1 ? "step" : "steps"} ${names.join(", ")} ${names.length === 1 ? "asks" : "ask"} for ${format(amount)}`,
  );
  const limit = enforced ? `this engine has ${format(available)}` : `this engine cannot limit ${what}`;
  if (over.some((step) => step.strict))
    throw new ZenliteError(
      "ZENLITE_RESOURCES_UNAVAILABLE",
      `${capitalize(asked.join("; "))}; ${limit}, and strict_resources is set.`,
      {
        hint: "Ask for less, or leave strict_resources out to run with what there is.",
      },
    );
  return `${asked.join("; ")}; ${limit}: ${enforced ? "capped" : "not limited"}`;
}

const formatCpus = (count: number): string => `${count} ${count === 1 ? "CPU" : "CPUs"}`;

const capitalize = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** 268435456 → "256 MiB". */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}
