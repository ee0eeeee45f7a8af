// `npm run bench [-- local docker …]`: every figure of the README, measured side by side with its floor.
import { join } from "node:path";
import { ensureEngine, ensureStandInImage } from "./engine.mjs";
import { build, install, root, run } from "./setup.mjs";

const all = ["local", "stacks", "docker", "planning", "artifact", "s3", "install"];
const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark "${unknown}". Known: ${all.join(", ")}.\n`);
  process.exit(2);
}
await install();
await build();
const names = chosen.length > 0 ? chosen : all;
let engine = { available: false, stop: async () => {} };
try {
  if (names.includes("docker")) {
    engine = await ensureEngine();
    if (engine.available) await ensureStandInImage();
    else process.stdout.write(`docker: left out, ${engine.reason}\n`);
  }
  for (const name of names) {
    if (name === "docker" && !engine.available) continue;
    process.stdout.write(`\n${name}\n`);
    const { code } = await run("node", [join(root, "bench", `${name}.mjs`)]);
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  await engine.stop();
}
