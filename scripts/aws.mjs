// Simulators of AWS for tests: moto with its gaps filled (scripts/aws/moto_plus.py), one that lets everybody do everything and one that enforces IAM.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root, run } from "./setup.mjs";

const requirements = join(root, "scripts", "aws", "requirements.txt");
const server = join(root, "scripts", "aws", "moto_plus.py");
const startMilliseconds = 60_000;

/**
 * Starts both. Where no Python is there and none can be installed, `available` is false and `reason` says why. At `iamEndpoint` requests
 * without known keys are refused: `iamKeys` are those of a user who may do everything, `strangerKeys` of one who may do nothing.
 * @typedef {{ accessKeyId: string, secretAccessKey: string }} Keys
 * @returns {Promise<{ available: boolean, reason?: string, endpoint?: string, iamEndpoint?: string, iamKeys?: Keys, strangerKeys?: Keys,
 *   stop(): Promise<void> }>}
 */
export async function ensureAws() {
  const nothing = { available: false, stop: async () => {} };
  const started = [];
  const stop = async () => {
    await Promise.all(started.map((each) => each.stop()));
  };
  try {
    const python = process.env.ZENLITE_AWS_PYTHON ?? (await ensurePython());
    started.push(await start(python, []), await start(python, ["--enforce-iam"]));
    const [open, guarded] = started.map(({ said }) => said);
    return {
      available: true,
      endpoint: `http://127.0.0.1:${open.port}`,
      iamEndpoint: `http://127.0.0.1:${guarded.port}`,
      iamKeys: guarded.administrator,
      strangerKeys: guarded.stranger,
      stop,
    };
  } catch (error) {
    await stop();
    return { ...nothing, reason: error.message };
  }
}

/** The environment variables that tests look at. */
export function awsEnvironment(aws) {
  if (!aws.available) return { ZENLITE_TEST_AWS_ENDPOINT: "", ZENLITE_TEST_AWS_IAM_ENDPOINT: "" };
  const pair = ({ accessKeyId, secretAccessKey }) => `${accessKeyId}:${secretAccessKey}`;
  return {
    ZENLITE_TEST_AWS_ENDPOINT: aws.endpoint,
    ZENLITE_TEST_AWS_IAM_ENDPOINT: aws.iamEndpoint,
    ZENLITE_TEST_AWS_IAM_KEYS: pair(aws.iamKeys),
    ZENLITE_TEST_AWS_IAM_STRANGER: pair(aws.strangerKeys),
  };
}

/** A Python with the pinned packages: a virtual environment of our own, made once for each version of requirements.txt. */
async function ensurePython() {
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(root, "node_modules", ".cache", `zenlite-aws-${version}`);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return python;
  const continuous = process.env.CI === "true" || process.env.CI === "1";
  if (!continuous && !(await command("python3", ["--version"]))) throw new Error("there is no python3");
  process.stderr.write("Installing the AWS simulator (moto) ... ");
  const making = `${folder}.${process.pid}`;
  mkdirSync(join(folder, ".."), { recursive: true });
  try {
    if (!(await command("python3", ["-m", "venv", making]))) await installVenv(making);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
    const { code, output } = await run(join(making, "bin", "python"), pip, { quiet: true });
    if (code !== 0) throw new Error(`pip could not install the simulator:\n${output.slice(-2000)}`);
    // The environment is used by its full path only, so that it may be moved; two that make it at once end with one of them.
    if (!existsSync(python)) renameSync(making, folder);
    process.stderr.write("done\n");
    return python;
  } catch (error) {
    process.stderr.write("failed\n");
    throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

async function command(name, args) {
  const { code } = await run(name, args, { quiet: true });
  return code === 0;
}

async function installVenv(folder) {
  rmSync(folder, { recursive: true, force: true });
  if (!(await command("sh", ["-c", "command -v apt-get"])) || process.getuid?.() !== 0)
    throw new Error("there is no Python 3 with venv (python3 -m venv), and only root with apt-get can install one");
  const script =
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv python3-pip";
  const { code, output } = await run("sh", ["-c", script], { quiet: true });
  if (code !== 0) throw new Error(`apt-get could not install python3-venv:\n${output.slice(-2000)}`);
  if (!(await command("python3", ["-m", "venv", folder]))) throw new Error("python3 -m venv does not work here");
}

/** Resolves when the server listens; it ends by itself when this process does. */
function start(python, args) {
  const child = spawn(python, [server, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise((resolve) => {
    child.on("exit", resolve);
    child.on("error", resolve);
  });
  let errors = "";
  child.stderr.on("data", (data) => (errors = (errors + data).slice(-4000)));
  const stop = async () => {
    child.stdin.end();
    child.kill("SIGTERM");
    await ended;
  };
  return new Promise((resolve, reject) => {
    const fail = async (why) => {
      clearTimeout(timer);
      await stop();
      reject(new Error(`the AWS simulator ${why}:\n${errors}`));
    };
    const timer = setTimeout(() => void fail("did not start in time"), startMilliseconds);
    createInterface(child.stdout).once("line", (line) => {
      clearTimeout(timer);
      // Tests that fail leave their own traces; what the server says has no reader.
      child.stdout.resume();
      resolve({ said: JSON.parse(line), stop });
    });
    void ended.then(() => fail("ended at once"));
  });
}
