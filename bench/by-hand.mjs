// The floor of the docker figures: the same containers started by hand with dockerode, as a whole process.
// by-hand.mjs ahead <count> [milliseconds] | one-by-one <count> | fan <width> <parallel>     (same image and limits as ours; default network)
// The last line printed: seconds from the first container's start to the last one's end. `milliseconds`: how long each works.
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import { join } from "node:path";
import { root } from "./project.mjs";

const Docker = createRequire(join(root, "packages", "orchestrator-docker", "package.json"))("dockerode");
const docker = new Docker();
const [mode, first, second] = process.argv.slice(2);
const count = Number(first);
const image = process.env.ZENLITE_BASE_IMAGE ?? "zenlite-base:node24";
const lookAhead = 4;
const work = mode === "ahead" ? Number(second ?? 0) : 0;

/** A container with Node waiting on its standard input. */
async function start() {
  const container = await docker.createContainer({
    Image: image,
    Labels: { "zenlite.bench": String(process.pid) },
    Cmd: ["node", "-e", `process.stdin.once('data', () => setTimeout(() => process.exit(0), ${work}))`],
    User: `${process.getuid()}:${process.getgid()}`,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { ReadonlyRootfs: true, Tmpfs: { "/tmp": "" }, AutoRemove: true },
  });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const ended = new Promise((resolve) => stream.on("end", resolve));
  container.modem.demuxStream(stream, new PassThrough(), new PassThrough());
  stream.resume();
  await container.start();
  return { stream, ended };
}

async function release(starting) {
  const { stream, ended } = await starting;
  stream.write("\n");
  await ended;
}

/** The engine takes them away by itself; a wait for it is sometimes forgotten by engine 20.10, so it is asked. */
async function untilRemoved() {
  const filters = { label: [`zenlite.bench=${process.pid}`] };
  while ((await docker.listContainers({ all: true, filters })).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const began = performance.now();
if (mode === "one-by-one") for (let index = 0; index < count; index += 1) await release(start());
else if (mode === "ahead") {
  const waiting = [];
  let started = 0;
  const fill = () => {
    while (waiting.length < lookAhead + 1 && started < count) {
      const starting = start();
      starting.catch(() => {});
      waiting.push(starting);
      started += 1;
    }
  };
  fill();
  for (let index = 0; index < count; index += 1) {
    const next = waiting.shift();
    fill();
    await release(next);
  }
} else if (mode === "fan") {
  const parallel = Number(second);
  await release(start());
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await release(start());
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  await release(start());
} else throw new Error(`unknown mode "${mode}"`);
const seconds = (performance.now() - began) / 1000;
await untilRemoved();
process.stdout.write(`${seconds}\n`);
