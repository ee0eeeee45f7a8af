import type { ImageRecipe, JsonObject } from "@zenlite/core";
import { expect, test } from "vitest";
import { packContext } from "../src/build-context.ts";
import { buildFiles, digestOfRecipe, referenceOf } from "../src/dockerfile.ts";

const recipe: ImageRecipe = {
  base: "node:24-slim",
  packages: [
    { name: "better-sqlite3", version: "13.2.0" },
    { name: "node-addon-api", version: "8.5.0" },
  ],
  allowScripts: [],
};
const lock: JsonObject = {
  name: "locked",
  lockfileVersion: 3,
  packages: { "": { name: "locked", dependencies: { "better-sqlite3": "13.2.0" } } },
};

test("a locked recipe is installed as the lock says, and only what its root asks for is asked for", () => {
  const files = buildFiles({ ...recipe, lock }, "", []);
  expect(files["Dockerfile"]).toBe(
    [
      "FROM node:24-slim",
      `LABEL dev.zenlite.recipe="${digestOfRecipe({ ...recipe, lock })}"`,
      "WORKDIR /zenlite",
      "COPY package.json package-lock.json ./",
      "RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --cache /tmp/npm-cache && rm -rf /tmp/npm-cache",
      "",
    ].join("\n"),
  );
  expect(JSON.parse(files["package.json"] ?? "")).toEqual({
    name: "locked",
    private: true,
    dependencies: { "better-sqlite3": "13.2.0" },
  });
  expect(JSON.parse(files["package-lock.json"] ?? "")).toEqual(lock);
});

test("without a lock every package is installed in its exact version", () => {
  const files = buildFiles(recipe, "", []);
  expect(files["Dockerfile"]).toContain(
    "COPY package.json ./\nRUN npm install --no-package-lock --omit=dev --ignore-scripts",
  );
  expect(JSON.parse(files["package.json"] ?? "").dependencies).toEqual({
    "better-sqlite3": "13.2.0",
    "node-addon-api": "8.5.0",
  });
  expect(files["package-lock.json"]).toBeUndefined();
});

test("only scripts that are allowed run", () => {
  const { Dockerfile = "" } = buildFiles({ ...recipe, allowScripts: ["better-sqlite3", "@scope/other"] }, "", []);
  expect(Dockerfile).toContain(
    "&& npm rebuild --foreground-scripts --cache /tmp/npm-cache 'better-sqlite3' '@scope/other' &&",
  );
});

test.each(["", "root", "0", "0:0"])("a base that runs as root (%j) stays as it is", (user) => {
  expect(buildFiles(recipe, user, [])["Dockerfile"]).not.toContain("USER");
});

test("a base with a user of its own ends as that user", () => {
  const lines = (buildFiles(recipe, "node", [])["Dockerfile"] ?? "").split("\n");
  expect(lines.indexOf("USER root")).toBeLessThan(lines.indexOf("WORKDIR /zenlite"));
  expect(lines.at(-2)).toBe("USER node");
});

test("build arguments are declared by name, so that the installation sees them", () => {
  const { Dockerfile = "" } = buildFiles(recipe, "", ["HTTPS_PROXY"]);
  expect(Dockerfile.split("\n")[2]).toBe("ARG HTTPS_PROXY");
});

test("the reference follows from the recipe alone", () => {
  expect(referenceOf(recipe)).toMatch(/^zenlite-packages:[0-9a-f]{12}$/u);
  expect(referenceOf({ ...recipe })).toBe(referenceOf(recipe));
  expect(referenceOf({ allowScripts: recipe.allowScripts, packages: recipe.packages, base: recipe.base })).toBe(
    referenceOf(recipe),
  );
  expect(referenceOf({ ...recipe, base: "node:25-slim" })).not.toBe(referenceOf(recipe));
  expect(referenceOf({ ...recipe, lock })).not.toBe(referenceOf(recipe));
});

test("the build context is the same bytes each time", async () => {
  const pack = async (): Promise<string> =>
    Buffer.concat(await packContext(buildFiles(recipe, "", [])).toArray()).toString("hex");
  expect(await pack()).toBe(await pack());
});
