// A Docker engine and a base image for demo and tests: what answers is used as it is; else one is started, and stopped again by whoever got it.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, root } from "./setup.mjs";

const docker = (...args) => run("docker", args, { quiet: true });
const has = async (command) => (await run("sh", ["-c", `command -v ${command}`], { quiet: true })).code === 0;

/** @returns {Promise<{ available: boolean, started: boolean, reason?: string, stop(): Promise<void> }>} */
export async function ensureEngine() {
  const nothing = { available: false, started: false, stop: async () => {} };
  if ((await has("docker")) && (await docker("info")).code === 0) return { ...nothing, available: true };
  if (process.env.DOCKER_HOST)
    return { ...nothing, reason: `nothing answers at DOCKER_HOST=${process.env.DOCKER_HOST}` };
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return { ...nothing, reason: "no Docker engine answers, and only root on Linux can start one here" };
  if (!(await has("dockerd"))) {
    if (!(await has("apt-get")))
      return { ...nothing, reason: "no Docker engine is installed, and there is no apt-get to install one" };
    process.stderr.write("Installing a Docker engine (apt-get install docker.io) ... ");
    const script =
      "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io ca-certificates binutils";
    const { code, output } = await run("sh", ["-c", script], { quiet: true });
    process.stderr.write(code === 0 ? "done\n" : "failed\n");
    if (code !== 0) return { ...nothing, reason: `apt-get could not install docker.io:\n${output.slice(-2000)}` };
  }
  return startEngine();
}

/**
 * A bridge without an address of its own takes that of one of its ports, so it changes as containers come and go, and those that run lose
 * their gateway until they ask again. An address that was set stays.
 */
async function pinBridge() {
  const script = 'ip link set dev docker0 address "$(cat /sys/class/net/docker0/address)"';
  await run("sh", ["-c", script], { quiet: true });
}

async function startEngine() {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-dockerd-"));
  const logFile = join(folder, "log");
  const log = openSync(logFile, "w");
  process.stderr.write("Starting a Docker engine ... ");
  const daemon = spawn("dockerd", [], { stdio: ["ignore", log, log], detached: true });
  const ended = new Promise((resolve) => {
    daemon.on("exit", resolve);
    daemon.on("error", resolve);
  });
  const stop = async () => {
    if (daemon.exitCode === null && daemon.pid !== undefined) daemon.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 120; attempt += 1) {
    if ((await docker("info")).code === 0) {
      await pinBridge();
      process.stderr.write("done\n");
      return { available: true, started: true, stop };
    }
    if (daemon.exitCode !== null || daemon.pid === undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  process.stderr.write("failed\n");
  const reason = `dockerd did not come up:\n${readFileSync(logFile, "utf8").slice(-2000)}`;
  await stop();
  return { available: false, started: false, reason, stop: async () => {} };
}

export const standInImage = "zenlite-base:node24";

/** The stand-in for node:24-slim, made from this machine's own files where no image can be pulled. */
export async function ensureStandInImage() {
  if ((await docker("image", "inspect", standInImage)).code === 0) return;
  process.stderr.write(`Making the base image ${standInImage} ... `);
  const { code, output } = await run("bash", [join(root, "scripts", "make-base-image.sh"), standInImage], {
    quiet: true,
  });
  process.stderr.write(code === 0 ? "done\n" : "failed\n");
  if (code !== 0) throw new Error(`${standInImage} could not be made:\n${output}`);
}

/** True where the image is there or can be pulled. */
export async function canStartFrom(image) {
  if ((await docker("image", "inspect", image)).code === 0) return true;
  process.stderr.write(`Pulling ${image} ... `);
  const { code } = await docker("pull", "--quiet", image);
  process.stderr.write(code === 0 ? "done\n" : "not possible here\n");
  return code === 0;
}
