// A file of 1 GiB through a real run: written as an artifact by one step, read back by the next, against a plain stream copy done twice.
import { createHash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  openSync,
  closeSync,
  fsyncSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { printRatio, printValue, sideBySide } from "./measure.mjs";
import { makeProject, zenlite } from "./project.mjs";

const gigabyte = 1024 ** 3;
const module = `import { file, pipeline, step, type ArtifactFile } from "zenlite";
import { stat } from "node:fs/promises";
export const writer = step("writer", { cache: false }, ({ path }: { path: string }) => ({ big: file(path) }));
export const reader = step("reader", { cache: false }, async ({ big }: { big: ArtifactFile }) => ({ bytes: (await stat(big.path)).size }));
export const big = pipeline("big", { parameters: { path: "" } }, ({ path }) => {
  const { big } = writer({ path });
  return reader({ big });
});
`;
const project = makeProject({ "big.ts": module });
const source = join(project.folder, "source.bin");

async function copy(from, to) {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), hashing, createWriteStream(to));
  const descriptor = openSync(to, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
  hash.digest();
}

/** Runs the pipeline under a watch of its peak memory (VmHWM, Linux). */
let peakMegabytes = [];
function ours() {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(
      process.execPath,
      ["--import", join(import.meta.dirname, "peak-memory.mjs"), zenlite, "run", "big.ts", "--set", `path=${source}`],
      { cwd: project.folder, stdio: ["ignore", "pipe", "pipe"] },
    );
    let errors = "";
    child.stderr.on("data", (data) => (errors += data));
    child.stdout.resume();
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(errors));
      peakMegabytes.push(Number(/peak-memory (\d+)/.exec(errors)?.[1]) / 1024);
      rmSync(join(project.folder, ".zenlite", "store"), { recursive: true, force: true });
      resolve((performance.now() - started) / 1000);
    });
  });
}

try {
  const block = Buffer.alloc(1 << 20, "zenlite");
  const out = openSync(source, "w");
  for (let written = 0; written < gigabyte; written += block.length) writeFileSync(out, block);
  closeSync(out);
  const target = (index) => join(project.folder, `copy-${index}.bin`);
  const samples = await sideBySide(
    {
      ours,
      async floor() {
        await copy(source, target(1));
        await copy(target(1), target(2));
        for (const index of [1, 2]) if (existsSync(target(index))) rmSync(target(index));
      },
    },
    5,
  );
  printRatio(
    "1 GiB file artifact, write + read back ÷ stream copy with sha256, fsync, twice",
    samples.ours,
    samples.floor,
    1.25,
  );
  printValue("… peak memory", peakMegabytes.slice(1), "MB", 300);
} finally {
  project.remove();
}
