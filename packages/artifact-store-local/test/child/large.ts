// large.ts <state folder> <mebibytes>: writes so much from a stream and reads it back; prints both digests and the peak memory in MB.
import { createHash, randomFillSync } from "node:crypto";
import { call, openAt } from "../open.ts";

const store = await openAt(process.argv[2] ?? "");
const written = createHash("sha256");
const block = randomFillSync(new Uint8Array(1024 * 1024));
let left = Number(process.argv[3]);
const body = new ReadableStream<Uint8Array>({
  pull(controller) {
    if (left === 0) return controller.close();
    left -= 1;
    block[0] = left;
    written.update(block);
    controller.enqueue(block.slice());
  },
});
await store.write("large", body, { ...call, if: "always" });
const read = createHash("sha256");
for await (const chunk of await store.read("large", call)) read.update(chunk);
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ written: written.digest("hex"), read: read.digest("hex"), peak })}\n`);
