// hold.ts <store folder> <run> <then>: takes the lease, says "held", and then: blocks its event loop for ever, disposes the lease
// and has nothing left to do, or simply has nothing left to do.
import { takeLease } from "../../src/index.ts";
import { call, openStore } from "../support.ts";

const [, , folder = "", run = "", then = ""] = process.argv;
const lease = await takeLease(await openStore(folder), run, "child", call);
if ("held" in lease) throw new Error("somebody else holds it");
process.stdout.write(`held ${lease.epoch}\n`);
if (then === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
if (then === "dispose") await lease[Symbol.asyncDispose]();
