// claim.ts <state folder> <name> <count>: writes its name under claim/0, claim/1, … where nobody was first. Prints how many it got.
import { once } from "node:events";
import { call, openAt } from "../open.ts";

const [, , folder = "", name = "", count] = process.argv;
const store = await openAt(folder);
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
const won: number[] = [];
for (let index = 0; index < Number(count); index += 1)
  if ((await store.write(`claim/${index}`, Buffer.from(name), { ...call, if: "absent" })) !== "conflict")
    won.push(index);
process.stdout.write(`${JSON.stringify(won)}\n`);
