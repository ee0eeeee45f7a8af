// count.ts <state folder> <times>: adds one to the key "counter" by compare-and-swap, so many times. Waits for a line to begin.
import { once } from "node:events";
import { call, openAt } from "../open.ts";

const store = await openAt(process.argv[2] ?? "");
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
let conflicts = 0;
for (let done = 0; done < Number(process.argv[3]);) {
  const etag = (await store.stat("counter", call))?.etag ?? null;
  const value = etag === null ? 0 : Number(await new Response(await store.read("counter", call)).text());
  if ((await store.write("counter", Buffer.from(String(value + 1)), { ...call, if: { etag } })) === "conflict")
    conflicts += 1;
  else done += 1;
}
process.stdout.write(`${conflicts}\n`);
