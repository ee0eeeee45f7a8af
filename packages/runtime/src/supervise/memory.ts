// Was a process killed for want of memory? The kernel counts such kills in the control group, in two layouts.
import { readFileSync, writeFileSync } from "node:fs";

/** https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.events), https://docs.kernel.org/admin-guide/cgroup-v1/memory.html */
export interface MemoryWatch {
  /** True when the kernel has killed for memory since this watch was made. */
  wasExceeded(): boolean;
  /** "limit 256 MiB", or nothing where there is no limit. */
  limit(): string | undefined;
}

export function watchMemory(): MemoryWatch {
  const before = kills();
  return {
    wasExceeded: () => before !== undefined && (kills() ?? 0) > before,
    limit() {
      const bytes = Number(readFirst(["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]));
      // "max", and the first version's 2^63 rounded to pages, say that there is none.
      if (!Number.isFinite(bytes) || bytes <= 0 || bytes > 2 ** 60) return undefined;
      return `limit ${Number((bytes / 2 ** 20).toFixed(1))} MiB`;
    },
  };
}

/** Where memory runs out, the step is to go and not the supervisor, which records it. https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html */
export function sacrifice(process: number | undefined): void {
  if (process === undefined) return;
  try {
    writeFileSync(`/proc/${process}/oom_score_adj`, "500");
  } catch {
    // No Linux, or it is gone already.
  }
}

function kills(): number | undefined {
  const text = readFirst(["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"]);
  const [, count] = /^oom_kill (\d+)$/mu.exec(text ?? "") ?? [];
  return count === undefined ? undefined : Number(count);
}

function readFirst(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      return readFileSync(path, "utf8").trim();
    } catch {
      // The other layout, or none.
    }
  }
  return undefined;
}
