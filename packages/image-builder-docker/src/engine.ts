/** Finds the Docker engine and says in people's words why it does not answer. The same file serves orchestrator-docker and image-builder-docker (a test holds the two equal). */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { Agent } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type Docker from "dockerode";
import { readJson, stringAt } from "./json.ts";
import { hasCode, isJsonObject, messageOf, ZenliteError } from "@zenlite/core";

export interface Engine {
  readonly docker: Docker;
  /** Awaits an answer of the engine; failures to reach it become ZenliteErrors, its refusals keep their `statusCode`. */
  ask<T>(request: Promise<T>): Promise<T>;
  /** Aborts with `close`: whoever asks again and again stops then. */
  readonly closed: AbortSignal;
  close(): void;
}

type Environment = { readonly [name: string]: string | undefined };

/** Where the engine listens, and who said so. */
export interface Address {
  readonly url: string;
  readonly from: string;
}

/** dockerode is loaded here and not before: its import alone takes longer than a `node -e 0`. */
export async function openEngine(host: string | undefined, environment: Environment = process.env): Promise<Engine> {
  const address = findAddress(host, environment);
  const socketPath = socketOf(address);
  const { default: Client } = await import("dockerode");
  // Without keep-alive each of a container's requests would open a socket of its own.
  const agent = unread(new Agent({ keepAlive: true }));
  const options = { socketPath, agent };
  const closing = new AbortController();
  return {
    docker: new Client(options),
    ask: (request) => request.catch((error: unknown) => Promise.reject(explain(error, socketPath, address))),
    closed: closing.signal,
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/**
 * dockerode writes each request's options out for its debug log, also where nobody reads that: with an agent and its sockets, or
 * a signal, that took more time than the request itself. They are written as a name instead.
 */
export function unread<T extends object>(value: T): T {
  return Object.defineProperty(value, inspect.custom, { value: () => value.constructor.name });
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

function socketOf(address: Address): string {
  const [, socket] = /^(?:unix|npipe):\/\/(.+)$/u.exec(address.url) ?? [];
  if (socket !== undefined) return socket;
  if (address.url.startsWith("/")) return address.url;
  throw new ZenliteError(
    "ZENLITE_DOCKER_REMOTE",
    `The Docker engine at ${address.url} (${address.from}) is on another machine: steps there cannot reach the code and the artifact store of this one. Not possible yet.`,
    { hint: "Use an engine of this machine: unset DOCKER_HOST, or: docker context use default" },
  );
}

function explain(error: unknown, socketPath: string, address: Address): unknown {
  const place = `${socketPath} (${address.from})`;
  if (hasCode(error, "EACCES") || hasCode(error, "EPERM"))
    return new ZenliteError("ZENLITE_DOCKER_DENIED", `This user may not use the Docker engine's socket ${place}.`, {
      hint: 'sudo usermod -aG docker "$USER", then log in again',
      cause: error,
    });
  if (!connectionCodes.some((code) => hasCode(error, code))) return error;
  return new ZenliteError("ZENLITE_DOCKER_UNREACHABLE", `No Docker engine answers at ${place}: ${messageOf(error)}.`, {
    hint: "Start Docker (sudo systemctl start docker, or Docker Desktop) and try: docker info",
    cause: error,
    fault: "environment",
  });
}

const connectionCodes = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTSOCK", "ENOTDIR", "ETIMEDOUT"];

/** The status code of the engine's refusal, where it answered with one. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}

/** What the engine itself said, without dockerode's frame around it. */
export function refusalOf(error: unknown): string {
  const body = typeof error === "object" && error !== null && "json" in error ? error.json : undefined;
  return stringAt(body, "message") ?? messageOf(error).trim();
}

/** Each JSON object of a stream of lines: progress of a pull or a build, events. */
export async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<{ readonly [key: string]: unknown }> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield parseObject(line);
  }
  if (rest.trim() !== "") yield parseObject(rest);
}

function parseObject(text: string): { readonly [key: string]: unknown } {
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : {};
}
