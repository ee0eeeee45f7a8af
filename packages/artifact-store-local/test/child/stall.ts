// stall.ts <state folder>: begins to write the key "large" from a stream that stalls after 3 MiB, and says so.
import { call, openAt } from "../open.ts";

const store = await openAt(process.argv[2] ?? "");
let pieces = 0;
const body = new ReadableStream<Uint8Array>(
  {
    async pull(controller) {
      pieces += 1;
      if (pieces <= 3) return controller.enqueue(new Uint8Array(1024 * 1024));
      process.stdout.write("stalled\n");
      // The timer keeps the process alive until it is killed.
      await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
    },
  },
  { highWaterMark: 0 },
);
await store.write("large", body, { ...call, if: "always" });
