// Times jobs side by side: A B C, A B C, …; the first round warms up and is dropped. Ratios are made round by round, so that they hold when the machine drifts.
import { spawn } from "node:child_process";

/** Seconds from start to end of a process; its output is kept for the error of a run that failed. */
export function timeProcess(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    // A benchmark that hangs says where instead of taking the evening.
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 120_000, ...options });
    const output = [];
    child.stdout.on("data", (data) => output.push(data));
    child.stderr.on("data", (data) => output.push(data));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve((performance.now() - started) / 1000);
      else
        reject(
          new Error(
            `${command} ${args.join(" ")} ended with ${code}:\n${Buffer.concat(output).toString().slice(-3000)}`,
          ),
        );
    });
  });
}

/** `jobs`: name → async function that gives seconds (or does the work, and is timed). Returns name → seconds of each round. */
export async function sideBySide(jobs, rounds) {
  const samples = Object.fromEntries(Object.keys(jobs).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, job] of Object.entries(jobs)) {
      const started = performance.now();
      const given = await job();
      const seconds = typeof given === "number" ? given : (performance.now() - started) / 1000;
      if (round > 0) samples[name].push(seconds);
    }
  return samples;
}

export function summary(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { n: sorted.length, median, min: sorted[0], max: sorted.at(-1) };
}

export const ratios = (ours, floor) => ours.map((value, index) => value / floor[index]);

const seconds = (value) => (value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(3)} s`);

/** One line a figure: the ratio with n, min and max, both sides in seconds, and what is to be reached. */
export function printRatio(what, ours, floor, reach) {
  const ratio = summary(ratios(ours, floor));
  const [a, b] = [summary(ours), summary(floor)];
  print(what, ratio, "x", reach, `${seconds(a.median)} ÷ ${seconds(b.median)}`);
}

export function printValue(what, values, unit, reach) {
  print(what, summary(values), unit, reach, "");
}

function print(what, { n, median, min, max }, unit, reach, sides) {
  const verdict = reach === undefined ? "" : median <= reach ? `  ≤ ${reach}` : `  MISSED ≤ ${reach}`;
  const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
  process.stdout.write(
    `${what.padEnd(66)} ${digits(median).padStart(7)} ${unit}  (${digits(min)}–${digits(max)}, n ${n})  ${sides}${verdict}\n`,
  );
}
