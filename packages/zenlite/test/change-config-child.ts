// A command that changes a configuration, as a process of its own: `node change-config-child.ts <folder> <name> <times>`.
// Says "deciding <n>" with the file locked, and "done <n>" when a change is on the disk.
import { changeConfig } from "../src/client/change-config.ts";

const [folder = "", name = "", times = "1"] = process.argv.slice(2);
for (let turn = 0; turn < Number(times); turn += 1) {
  await changeConfig(folder, () => {
    process.stdout.write(`deciding ${turn}\n`);
    return [{ at: ["orchestrator", `${name}_${turn}`], set: { flavor: "local" } }];
  });
  process.stdout.write(`done ${turn}\n`);
}
