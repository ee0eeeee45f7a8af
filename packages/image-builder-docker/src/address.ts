/** Where the Docker engine listens. The same file serves orchestrator-docker and image-builder-docker. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject } from "@zenlite/core";
import { readJson, stringAt } from "./json.ts";

type Environment = { readonly [name: string]: string | undefined };

/** Where the engine listens, and who said so. */
export interface Address {
  readonly url: string;
  readonly from: string;
  /** Set where it wants TLS. */
  readonly tls?: {
    /** Folder of ca.pem, cert.pem and key.pem; each is used where it is there. */
    readonly folder: string;
    /** False where the user has switched the check of the engine's certificate off. */
    readonly verify: boolean;
  };
}

/** As the docker command looks for it: configuration, DOCKER_HOST, the active context, the usual sockets. */
export function findAddress(host: string | undefined, environment: Environment): Address {
  const home = environment["HOME"] ?? homedir();
  const folder = environment["DOCKER_CONFIG"] ?? join(home, ".docker");
  const variable = environment["DOCKER_HOST"];
  const tls = tlsOf(environment, folder);
  if (host !== undefined) return { url: host, from: "host of the component", ...tls };
  if (variable !== undefined && variable !== "") return { url: variable, from: "DOCKER_HOST", ...tls };
  const context = contextAddress(folder, environment["DOCKER_CONTEXT"]);
  if (context !== undefined) return context;
  if (process.platform === "win32") return { url: "npipe:////./pipe/docker_engine", from: "the default" };
  const ofUser = join(home, ".docker", "run", "docker.sock");
  return { url: `unix://${existsSync(ofUser) ? ofUser : "/var/run/docker.sock"}`, from: "the default" };
}

/** https://docs.docker.com/reference/cli/docker/#environment-variables */
function tlsOf(environment: Environment, folder: string): Pick<Address, "tls"> {
  const [verify, unverified] = [environment["DOCKER_TLS_VERIFY"] ?? "", environment["DOCKER_TLS"] ?? ""];
  if (verify === "" && unverified === "") return {};
  const given = environment["DOCKER_CERT_PATH"] ?? "";
  return { tls: { folder: given === "" ? folder : given, verify: verify !== "" } };
}

/** https://docs.docker.com/engine/manage-resources/contexts/ */
function contextAddress(folder: string, named: string | undefined): Address | undefined {
  const name = named ?? stringAt(readJson(join(folder, "config.json")), "currentContext");
  if (name === undefined || name === "" || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(folder, "contexts", "meta", id, "meta.json"));
  const url = stringAt(meta, "Endpoints", "docker", "Host");
  if (url === undefined) return undefined;
  const certificates = join(folder, "contexts", "tls", id, "docker");
  return {
    url,
    from: `the Docker context "${name}"`,
    ...(existsSync(certificates) ? { tls: { folder: certificates, verify: !skipsVerification(meta) } } : {}),
  };
}

function skipsVerification(meta: unknown): boolean {
  const endpoints = isJsonObject(meta) ? meta["Endpoints"] : undefined;
  const docker = isJsonObject(endpoints) ? endpoints["docker"] : undefined;
  return isJsonObject(docker) && docker["SkipTLSVerify"] === true;
}

/** The socket on this machine; `undefined` for an engine that is reached by a network. */
export function socketOf(url: string): string | undefined {
  const [, socket] = /^(?:unix|npipe):\/\/(.+)$/u.exec(url) ?? [];
  return socket ?? (url.startsWith("/") ? url : undefined);
}
