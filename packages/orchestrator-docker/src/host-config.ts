/** Which of the engine's HostConfig keys a user may set, and why the others are refused. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate */
import type { FromSchema, JsonObject, SchemaNode } from "@zenlite/core";

const text = { type: "string", minLength: 1 } as const;
const texts = { type: "array", items: text } as const;
const textMap = { type: "object", additionalProperties: { type: "string" } } as const;

/** A key that is known and refused: users would look for the right spelling of an unknown one. */
export function refused<const Why extends string>(why: Why) {
  return { enum: [], description: `cannot be set: ${why}.` } as const;
}

const mounts = refused(
  "zenlite mounts the code and the artifact store itself, and nothing else of this machine may slip into a step",
);
const limits = refused("say cpu_count and memory under resources of the step, which every stack reads");
const supervised = refused("zenlite's supervisor is process 1");
const serving = refused("a step serves nobody");

export const hostConfigNode = {
  type: "object",
  description: "Further keys of the engine's HostConfig, in this file's spelling (shm_size for ShmSize).",
  additionalProperties: false,
  properties: {
    capAdd: { ...texts, description: "Kernel capabilities to add." },
    capDrop: { ...texts, description: "Kernel capabilities to take away." },
    cgroupParent: text,
    cpuShares: { type: "integer", minimum: 2, description: "Weight against other containers where CPU is short." },
    cpusetCpus: { ...text, examples: ["0-3"], description: "CPUs that the container may use." },
    deviceRequests: {
      type: "array",
      description: "GPUs and the like: driver, count (-1 for all) or deviceIds, capabilities.",
      items: {
        type: "object",
        additionalProperties: false,
        properties: {
          driver: { type: "string" },
          count: { type: "integer", minimum: -1 },
          deviceIds: texts,
          capabilities: { type: "array", items: texts, examples: [[["gpu"]]] },
          options: textMap,
        },
      },
    },
    devices: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["pathOnHost"],
        properties: { pathOnHost: text, pathInContainer: text, cgroupPermissions: { ...text, default: "rwm" } },
      },
    },
    dns: texts,
    dnsOptions: texts,
    dnsSearch: texts,
    extraHosts: { ...texts, examples: [["db:10.0.0.5"]], description: "Lines for /etc/hosts, as name:address." },
    groupAdd: texts,
    ipcMode: text,
    oomScoreAdj: { type: "integer", minimum: -1000, maximum: 1000 },
    pidsLimit: { type: "integer", minimum: 1 },
    runtime: text,
    securityOpt: { ...texts, examples: [["label=disable"]] },
    shmSize: { type: "integer", minimum: 1, description: "Bytes of /dev/shm." },
    sysctls: textMap,
    tmpfs: { ...textMap, description: "Further folders in memory: path to mount options." },
    ulimits: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "soft", "hard"],
        properties: { name: text, soft: { type: "integer" }, hard: { type: "integer" } },
      },
    },
    usernsMode: { ...text, examples: ["host"] },

    autoRemove: refused("a step's container is always removed when it ends"),
    binds: mounts,
    cpuCount: limits,
    cpuPeriod: limits,
    cpuQuota: limits,
    init: supervised,
    logConfig: refused("a step's output is read back from the engine's log"),
    memory: limits,
    memoryReservation: limits,
    memorySwap: limits,
    mounts,
    nanoCpus: limits,
    networkMode: refused("say network beside host_config"),
    oomKillDisable: refused("a step beyond its memory would hang instead of failing"),
    pidMode: supervised,
    portBindings: serving,
    privileged: refused("ask for the single capabilities by cap_add"),
    publishAllPorts: serving,
    readonlyRootfs: refused(
      "a step's root file system is always read-only; write to the scratch folder, or add a tmpfs",
    ),
    restartPolicy: refused("an attempt runs once; say retry of the step"),
    volumeDriver: mounts,
    volumesFrom: mounts,
  },
} as const satisfies SchemaNode;

export type HostConfigKeys = FromSchema<typeof hostConfigNode>;

/** Keys below these are the user's own words. */
const userMaps = new Set(["sysctls", "tmpfs", "options"]);

/** From this file's spelling to the engine's: `shmSize` becomes `ShmSize`. */
export function toEngine(keys: HostConfigKeys): { [key: string]: unknown } {
  return spell(keys);
}

function spell(keys: JsonObject): { [key: string]: unknown } {
  const spelled = Object.entries(keys).map(([key, value]): [string, unknown] => {
    // The one key that the engine does not write in plain PascalCase.
    const name = key === "deviceIds" ? "DeviceIDs" : key.slice(0, 1).toUpperCase() + key.slice(1);
    if (userMaps.has(key)) return [name, value];
    return [name, Array.isArray(value) ? value.map((item) => (isMapping(item) ? spell(item) : item)) : value];
  });
  return Object.fromEntries(spelled);
}

function isMapping(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
