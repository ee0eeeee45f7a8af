// In-process runs and the command line, as whole processes, against `node -e 0`.
import { join } from "node:path";
import { printRatio, printValue, sideBySide, timeProcess } from "./measure.mjs";
import { chainModule, makeProject, root, zenlite } from "./project.mjs";

const node = process.execPath;
const rounds = 11;
const project = makeProject({
  "chain10.ts": chainModule(10),
  "chain100.ts": chainModule(100),
  "chain1000.ts": chainModule(1000),
});
const cwd = project.folder;
const floor = () => timeProcess(node, ["-e", "0"]);
const cli = (...args) => timeProcess(node, [zenlite, ...args], { cwd });

try {
  const digits = { cwd: join(root, "examples", "digits") };
  const config = ["--config", "configs/training_pipeline.yaml"];
  await timeProcess(node, [zenlite, "run", "run.ts", ...config], digits);
  const samples = await sideBySide(
    {
      floor,
      help: () => cli("--help"),
      version: () => cli("--version"),
      chain10: () => cli("run", "chain10.ts"),
      runsList: () => cli("runs", "list"),
      digits: () => timeProcess(node, [zenlite, "run", "run.ts", ...config], digits),
    },
    rounds,
  );
  printRatio("local, chain of 10 no-ops, whole process ÷ node -e 0", samples.chain10, samples.floor, 12);
  printRatio("digits, second run, whole process ÷ node -e 0", samples.digits, samples.floor, 15);
  printRatio("zenlite --help ÷ node -e 0", samples.help, samples.floor, 3);
  printRatio("zenlite --version ÷ node -e 0", samples.version, samples.floor, 3);
  printRatio("zenlite runs list ÷ node -e 0", samples.runsList, samples.floor, 5);

  const chains = await sideBySide(
    {
      ten: () => cli("run", "chain10.ts"),
      hundred: () => cli("run", "chain100.ts"),
      thousand: () => cli("run", "chain1000.ts"),
    },
    5,
  );
  const perStep = (long, short, steps) => long.map((value, index) => (value - short[index]) / steps);
  // The chain of ten is taken off, so that starting the process is not counted as a step's time.
  const thousand = perStep(chains.thousand, chains.ten, 990);
  const hundred = perStep(chains.hundred, chains.ten, 90);
  printValue(
    "local, 1,000-step chain: time a step",
    thousand.map((value) => value * 1000),
    "ms",
    5,
  );
  printRatio("… ÷ time a step of the 100-step chain", thousand, hundred, 1.2);
} finally {
  project.remove();
}
