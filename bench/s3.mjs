// The S3 store against the bare SDK on the same endpoint: a server on the loopback that does no work of its own, so that every cost of ours shows.
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { printRatio, printValue, sideBySide } from "./measure.mjs";

const gigabyte = 1024 ** 3;
const objects = 10_000;
const endpoint = fork(join(import.meta.dirname, "s3-endpoint.mjs"), [String(gigabyte)]);
const [port] = await once(endpoint, "message");
const peaks = [];

/** Seconds of a job in a process of its own. */
async function work(job, amount) {
  const args = [join(import.meta.dirname, "s3-work.mjs"), `http://127.0.0.1:${port}`, job, String(amount)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
  const { seconds, peakMegabytes } = JSON.parse(stdout);
  if (job.startsWith("ours") && amount === gigabyte) peaks.push(peakMegabytes);
  return seconds;
}

const job = (name) => () => work(name, gigabyte);
const sum = (up, down) => up.map((value, round) => value + down[round]);

try {
  // `sha`: the SDK where it is told to check SHA-256, as the store does. `bare`: its defaults, CRC32 up and no check of what comes down in parts.
  const names = ["ours-up", "ours-down", "sha-up", "sha-down", "bare-up", "bare-down"];
  const seconds = await sideBySide(Object.fromEntries(names.map((name) => [name, job(name)])), 5);
  const [ours, sha, bare] = ["ours", "sha", "bare"].map((who) => sum(seconds[`${who}-up`], seconds[`${who}-down`]));
  printRatio("S3, 1 GiB up and down ÷ the SDK with SHA-256", ours, sha, 1.1);
  printRatio("… ÷ the SDK's defaults (nothing checked on the way down)", ours, bare);
  printRatio("… up alone ÷ the SDK with SHA-256", seconds["ours-up"], seconds["sha-up"]);
  printRatio("… down alone ÷ the SDK with SHA-256", seconds["ours-down"], seconds["sha-down"]);
  printRatio("… down alone ÷ the SDK, unchecked", seconds["ours-down"], seconds["bare-down"]);
  printValue("… peak memory, up and down", peaks, "MB", 300);
  await work("fill", objects);
  const small = await sideBySide(
    { ours: () => work("ours-small", objects), bare: () => work("bare-small", objects) },
    5,
  );
  printRatio("S3, 10,000 small objects listed and read ÷ the SDK", small.ours, small.bare, 1.2);
} finally {
  endpoint.disconnect();
}
