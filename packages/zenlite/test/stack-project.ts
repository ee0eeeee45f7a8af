// Projects for the stack verbs: small flavors as local modules that ask things of each other, and a configuration of them.
import { readFileSync } from "node:fs";
import { createProject, zenlite, type Ended, type Project } from "./project.ts";

/** A flavor module; `fields` go over the defaults. */
export function flavorModule(type: string, name: string, fields = ""): string {
  return `import { defineFlavor, defineSchema } from "@zenlite/core";
export default defineFlavor({
  type: "${type}",
  name: "${name}",
  config: defineSchema({ region: { type: "string", minLength: 2 }, size: { type: "integer", minimum: 1 } }),
  supports: () => ({ modes: [], timeout: true, retry: true, resources: [], maxParallel: true, resume: true, schedules: false,
    hostFolders: true, local: false, platforms: ["linux/amd64"], credentials: [] }),
  open: async () => ({ drives: "platform", [Symbol.asyncDispose]: async () => {} }),
  ${fields}
});
`;
}

/** What steps of it need: images from a registry, a sign-in, and a store that they reach. */
export const farRequires = `requires: [
    { type: "container-registry", why: "Images are pulled from one." },
    { type: "service-connector", why: "It signs in." },
  ],
  supports: () => ({ modes: [], timeout: true, retry: true, resources: [], maxParallel: true, resume: true, schedules: false, hostFolders: false }),`;

export const flavorFiles = {
  "flavors/near.ts": flavorModule("orchestrator", "near"),
  "flavors/far.ts": flavorModule("orchestrator", "far", farRequires),
  "flavors/bucket.ts": flavorModule("artifact-store", "bucket"),
  "flavors/hub.ts": flavorModule("container-registry", "hub"),
  "flavors/kiln.ts": flavorModule("image-builder", "kiln"),
  "flavors/badge.ts": flavorModule("service-connector", "badge"),
};

export const flavorLines = `# Everything that this project runs on.
flavors:
  - { type: orchestrator, name: near, module: ./flavors/near.ts }
  - { type: orchestrator, name: far, module: ./flavors/far.ts } # containers elsewhere
  - { type: artifact-store, name: bucket, module: ./flavors/bucket.ts }
  - { type: container-registry, name: hub, module: ./flavors/hub.ts }
  - { type: image-builder, name: kiln, module: ./flavors/kiln.ts }
  - { type: service-connector, name: badge, module: ./flavors/badge.ts }
`;

export interface StackProject extends Project {
  run(...args: readonly string[]): Promise<Ended>;
  /** The same with variables set. */
  runWith(environment: { readonly [name: string]: string }, ...args: readonly string[]): Promise<Ended>;
  /** What a command printed with `--json`; fails where it failed. */
  json(...args: readonly string[]): Promise<unknown>;
  /** The text of `.zenliterc`. */
  text(): string;
}

export function stackProject(components = "", files: { readonly [name: string]: string } = {}): StackProject {
  const project = createProject({ ...flavorFiles, ".zenliterc": flavorLines + components, ...files });
  const runWith: StackProject["runWith"] = (environment, ...args) =>
    zenlite(project.folder, args, { ZENLITE_STACK: undefined, XDG_CONFIG_HOME: project.path("home"), ...environment });
  return {
    ...project,
    runWith,
    run: (...args) => runWith({}, ...args),
    async json(...args) {
      const { stdout, stderr, code } = await runWith({}, ...args, "--json");
      if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${stderr}`);
      return JSON.parse(stdout);
    },
    text: () => readFileSync(project.path(".zenliterc"), "utf8"),
  };
}
