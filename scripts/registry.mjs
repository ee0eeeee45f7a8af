// A container registry for demo and tests: Debian's docker-registry on a free loopback port, with its images in a temporary folder.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./setup.mjs";

/** Who may sign in where `password` is asked for: the user of every ECR token, with the password of the simulator's tokens. */
export const registryUser = { username: "AWS", password: "123456789012-auth-token" };

// bcrypt is the only form that the registry reads. It is the hash of the password above, with the least rounds.
const passwordFile = `AWS:$2a$05$.ZPo9kKwGh0wCQdm0t9R.O9AMvFauZWQ.bKq9odY4gGo.1WfBmwJC\n`;

const has = async (command) => (await run("sh", ["-c", `command -v ${command}`], { quiet: true })).code === 0;

/**
 * Installs it where it is not there, and this is root on Debian.
 * @returns {Promise<{ available: boolean, reason?: string }>}
 */
export async function installRegistry() {
  if (await has("docker-registry")) return { available: true };
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !(await has("apt-get")))
    return { available: false, reason: "there is no docker-registry, and only root on Debian can install it here" };
  process.stderr.write("Installing a container registry (apt-get install docker-registry) ... ");
  const script = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker-registry";
  const { code, output } = await run("sh", ["-c", script], { quiet: true });
  process.stderr.write(code === 0 ? "done\n" : "failed\n");
  return code === 0
    ? { available: true }
    : { available: false, reason: `apt-get could not install docker-registry:\n${output.slice(-2000)}` };
}

/**
 * `password`: only `registryUser` may read and write.
 * @param {{ password?: boolean }} [options]
 * @returns {Promise<{ available: boolean, address: string, reason?: string, stop(): Promise<void> }>}
 */
export async function ensureRegistry({ password = false } = {}) {
  const nothing = { available: false, address: "", stop: async () => {} };
  const installed = await installRegistry();
  if (!installed.available) return { ...nothing, reason: installed.reason };
  const folder = mkdtempSync(join(tmpdir(), "zenlite-registry-"));
  mkdirSync(join(folder, "images"));
  writeFileSync(join(folder, "passwords"), passwordFile, { mode: 0o600 });
  // https://distribution.github.io/distribution/about/configuration/
  const configuration = {
    version: "0.1",
    log: { accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "images") }, delete: { enabled: true } },
    http: { addr: "127.0.0.1:0" },
    ...(password ? { auth: { htpasswd: { realm: "zenlite", path: join(folder, "passwords") } } } : {}),
  };
  // JSON is YAML.
  writeFileSync(join(folder, "registry.yml"), JSON.stringify(configuration));
  const log = openSync(join(folder, "log"), "w");
  const server = spawn("docker-registry", ["serve", join(folder, "registry.yml")], { stdio: ["ignore", log, log] });
  closeSync(log);
  const ended = new Promise((resolve) => {
    server.on("exit", resolve);
    server.on("error", resolve);
  });
  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const said = () => readFileSync(join(folder, "log"), "utf8");
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt += 1) {
    // It takes any free port and says which.
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(said())?.[1];
    if (address !== undefined) return { available: true, address, stop };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const reason = `docker-registry did not come up:\n${said().slice(-2000)}`;
  await stop();
  return { ...nothing, reason };
}
