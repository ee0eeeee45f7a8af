/** Where the Docker engine listens. The same file serves orchestrator-docker and image-builder-docker. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ZenliteError } from "@zenlite/core";
import { readJson, stringAt } from "./json.ts";

type Environment = { readonly [name: string]: string | undefined };

/** Where the engine listens, and who said so. */
export interface Address {
  readonly url: string;
  readonly from: string;
}

/** As the docker command looks for it: configuration, DOCKER_HOST, the active context, the usual sockets. */
export function findAddress(host: string | undefined, environment: Environment): Address {
  if (host !== undefined) return { url: host, from: "host of the component" };
  const variable = environment["DOCKER_HOST"];
  if (variable !== undefined && variable !== "") return { url: variable, from: "DOCKER_HOST" };
  const home = environment["HOME"] ?? homedir();
  const context = contextAddress(environment["DOCKER_CONFIG"] ?? join(home, ".docker"), environment["DOCKER_CONTEXT"]);
  if (context !== undefined) return context;
  if (process.platform === "win32") return { url: "npipe:////./pipe/docker_engine", from: "the default" };
  const ofUser = join(home, ".docker", "run", "docker.sock");
  return { url: `unix://${existsSync(ofUser) ? ofUser : "/var/run/docker.sock"}`, from: "the default" };
}

/** https://docs.docker.com/engine/manage-resources/contexts/ */
function contextAddress(folder: string, named: string | undefined): Address | undefined {
  const name = named ?? stringAt(readJson(join(folder, "config.json")), "currentContext");
  if (name === undefined || name === "" || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const url = stringAt(readJson(join(folder, "contexts", "meta", id, "meta.json")), "Endpoints", "docker", "Host");
  return url === undefined ? undefined : { url, from: `the Docker context "${name}"` };
}

/** Throws ZENLITE_DOCKER_REMOTE for an engine that is not reached by a socket of this machine. */
export function socketOf(address: Address): string {
  const [, socket] = /^(?:unix|npipe):\/\/(.+)$/u.exec(address.url) ?? [];
  if (socket !== undefined) return socket;
  if (address.url.startsWith("/")) return address.url;
  throw new ZenliteError(
    "ZENLITE_DOCKER_REMOTE",
    `The Docker engine at ${address.url} (${address.from}) is on another machine: steps there cannot reach the code and the artifact store of this one. Not possible yet.`,
    { hint: "Use an engine of this machine: unset DOCKER_HOST, or: docker context use default" },
  );
}
