// Docker runs as whole processes, against the same containers started by hand as a whole process.
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { printRatio, printValue, sideBySide, timeProcess } from "./measure.mjs";
import { chainModule, fanModule, makeProject, root, sleepModule, zenlite } from "./project.mjs";

const node = process.execPath;
const parallel = 2;
const project = makeProject(
  { "chain.ts": chainModule(10), "fan.ts": fanModule(10), "sleep.ts": sleepModule(10) },
  { orchestrator: `, max_parallel: ${parallel}` },
);
const cwd = project.folder;
const ours = (module) => timeProcess(node, [zenlite, "run", module, "--stack", "docker"], { cwd });
const byHand = (...args) => timeProcess(node, [join(root, "bench", "by-hand.mjs"), ...args]);

/** From the first step's start to the last step's end, by the run's own events. */
function span(module) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [zenlite, "run", module, "--stack", "docker", "--json"], {
      cwd,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let first;
    let last;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { event, at } = JSON.parse(line);
      if (event === "step.started") first ??= Date.parse(at);
      if (event === "step.finished") last = Date.parse(at);
    });
    child.on("close", (code) =>
      code === 0 ? resolve((last - first) / 1000) : reject(new Error(`${module} ended with ${code}`)),
    );
  });
}

/** The same by hand: each container was started ahead and waits. */
function spanByHand() {
  const args = [join(root, "bench", "by-hand.mjs"), "ahead", "10", "500"];
  return Number(execFileSync(node, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}

try {
  const samples = await sideBySide(
    {
      chain: () => ours("chain.ts"),
      ahead: () => byHand("ahead", "10"),
      oneByOne: () => byHand("one-by-one", "10"),
      fan: () => ours("fan.ts"),
      fanByHand: () => byHand("fan", "10", String(parallel)),
    },
    7,
  );
  printRatio("docker, chain of 10 no-ops ÷ ten containers started ahead by hand", samples.chain, samples.ahead, 1.35);
  printRatio("… ÷ ten containers one after the other", samples.chain, samples.oneByOne, 0.75);
  printRatio(`docker, 1 + 10 + 1, max_parallel ${parallel} ÷ the same by hand`, samples.fan, samples.fanByHand, 1.25);
  const spans = await sideBySide({ sleep: () => span("sleep.ts"), byHand: async () => spanByHand() }, 7);
  const perWork = (values) => values.map((value) => value / 5);
  printValue("docker, chain of 10 steps of 0.5 s: first start to last end ÷ 5 s", perWork(spans.sleep), "x", 1.15);
  printValue("… its floor: ten containers started ahead by hand ÷ 5 s", perWork(spans.byHand), "x");
  printRatio("… ours ÷ that floor", spans.sleep, spans.byHand);
} finally {
  project.remove();
}
