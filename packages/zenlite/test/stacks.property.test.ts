// Any sequence of commands, sensible or not, leaves a configuration that loads; and what is exported can be had elsewhere.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalJson } from "@zenlite/core";
import { chooseStack, exportStack, loadConfig, type Config } from "@zenlite/core/config";
import { builtins } from "../src/client/builtins.ts";
import type { DriverAnswer, DriverRequest } from "./command-driver.ts";
import { createProject, type Project } from "./project.ts";
import { flavorFiles, flavorLines } from "./stack-project.ts";

let driver: ChildProcess;
let died: Promise<never>;

beforeAll(() => {
  driver = fork(join(import.meta.dirname, "command-driver.ts"), {
    execArgv: ["--conditions=zenlite-source"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, ZENLITE_STACK: "" },
  });
  let said = "";
  driver.stderr?.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-2000)));
  died = once(driver, "close").then(([code]) => Promise.reject(new Error(`The driver ended with ${code}:\n${said}`)));
  died.catch(() => undefined);
});

afterAll(() => {
  driver.kill();
});

async function run(project: Project, args: readonly string[]): Promise<DriverAnswer> {
  const request: DriverRequest = { folder: project.folder, args };
  const answered = once(driver, "message");
  driver.send(request);
  const [answer] = (await Promise.race([answered, died])) as [DriverAnswer];
  return answer;
}

const load = (project: Project): Promise<Config> => loadConfig(project.folder, { builtins, environment: {} });

const textOf = (project: Project): string | undefined =>
  existsSync(project.path(".zenliterc")) ? readFileSync(project.path(".zenliterc"), "utf8") : undefined;

// --- commands ---

const flavors = [
  ["orchestrator", "near"],
  ["orchestrator", "far"],
  ["artifact-store", "bucket"],
  ["container-registry", "hub"],
  ["image-builder", "kiln"],
  ["service-connector", "badge"],
] as const;

const pick = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const flavor = fc.constantFrom(...flavors);
/** Few, so that commands meet; some that YAML would read as something else, and some that are none. */
const name = fc.oneof(
  { weight: 12, arbitrary: pick("a", "b", "default") },
  { weight: 4, arbitrary: pick("1.0", "null", "größe", "c-d.e") },
  { weight: 1, arbitrary: pick("", "x y", "a/b", "__proto__", "#", "x".repeat(300), "{}") },
);
const setting = fc.oneof(
  {
    weight: 6,
    arbitrary: pick("--size=3", "--region=north", "--region=${env:REGION}", "--region=#1: {x}", "--region=1e3"),
  },
  { weight: 1, arbitrary: pick("--size=0", "--size=big", "--nonsense=1", "--flavor=near", "--region=") },
);
const types = ["orchestrator", "artifact-store", "container-registry", "image-builder", "service-connector"] as const;
type Kind = (typeof types)[number] | "stack";

/** Mostly the name of something that is there when the command runs, as `?kind index`. */
const existing = (kind: Kind): fc.Arbitrary<string> =>
  fc.oneof({ weight: 4, arbitrary: fc.nat(9).map((index) => `?${kind} ${index}`) }, { weight: 1, arbitrary: name });

function resolveName(config: Config, word: string): string {
  const [, kind, index] = /^\?(\S+) (\d)$/.exec(word) ?? [];
  if (index === undefined) return word;
  const there: readonly { readonly name: string }[] =
    kind === "stack" ? config.stacks : config.components.filter((component) => component.type === kind);
  return there[Number(index) % Math.max(1, there.length)]?.name ?? "nobody";
}

const type = pick(...types);

const optional = (arbitrary: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly string[]> =>
  fc.oneof(fc.constant([]), arbitrary);
const words = (...all: readonly fc.Arbitrary<string | readonly string[]>[]): fc.Arbitrary<readonly string[]> =>
  fc.tuple(...all).map((each) => each.flat());
const is = (...values: readonly string[]): fc.Arbitrary<readonly string[]> => fc.constant(values);
const link = optional(words(is("--connector"), existing("service-connector")));
const parts = words(
  optional(words(is("-o"), existing("orchestrator"))),
  optional(words(is("-a"), existing("artifact-store"))),
  fc.oneof({ weight: 3, arbitrary: is() }, { weight: 1, arbitrary: words(is("-c"), existing("container-registry")) }),
  fc.oneof({ weight: 3, arbitrary: is() }, { weight: 1, arbitrary: words(is("-i"), existing("image-builder")) }),
);
const ofType = (
  make: (kind: (typeof types)[number]) => fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<readonly string[]> => fc.constantFrom(...types).chain((kind) => words(is(kind), make(kind)));

const commands: readonly (readonly [number, fc.Arbitrary<readonly string[]>])[] = [
  [3, flavor.map(([own, module]) => [own, "flavor", "register", `./flavors/${module}.ts`])],
  [1, words(type, is("flavor", "register"), pick("./flavors/near.ts", "./flavors/nowhere.ts", "nowhere"))],
  [1, flavor.map(([own, module]) => [own, "flavor", "delete", module])],
  [
    6,
    flavor.chain(([own, module]) =>
      words(
        is(own, "register"),
        name,
        is("-f", module),
        optional(words(setting)),
        own === "service-connector" ? is() : link,
      ),
    ),
  ],
  [3, ofType((kind) => words(is("update"), existing(kind), setting))],
  [1, ofType((kind) => words(is("update"), existing(kind), is("--unset"), pick("size", "region", "sise")))],
  [3, ofType((kind) => words(is("rename"), existing(kind), name))],
  [2, ofType((kind) => words(is("delete"), existing(kind)))],
  [2, ofType((kind) => words(is("connect"), existing(kind), is("--connector"), existing("service-connector")))],
  [1, ofType((kind) => words(is("disconnect"), existing(kind)))],
  [6, words(is("stack", "register"), name, parts, optional(is("--set")))],
  [3, words(is("stack", "update"), existing("stack"), parts, optional(words(is("--remove"), type)))],
  [3, words(is("stack", "rename"), existing("stack"), name)],
  [2, words(is("stack", "delete"), existing("stack"))],
  [3, words(is("stack", "set"), existing("stack"))],
  [1, pick("stack", "stakc", "orchestrator").map((word) => [word, "frobnicate"])],
];
const command = fc.oneof(...commands.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const full = `${flavorLines}
orchestrator:
  a: { flavor: near, size: 2 } # one
  # none of these is used
  b:
    flavor: far
    connector: a
artifact-store: { a: { flavor: bucket, region: "\${env:REGION:-north}" } }
container-registry: {a: {flavor: hub}}
service-connector:
    a: { flavor: badge }
stack:

  a: { orchestrator: a, artifact-store: default }

  b: # the far one
    orchestrator: b
    artifact_store: a
    container-registry: a
# the end
`;

const beginning = fc.constantFrom(undefined, "", flavorLines, full);

// --- what must hold ---

test(
  "30 commands leave a configuration that loads, and its stacks can be had in another project",
  { timeout: 120_000 },
  async () => {
    const said = { done: 0, refused: 0, moved: 0, unfit: 0 };
    const sequence = fc.array(command, { minLength: 30, maxLength: 30 });
    const property = fc.asyncProperty(beginning, sequence, async (text, given) => {
      using project = createProject({ ...flavorFiles, ...(text === undefined ? {} : { ".zenliterc": text }) });
      let config = await load(project);
      for (const typed of given) {
        const args = typed.map((word) => resolveName(config, word));
        const before = textOf(project);
        const { code, error } = await run(project, args);
        // 1 would be a fault of ours, 3 one of the machine's.
        expect([0, 2], `${args.join(" ")}\n${error}`).toContain(code);
        if (code === 0) said.done += 1;
        else {
          said.refused += 1;
          expect(textOf(project)).toBe(before);
          expect(error).not.toBe("");
        }
        config = await load(project);
        const { name: active } = await chooseStack(config);
        expect(config.stacks.map((stack) => stack.name)).toContain(active);
      }
      await moveStacks(project, said);
    });
    await fc.assert(property, { numRuns: 40 });
    // Commands that were all refused would show nothing.
    expect(said.done).toBeGreaterThan(200);
    expect(said.refused).toBeGreaterThan(200);
    expect(said.moved).toBeGreaterThan(40);
  },
);

/** Every stack of a project, exported and imported into an empty one, is the same there. */
async function moveStacks(project: Project, said: { moved: number; unfit: number }): Promise<void> {
  using other = createProject(flavorFiles);
  const config = await load(project);
  for (const [index, stack] of config.stacks.entries()) {
    const file = other.path(`${index}.yaml`);
    expect(await run(project, ["stack", "export", stack.name, file])).toEqual({ code: 0, error: "" });
    const { code, error } = await run(other, ["stack", "import", file]);
    if (code === 0) {
      expect(contentOf(await load(other), stack.name)).toBe(contentOf(config, stack.name));
      said.moved += 1;
    } else {
      // A component that was changed since may fit no longer: then it is refused where it comes from, too.
      expect(error).toMatch(/ZENLITE_STACK_INVALID|ZENLITE_CONFIG_/);
      expect((await run(project, ["stack", "set", stack.name])).code).toBe(2);
      said.unfit += 1;
    }
  }
}

/** The stack with its components and flavors, in no order. */
function contentOf(config: Config, name: string): string {
  const stack = config.stacks.find((each) => each.name === name);
  if (stack === undefined) throw new Error(`no stack ${name}`);
  const { flavors: declared, ...rest } = exportStack(config, stack, "0.0.0");
  const list: readonly unknown[] = Array.isArray(declared) ? declared : [];
  return canonicalJson({ ...rest, flavors: list.map(canonicalJson).sort() });
}
