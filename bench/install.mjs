// What `npm install zenlite` puts into an empty project: packages as npm packs them, size on disk.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printValue } from "./measure.mjs";
import { root } from "./project.mjs";

const folder = mkdtempSync(join(tmpdir(), "zenlite-install-"));
const npm = (args, cwd) => execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
try {
  npm(["pack", "--workspaces", "--pack-destination", folder, "--loglevel", "error"], root);
  const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const wanted = [
    "core",
    "records",
    "pipeline",
    "runtime",
    "scheduler",
    "compiler",
    "orchestrator-local",
    "artifact-store-local",
  ];
  const chosen = tarballs.filter(
    (name) => /^zenlite-\d/.test(name) || wanted.some((each) => new RegExp(`^zenlite-${each}-\\d`).test(name)),
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  npm(["install", "--no-audit", "--no-fund", ...chosen.map((name) => `./${name}`)], folder);
  const modules = join(folder, "node_modules");
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const lock = JSON.parse(npm(["ls", "--all", "--json", "--long"], folder));
  const names = new Set();
  const walk = (node) => {
    for (const [name, child] of Object.entries(node.dependencies ?? {})) {
      if (child.missing === true || child.path === undefined) continue;
      names.add(child.path);
      walk({ ...child, name });
    }
  };
  walk(lock);
  printValue("npm install zenlite: size", [bytes / 1e6], "MB", 35);
  printValue("npm install zenlite: packages", [names.size], "packages", 30);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
