// STUB by the owner so that the command line builds: the records helper replaces this file.
import type { ArtifactStore, Call } from "@zenlite/core";
export interface SweepPlan { readonly items: readonly { readonly key: string; readonly bytes: number; readonly why: string }[]; readonly bytes: number }
export async function planSweep(_store: ArtifactStore, _call: Call, _options: { readonly keepDays: number }): Promise<SweepPlan> { return { items: [], bytes: 0 }; }
export async function sweep(_store: ArtifactStore, _plan: SweepPlan, _call: Call): Promise<void> {}
