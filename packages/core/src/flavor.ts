import type { Call, ComponentContext, Components, ComponentType, ConfigPlace, Supports } from "./components.ts";
import { ZenliteError } from "./errors.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { suggestion } from "./nearest.ts";
import { componentTypes } from "./components.ts";
import type { StandardSchema } from "./schema.ts";

/** The version of the flavor contract that this package describes. */
export const contractVersion = 1;

/** The implementation of a component type. A plain object: `export default defineFlavor({ … })`. */
export interface Flavor<Type extends ComponentType = ComponentType, Config = JsonObject, Settings = JsonObject> {
  readonly contract: 1;
  readonly type: Type;
  readonly name: string;
  /** One sentence for `zenlite flavor list`. */
  readonly description?: string;
  /** Keys in camelCase; in files they are written in snake_case. */
  readonly config: StandardSchema<Config>;
  /** What a run configuration may say under `settings.<type>`; merged over the config before `supports` and each launch. */
  readonly settings?: StandardSchema<Settings>;
  /** Pure. `settings` is what the run configuration says for a step, where it says anything. */
  supports(config: Config, place: ConfigPlace, settings?: Settings): Supports[Type];
  readonly requires?: readonly Requirement[];
  /**
   * `register --auto-configure`: finds what this machine knows (a profile, a region, an account) and returns it as config, with references instead
   * of keys, and one sentence for people about each thing found. Throws a ZenliteError where it finds nothing.
   */
  discover?(
    given: Partial<Config>,
    call: Call,
  ): Promise<{ readonly config: JsonObject; readonly found: readonly string[] }>;
  /** Import the vendor's SDK here, not at the top of the module. */
  open(config: Config, context: ComponentContext): Promise<Components[Type] & AsyncDisposable>;
}

/** What must be true of another component of the stack. */
export interface Requirement {
  readonly type: ComponentType;
  readonly supports?: { readonly [key: string]: Json };
  readonly why: string;
}

/** Types a flavor and checks its shape; returns it as it is. */
export function defineFlavor<Type extends ComponentType, Config, Settings = never>(
  flavor: Omit<Flavor<Type, Config, Settings>, "contract"> & { readonly contract?: 1 },
): Flavor<Type, Config, Settings> {
  return { ...flavor, contract: 1 };
}

/** One entry of `zenliteFlavors.flavors` in a flavor package's package.json. */
export interface FlavorEntry {
  readonly type: ComponentType;
  readonly name: string;
  /** An export of the package (`.`, `./registry`), or a path where the project declares a module of its own. */
  readonly module: string;
}

/** Checks what a module exports by default. `source` names the package or file in errors. */
export function checkFlavor(
  value: unknown,
  expected: { readonly type: ComponentType; readonly name: string },
  source: string,
): Flavor {
  const fail = (message: string): never => {
    throw new ZenliteError("ZENLITE_FLAVOR_INVALID", `${source}: ${message}`, {
      where: { package: source },
      hint: "A flavor module ends in: export default defineFlavor({ type, name, config, supports, open }). See docs/flavors.md.",
    });
  };
  if (value === undefined) return fail("the module has no default export.");
  if (!isJsonObject(value)) return fail("the default export is no flavor object.");
  const candidate: { readonly [key: string]: unknown } = value;
  if (typeof candidate["contract"] === "number" && candidate["contract"] > contractVersion)
    throw new ZenliteError(
      "ZENLITE_CONTRACT_TOO_NEW",
      `${source} speaks flavor contract ${candidate["contract"]}; this zenlite speaks ${contractVersion}.`,
      { where: { package: source }, hint: "npm install zenlite@latest" },
    );
  if (candidate["contract"] !== contractVersion)
    return fail(`contract is ${JSON.stringify(candidate["contract"])}, expected ${contractVersion}.`);
  if (!componentTypes.some((type) => type === candidate["type"]))
    return fail(
      `type is ${JSON.stringify(candidate["type"])}.${suggestion(String(candidate["type"]), componentTypes)}`,
    );
  if (candidate["type"] !== expected.type || candidate["name"] !== expected.name)
    return fail(
      `it is declared as ${expected.type} "${expected.name}" but the module says ${String(candidate["type"])} "${String(candidate["name"])}".`,
    );
  for (const method of ["supports", "open"] as const)
    if (typeof candidate[method] !== "function") return fail(`${method} is missing or no function.`);
  for (const schema of ["config", "settings"] as const) {
    if (schema === "settings" && candidate[schema] === undefined) continue;
    if (!isStandardSchema(candidate[schema]))
      return fail(`${schema} is no Standard Schema with JSON Schema (use defineSchema, zod, valibot or arktype).`);
  }
  return value as unknown as Flavor;
}

function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !("~standard" in value))
    return false;
  const standard = value["~standard"];
  return typeof standard === "object" && standard !== null && "validate" in standard && "jsonSchema" in standard;
}
