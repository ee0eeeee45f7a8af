import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cutLock, findLock, isLocked } from "../src/code/lock.ts";
import { createPackages } from "../src/code/packages.ts";
import { hostConditions } from "../src/conditions.ts";
import { temporaryFolder } from "./helpers/project.ts";

const entries = {
  "": { workspaces: ["packages/*"] },
  "packages/app": { dependencies: { image: "^2" } },
  "node_modules/app": { resolved: "packages/app", link: true },
  "node_modules/image": {
    version: "2.0.0",
    resolved: "https://registry.example/image.tgz",
    integrity: "sha512-i",
    hasInstallScript: true,
    dependencies: { color: "^2" },
    optionalDependencies: { "@image/linux-x64": "2.0.0", "@image/darwin-arm64": "2.0.0" },
  },
  "node_modules/@image/linux-x64": { version: "2.0.0", os: ["linux"], cpu: ["x64"], optional: true },
  "node_modules/@image/darwin-arm64": { version: "2.0.0", os: ["darwin"], cpu: ["arm64"], optional: true },
  "node_modules/color": { version: "1.0.0", dev: true },
  "node_modules/image/node_modules/color": { version: "2.0.0", integrity: "sha512-c", peer: true },
  "node_modules/unrelated": { version: "9.0.0" },
};

function workspace(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: entries }));
  mkdirSync(join(folder, "packages", "app"), { recursive: true });
  mkdirSync(join(folder, "node_modules", "image"), { recursive: true });
  writeFileSync(join(folder, "node_modules", "image", "package.json"), '{"name":"image","version":"2.0.0"}');
  return folder;
}

test("a lock is cut down to a package and what it needs on any platform, without addresses", () => {
  const root = workspace();
  const lock = findLock(join(root, "packages", "app"));
  const image = createPackages().find("image", join(root, "packages", "app"));
  expect(lock?.file).toBe(join(root, "package-lock.json"));
  if (lock === undefined || image === undefined) throw new Error("The workspace is incomplete.");
  expect(cutLock(lock, [image])).toEqual({
    lock: {
      name: "zenlite-native-packages",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": { name: "zenlite-native-packages", dependencies: { image: "2.0.0" } },
        "node_modules/@image/darwin-arm64": entries["node_modules/@image/darwin-arm64"],
        "node_modules/@image/linux-x64": entries["node_modules/@image/linux-x64"],
        "node_modules/color": { version: "2.0.0", integrity: "sha512-c" },
        "node_modules/image": expect.objectContaining({ version: "2.0.0", integrity: "sha512-i" }) as unknown,
      },
    },
    packages: [
      { name: "color", version: "2.0.0" },
      { name: "image", version: "2.0.0" },
    ],
    scripts: ["image"],
  });
  expect(JSON.stringify(cutLock(lock, [image]))).not.toContain("registry.example");
});

test.each([
  ["package-lock.json", JSON.stringify({ lockfileVersion: 3, packages: { "node_modules/@a/b": {} } })],
  ["pnpm-lock.yaml", "packages:\n  '@a/b@1.0.0':\n    resolution: {}\n"],
  ["yarn.lock", '"@a/b@^1.0.0":\n  version "1.0.0"\n'],
])("whether a package is in %s", (name, content) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), content);
  const lock = findLock(folder);
  if (lock === undefined) throw new Error("There is no lock.");
  expect(isLocked(lock, "@a/b", folder)).toBe(true);
  expect(isLocked(lock, "@a/c", folder)).toBe(false);
  expect(isLocked(lock, "b", folder)).toBe(false);
});

test.each([
  [["--conditions=one", "-C", "two", "--conditions", "three"], undefined, ["one", "two", "three"]],
  [["--inspect"], "--max-old-space-size=99 --conditions=one", ["one"]],
  [["-C=one"], "-C one", ["one"]],
])("conditions of %j and NODE_OPTIONS %j", (execArgv, options, expected) => {
  expect(hostConditions(execArgv, options)).toEqual(expected);
});
