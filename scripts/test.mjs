// `npm test`: everything that must hold, on a fresh clone. Ends with `N passed, N failed, N skipped` alone on a line.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsEnvironment, ensureAws } from "./aws.mjs";
import { ensureEngine, ensureStandInImage } from "./engine.mjs";
import { installRegistry } from "./registry.mjs";
import { build, install, projectEnvironment, root, run } from "./setup.mjs";

const long = process.argv.includes("--long");
const filters = process.argv.slice(2).filter((argument) => argument !== "--long");
const continuous = process.env.CI === "true" || process.env.CI === "1";
const total = { passed: 0, failed: 0, skipped: 0 };

/** Everything beside vitest that a change must satisfy; each counts as one test. */
const checks = [
  ["types", "npm", ["run", "--silent", "typecheck"]],
  ["lint and format", "npm", ["run", "--silent", "lint"]],
  ["unused code (knip)", "npm", ["run", "--silent", "knip"]],
  ["docs/reference.md is as the packages say", "npm", ["run", "--silent", "reference", "--", "--check"]],
  ["packages (publint, attw)", "npm", ["run", "--silent", "check:packages"]],
];

async function check([label, command, args]) {
  process.stdout.write(`check: ${label} ... `);
  const { code, output } = await run(command, args, { quiet: true });
  process.stdout.write(code === 0 ? "passed\n" : `failed\n${output}\n`);
  total[code === 0 ? "passed" : "failed"] += 1;
}

/** What cannot be had here is left out, and said; in continuous integration that is a failure. */
function missing(what, reason) {
  process.stdout.write(`No ${what}: the tests that need one are skipped (${reason}).\n`);
  if (continuous) total.failed += 1;
}

async function vitest(engine, aws) {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-test-"));
  const report = join(folder, "report.json");
  const env = projectEnvironment({
    ZENLITE_TEST_ENGINE: engine ? "1" : "0",
    ...awsEnvironment(aws),
    ...(long ? { ZENLITE_TEST_LONG: "1" } : {}),
  });
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code } = await run("npx", ["vitest", "run", "--config", "vitest.workspace.ts", ...reporters, ...filters], {
      env,
    });
    const result = JSON.parse(readFileSync(report, "utf8"));
    total.passed += result.numPassedTests;
    total.failed += result.numFailedTests;
    total.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
    // A test file that does not load has no test that could fail: vitest's own verdict counts.
    if (code !== 0 && result.numFailedTests === 0) total.failed += 1;
  } catch (error) {
    process.stdout.write(`vitest gave no report: ${String(error)}\n`);
    total.failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let engine = { available: false, started: false, stop: async () => {} };
let aws = { available: false, stop: async () => {} };
try {
  process.chdir(root);
  await install();
  await build();
  engine = await ensureEngine();
  if (engine.available) await ensureStandInImage();
  else missing("Docker engine", engine.reason);
  const registry = await installRegistry();
  if (!registry.available) missing("container registry", registry.reason);
  aws = await ensureAws();
  if (!aws.available) missing("AWS simulator", aws.reason);
  if (!long && filters.length === 0) for (const each of checks) await check(each);
  await vitest(engine.available, aws);
} catch (error) {
  process.stdout.write(`${error.message}\n`);
  total.failed += 1;
} finally {
  await Promise.all([aws.stop(), engine.stop()]);
}
if (continuous && total.skipped > 0) process.stdout.write("With CI=true nothing may be skipped.\n");
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || (continuous && total.skipped > 0) ? 1 : 0;
