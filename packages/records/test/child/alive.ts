// alive.ts <identity as JSON>: whether that process lives, as this user sees it.
import { isAlive } from "../../src/process-identity.ts";

process.stdout.write(`${JSON.stringify(isAlive(JSON.parse(process.argv[2] ?? "")) ?? null)}\n`);
