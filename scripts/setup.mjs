// Makes a fresh clone ready: dependencies installed as the lock says, packages built. Runs on any Node from 18 on, with nothing installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { delimiter, join } from "node:path";

export const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const bin = join(root, "node_modules", ".bin");

/** The environment in which `node` is the Node 24 of the dev dependencies. */
export function projectEnvironment(extra = {}) {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== bin);
  return { ...process.env, PATH: [bin, ...path].join(delimiter), NX_DAEMON: "false", ...extra };
}

/** Runs a command with our standard streams, or keeps its output and shows it only where it fails (`quiet`). */
export function run(command, args, { quiet = false, cwd = root, env = projectEnvironment() } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    const output = [];
    child.stdout?.on("data", (data) => output.push(data));
    child.stderr?.on("data", (data) => output.push(data));
    child.on("error", (error) => resolve({ code: 127, output: String(error) }));
    child.on("close", (code, signal) =>
      resolve({ code: code ?? (signal === "SIGINT" ? 130 : 1), output: Buffer.concat(output).toString() }),
    );
  });
}

async function must(label, command, args) {
  const started = Date.now();
  process.stderr.write(`${label} ... `);
  const { code, output } = await run(command, args, { quiet: true });
  if (code !== 0) {
    process.stderr.write(`failed\n${output}\n`);
    throw new Error(`"${command} ${args.join(" ")}" ended with code ${code}`);
  }
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Installs where node_modules is not what the lock says. The stamp lies inside node_modules, so that it goes with it. */
export async function install() {
  const stamp = join(root, "node_modules", ".zenlite-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  // A lock or package.json edited by hand is a developer's business: npm ci would throw their work away with an error.
  await must("Installing dependencies", "npm", ["ci", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, lock);
}

export async function build() {
  await must("Building packages", "npx", ["lerna", "run", "build", "--loglevel", "error"]);
}
