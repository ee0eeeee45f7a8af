// A process of its own: an npm registry on a free loopback port that ends with its standard input, so it goes with whoever started it.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { runServer } from "verdaccio";

const [folder = ""] = process.argv.slice(2);
const everybody = { access: "$all", publish: "$all" };
const server = (await runServer({
  storage: `${folder}/storage`,
  self_path: folder,
  // Nothing is asked of any other registry: npm looks for packages of other scopes where this machine looks for all.
  uplinks: {},
  packages: { "@zenlite/*": everybody },
  auth: { htpasswd: { file: `${folder}/htpasswd` } },
  log: { type: "stdout", format: "json", level: "fatal" },
  max_body_size: "50mb",
})) as Server;
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
});
process.stdin.on("end", () => process.exit()).resume();
