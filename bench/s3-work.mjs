// One measured job of bench/s3.mjs in a process of its own: by the store (`ours`) or by the SDK as its documentation shows it (`bare`).
import { createRequire } from "node:module";
import { join } from "node:path";
import flavor from "../packages/artifact-store-s3/dist/index.js";

// The SDK that the store's package has.
const require = createRequire(join(import.meta.dirname, "..", "packages", "artifact-store-s3", "package.json"));
const [sdk, { Upload }] = ["client-s3", "lib-storage"].map((name) => require(`@aws-sdk/${name}`));

const [endpoint, job, amount] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
const Bucket = "bench";
const signal = new AbortController().signal;
const width = 32;

const open = () =>
  flavor.open(
    { path: `s3://${Bucket}/store`, endpoint, region: "us-east-1" },
    { signal, credentials: async () => ({ kind: "aws", value: credentials }) },
  );
const bare = () => new sdk.S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });

/** Chunks of 1 MiB, as the runtime gives them. */
function source(bytes) {
  const chunk = new Uint8Array(1024 ** 2);
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      left -= chunk.length;
      controller.enqueue(chunk);
    },
  });
}

async function count(chunks, expected) {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  if (bytes !== expected) throw new Error(`${bytes} bytes came, not ${expected}`);
}

async function inParallel(items, act) {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of waiting) await act(item);
    }),
  );
}

const body = Buffer.from(JSON.stringify({ format: 1, text: "x".repeat(300) }));

const jobs = {
  async fill() {
    const store = await open();
    const small = Array.from({ length: amount }, (_, index) => `small/${String(index).padStart(6, "0")}.json`);
    await inParallel(small, (key) => store.write(key, body, { signal, if: "always" }));
  },
  async "ours-up"() {
    await (await open()).write("big", source(amount), { signal, if: "always" });
  },
  async "bare-up"() {
    await new Upload({ client: bare(), params: { Bucket, Key: "store/big", Body: source(amount) } }).done();
  },
  async "sha-up"() {
    const params = { Bucket, Key: "store/big", Body: source(amount), ChecksumAlgorithm: "SHA256" };
    await new Upload({ client: bare(), params }).done();
  },
  async "ours-down"() {
    await count(await (await open()).read("big", { signal }), amount);
  },
  async "bare-down"() {
    const { Body } = await bare().send(new sdk.GetObjectCommand({ Bucket, Key: "store/big" }));
    await count(Body, amount);
  },
  async "sha-down"() {
    const { Body } = await bare().send(new sdk.GetObjectCommand({ Bucket, Key: "store/whole-big" }));
    await count(Body, amount);
  },
  async "ours-small"() {
    const store = await open();
    const keys = [];
    for await (const { key } of store.list("small/", { signal })) keys.push(key);
    if (keys.length !== amount) throw new Error(`${keys.length} keys`);
    await inParallel(keys, async (key) => count(await store.read(key, { signal }), body.length));
  },
  async "bare-small"() {
    const client = bare();
    const keys = [];
    for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: "store/small/" }))
      for (const { Key } of page.Contents ?? []) keys.push(Key);
    if (keys.length !== amount) throw new Error(`${keys.length} keys`);
    await inParallel(keys, async (Key) => {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
      const { length } = await Body.transformToByteArray();
      if (length !== body.length) throw new Error(`${length} bytes`);
    });
  },
};

// The modules are loaded before the clock runs: both sides load the same.
const started = performance.now();
await jobs[job]();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 }));
process.exit();
