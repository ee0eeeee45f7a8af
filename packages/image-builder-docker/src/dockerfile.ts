/** From a recipe to the files of its build: pure, the same bytes for the same recipe. */
import { createHash } from "node:crypto";
import { canonicalJson, isJsonObject, type Digest, type ImageRecipe, type JsonObject } from "@zenlite/core";

/** The user's code is mounted at /zenlite/app, so packages beside it are found by Node's own lookup. */
const folder = "/zenlite";

export const recipeLabel = "dev.zenlite.recipe";

export function digestOfRecipe(recipe: ImageRecipe): Digest {
  return `sha256:${createHash("sha256").update(canonicalJson(recipe)).digest("hex")}`;
}

/** Holds nothing of a pipeline or of a user's code: projects with the same native packages share the image. */
export function referenceOf(recipe: ImageRecipe): string {
  return `zenlite-packages:${digestOfRecipe(recipe).slice("sha256:".length, "sha256:".length + 12)}`;
}

export interface BuildFiles {
  readonly [name: string]: string;
}

/** `baseUser`: whom the base image's processes run as; the image ends as the same. `buildArguments`: names only. */
export function buildFiles(recipe: ImageRecipe, baseUser: string, buildArguments: readonly string[]): BuildFiles {
  const asRoot = baseUser === "" || baseUser === "root" || baseUser === "0" || baseUser.startsWith("0:");
  const lock = recipe.lock;
  // npm's cache would stay in the image, and its warnings about its own age change nothing here.
  const flags = "--omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --cache /tmp/npm-cache";
  const install = lock === undefined ? `npm install --no-package-lock ${flags}` : `npm ci ${flags}`;
  // No script has run so far; those of the packages that the project allows run now.
  const scripts = recipe.allowScripts.map(quote).join(" ");
  const rebuild = scripts === "" ? "" : ` && npm rebuild --foreground-scripts --cache /tmp/npm-cache ${scripts}`;
  return {
    Dockerfile: [
      `FROM ${recipe.base}`,
      // First, so that what a failed build leaves is known as ours too.
      `LABEL ${recipeLabel}="${digestOfRecipe(recipe)}"`,
      ...buildArguments.map((name) => `ARG ${name}`),
      ...(asRoot ? [] : ["USER root"]),
      `WORKDIR ${folder}`,
      `COPY ${lock === undefined ? "package.json" : "package.json package-lock.json"} ./`,
      `RUN ${install}${rebuild} && rm -rf /tmp/npm-cache`,
      ...(asRoot ? [] : [`USER ${baseUser}`]),
      "",
    ].join("\n"),
    "package.json": json({ name: nameOf(lock), private: true, dependencies: dependenciesOf(recipe) }),
    ...(lock === undefined ? {} : { "package-lock.json": json(lock) }),
  };
}

/** `npm ci` refuses a package.json that asks for anything else than its lock's root does. */
function dependenciesOf({ lock, packages }: ImageRecipe): JsonObject {
  const entries = lock?.["packages"];
  const root = isJsonObject(entries) ? entries[""] : undefined;
  const locked = isJsonObject(root) ? root["dependencies"] : undefined;
  if (isJsonObject(locked)) return locked;
  // A package that is there in two versions is wanted in the second one by another package: npm sees to that.
  return Object.fromEntries(packages.map(({ name, version }) => [name, version]).toReversed());
}

function nameOf(lock: JsonObject | undefined): string {
  const name = lock?.["name"];
  return typeof name === "string" ? name : "zenlite-native-packages";
}

function json(value: JsonObject): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
