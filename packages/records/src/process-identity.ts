// Who this process is, so that another process of the same host can tell at once whether it still lives.
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { hasCode } from "@zenlite/core";

export interface ProcessIdentity {
  /** The same for all processes that see each other's process ids. */
  readonly host: string;
  readonly id: number;
  /** Told apart from a later process of the same id. */
  readonly started: string;
}

/** `undefined` where the system does not tell: then only the beat of a lease says that its holder lives. */
export function identityOf(id: number = process.pid): ProcessIdentity | undefined {
  try {
    const started = process.platform === "linux" ? startOnLinux(id) : startByPs(id);
    return started === undefined ? undefined : { host: hostIdentity(), id, started };
  } catch {
    return undefined;
  }
}

/** Whether the process still lives; `undefined` where that cannot be told from here. */
export function isAlive(identity: ProcessIdentity): boolean | undefined {
  if (identity.host !== identityOf()?.host) return undefined;
  const found = identityOf(identity.id);
  if (found !== undefined) return found.started === identity.started;
  // It has ended, or the system hides the processes of others: taking the lease of a living process must not happen.
  return process.platform === "linux" && isHidden(identity.id);
}

/** Signals reach what /proc does not show: the answer is EPERM where the process is another user's. */
function isHidden(id: number): boolean {
  try {
    process.kill(id, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
  // One's own is shown, so that this is a zombie, which /proc told already.
  return false;
}

function hostIdentity(): string {
  if (process.platform !== "linux") return hostname();
  // Containers share the boot but not the process ids: the namespace belongs to the name.
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
}

/** Field 22 of /proc/<id>/stat (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html); a zombie has ended. */
function startOnLinux(id: number): string | undefined {
  const text = readFileSync(`/proc/${id}/stat`, "utf8");
  // The second field is the command in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function startByPs(id: number): string | undefined {
  const text = execFileSync("ps", ["-o", "lstart=", "-p", String(id)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  return text === "" ? undefined : text;
}
