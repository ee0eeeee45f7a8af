// refused.ts <folder>: as a user who may not write there, tries to; prints what is thrown.
import { isZenliteError } from "@zenlite/core";
import { call, openAt } from "../open.ts";

const store = await openAt(process.argv[2] ?? "");
// Loaded before the change of user, as nobody else may be able to read the sources.
await store.stat("warm/up", call);
process.seteuid?.(65534);
const tell = (error: unknown): unknown =>
  isZenliteError(error)
    ? { code: error.code, fault: error.fault, message: error.message, hint: error.hint }
    : String(error);
const written = await store.write("a/b", Buffer.from("x"), { ...call, if: "absent" }).then(() => "written", tell);
process.stdout.write(`${JSON.stringify(written)}\n`);
