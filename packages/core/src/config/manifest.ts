// The static manifest of a flavor package (`zenliteFlavors` in its package.json), read without importing anything.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { componentTypes } from "../components.ts";
import { messageOf, ZenliteError, type Place } from "../errors.ts";
import { contractVersion, type FlavorEntry } from "../flavor.ts";
import { isJsonObject } from "../json.ts";
import { suggestion } from "../nearest.ts";
import { componentTypeOf, nameMistake } from "./names.ts";
import { packageFor } from "./known.ts";

export interface FlavorPackage {
  readonly name: string;
  readonly version?: string;
  /** Absolute path of its package.json. */
  readonly manifest: string;
  readonly flavors: readonly FlavorEntry[];
}

/** The package.json of an installed package as `from` (an absolute file) would find it; needs no `exports` entry. */
export function findManifest(name: string, from: string): string | undefined {
  return createRequire(from)
    .resolve.paths(name)
    ?.map((folder) => join(folder, name, "package.json"))
    .find((file) => existsSync(file));
}

/** Throws ZENLITE_FLAVOR_NOT_INSTALLED, ZENLITE_FLAVOR_MANIFEST, ZENLITE_CONTRACT_TOO_NEW. */
export function readFlavorPackage(name: string, from: string, where: Place): FlavorPackage {
  const place = { ...where, package: name };
  const manifest = findManifest(name, from);
  if (manifest === undefined) {
    const meant = packageFor(name);
    throw new ZenliteError(
      "ZENLITE_FLAVOR_NOT_INSTALLED",
      `The flavor package ${name} is not installed.${meant === undefined ? "" : ` Packages are named in full: "${meant}".`}`,
      { where: place, hint: `npm install ${meant ?? name}` },
    );
  }
  const fail = (message: string, cause?: unknown): never => {
    throw new ZenliteError("ZENLITE_FLAVOR_MANIFEST", `${name}: ${message} (${manifest})`, {
      where: place,
      hint: `npm install ${name}@latest, or ask its author: "zenliteFlavors": {"contract": ${contractVersion}, "flavors": [{"type": …, "name": …, "module": "."}]}`,
      ...(cause === undefined ? {} : { cause }),
    });
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(manifest, "utf8"));
  } catch (cause) {
    return fail(`its package.json cannot be read: ${messageOf(cause)}`, cause);
  }
  const described = isJsonObject(parsed) ? parsed["zenliteFlavors"] : undefined;
  if (described === undefined) return fail('it is no flavor package: its package.json has no "zenliteFlavors".');
  if (!isJsonObject(described)) return fail('"zenliteFlavors" is no mapping.');
  const { contract, flavors } = described;
  // Before anything else is read: a newer contract may give the other fields another shape.
  if (typeof contract === "number" && contract > contractVersion)
    throw new ZenliteError(
      "ZENLITE_CONTRACT_TOO_NEW",
      `${name} speaks flavor contract ${contract}; this zenlite speaks ${contractVersion}.`,
      { where: place, hint: "npm install zenlite@latest" },
    );
  if (contract !== contractVersion)
    return fail(`"zenliteFlavors.contract" is ${JSON.stringify(contract)}, expected ${contractVersion}.`);
  if (!Array.isArray(flavors) || flavors.length === 0) return fail('"zenliteFlavors.flavors" is no list of flavors.');
  const version = isJsonObject(parsed) ? parsed["version"] : undefined;
  return {
    name,
    ...(typeof version === "string" ? { version } : {}),
    manifest,
    flavors: flavors.map((entry: unknown, index) => readEntry(entry, `zenliteFlavors.flavors[${index}]`, fail)),
  };
}

function readEntry(entry: unknown, field: string, fail: (message: string) => never): FlavorEntry {
  if (!isJsonObject(entry)) return fail(`"${field}" is no mapping.`);
  const { type, name, module } = entry;
  const typeText = typeof type === "string" ? type : "";
  const known = componentTypeOf(typeText);
  if (known === undefined)
    return fail(`"${field}.type" is ${JSON.stringify(type)}.${suggestion(typeText, componentTypes)}`);
  if (typeof name !== "string") return fail(`"${field}.name" is ${JSON.stringify(name)}, expected a name.`);
  const mistake = nameMistake(name);
  if (mistake !== undefined) return fail(`"${field}.name" is ${JSON.stringify(name)}: ${mistake}.`);
  if (typeof module !== "string" || !/^\.(?:\/[^/]+)*$/u.test(module) || module.split("/").includes(".."))
    return fail(`"${field}.module" is ${JSON.stringify(module)}, expected an export of the package ("." or "./name").`);
  return { type: known, name, module };
}
