// Every package as npm would publish it: publint (what consumers get) and attw (do its types resolve).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./setup.mjs";

let failed = false;
for (const name of readdirSync(join(root, "packages"))) {
  const folder = join(root, "packages", name);
  const publint = await run("npx", ["publint", "--strict", folder], { quiet: true });
  const attw = await run("npx", ["attw", "--pack", folder, "--profile", "esm-only"], { quiet: true });
  if (publint.code === 0 && attw.code === 0) continue;
  failed = true;
  process.stdout.write(`${name}\n${publint.code === 0 ? "" : publint.output}${attw.code === 0 ? "" : attw.output}\n`);
}
process.exitCode = failed ? 1 : 0;
