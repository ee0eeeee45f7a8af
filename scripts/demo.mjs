// `npm run demo [-- --stack docker]`: the digits pipeline on a fresh clone, with nothing prepared.
import { join } from "node:path";
import { canStartFrom, ensureEngine, ensureStandInImage, standInImage } from "./engine.mjs";
import { build, install, projectEnvironment, root, run } from "./setup.mjs";

const args = process.argv.slice(2);
const stackAt = args.findIndex((argument) => argument === "--stack" || argument.startsWith("--stack="));
const stack = stackAt < 0 ? "default" : (args[stackAt].split("=")[1] ?? args[stackAt + 1]);
const baseImage = "node:24-slim";

let engine = { stop: async () => {} };
try {
  await install();
  await build();
  const extra = {};
  if (stack === "docker") {
    engine = await ensureEngine();
    if (!engine.available) {
      process.stderr.write(`The docker stack needs a Docker engine: ${engine.reason}\nTry without it: npm run demo\n`);
      process.exit(3);
    }
    if (!(await canStartFrom(baseImage))) {
      await ensureStandInImage();
      process.stderr.write(`${baseImage} cannot be pulled here: steps start from the stand-in ${standInImage}.\n`);
      extra.ZENLITE_BASE_IMAGE = standInImage;
    }
  }
  // The cache knows no stacks: after a run in-process, two of the three steps would not need their containers.
  if (stack === "docker" && !args.includes("--no-cache")) args.push("--no-cache");
  const example = join(root, "examples", "digits");
  const { code } = await run(
    "node",
    [
      join(root, "packages", "zenlite", "bin", "zenlite.js"),
      "run",
      "run.ts",
      "--config",
      "configs/training_pipeline.yaml",
      ...args,
    ],
    {
      cwd: example,
      env: projectEnvironment(extra),
    },
  );
  if (code === 0)
    process.stdout.write(
      "Next: run it again (two steps come from the cache), read examples/digits/run.ts, or try npm run demo -- --stack docker\n",
    );
  process.exitCode = code;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await engine.stop();
}
