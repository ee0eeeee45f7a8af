// The user's code of the step-launcher suite: copied into a project of its own and compiled like any other.
import { readFileSync } from "node:fs";
import { pipeline, step, type StepContext } from "@zenlite/pipeline";

export const adds = step("adds", ({ left, right }: { left: number; right: number }) => ({ sum: left + right }));

export const fails = step("fails", (): void => {
  throw new TypeError("the step's own mistake");
});

/** Both streams in turn, so that their order is seen. */
export const counts = step("counts", ({ lines }: { lines: number }) => {
  for (let line = 1; line <= lines; line += 1) process[line % 2 === 0 ? "stderr" : "stdout"].write(`line ${line}\n`);
  return { lines };
});

export const mutters = step("mutters", () => {
  process.stdout.write("no newline at the end");
  return { said: true };
});

/** Ends when it is told to stop; says first that it is there. */
export const waits = step("waits", (_inputs: {}, { signal }: StepContext): Promise<never> => {
  process.stdout.write("waiting\n");
  return new Promise((_resolve, reject) => {
    // A signal alone keeps no process alive.
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener("abort", () => {
      clearInterval(alive);
      reject(signal.reason instanceof Error ? signal.reason : new Error("stopped"));
    });
  });
});

/** Takes its time, so that a driver can go meanwhile. */
export const takes = step("takes", async ({ seconds }: { seconds: number }) => {
  process.stdout.write("working\n");
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return { took: seconds };
});

/** What of itself a step can see; its secret only turned round, and printed in full. */
export const tells = step("tells", (_inputs: {}, { secrets }: StepContext) => {
  const secret = secrets["API_KEY"] ?? "";
  process.stdout.write(`the secret is ${secret}\n`);
  const parent = ["environ", "cmdline"].map((file) => {
    try {
      return readFileSync(`/proc/${process.ppid}/${file}`, "latin1");
    } catch {
      // Not Linux, or not ours to see.
      return "";
    }
  });
  return {
    environment: { ...process.env },
    seen: [...process.argv, ...process.execArgv, ...Object.values(process.env).map(String), ...parent],
    turned: Array.from(secret).toReversed().join(""),
  };
});

/** What its supervisor passes on of renewed credentials; only turned round, and printed in full. */
export const hears = step("hears", async () => {
  const heard = new Promise<string>((resolve) => {
    process.on("message", (message: { readonly credentials?: { readonly value: { readonly renewed?: string } } }) => {
      if (message.credentials?.value.renewed !== undefined) resolve(message.credentials.value.renewed);
    });
  });
  process.stdout.write("listening\n");
  // A promise alone keeps no process alive.
  const alive = setInterval(() => {}, 60_000);
  const value = await heard;
  clearInterval(alive);
  process.stdout.write(`the key is ${value}\n`);
  return { turned: Array.from(value).toReversed().join("") };
});

export const exits = step("exits", (): void => {
  process.exit(3);
});

/** Touches what it takes, or the kernel would not count it. */
export const exhausts = step("exhausts", (): void => {
  const held: Buffer[] = [];
  for (;;) held.push(Buffer.alloc(16 * 1024 * 1024, 1));
});

export const dies = step("dies", (): Promise<never> => {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
});

export const all = pipeline("conformance", () => {
  adds({ left: 1, right: 2 });
  fails();
  counts({ lines: 3 });
  mutters();
  waits();
  takes({ seconds: 1 });
  tells();
  hears();
  exits();
  exhausts();
  dies();
});
