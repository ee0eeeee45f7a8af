/** A connection to the Docker engine, and in people's words why it does not answer. The same file serves orchestrator-docker and image-builder-docker. */
import { Agent } from "node:http";
import type Docker from "dockerode";
import { hasCode, isJsonObject, messageOf, ZenliteError } from "@zenlite/core";
import { type Address, findAddress, socketOf } from "./address.ts";
import { stringAt } from "./json.ts";
import { unread } from "./unread.ts";

export interface Engine {
  readonly docker: Docker;
  /** Awaits an answer of the engine; failures to reach it become ZenliteErrors, its refusals keep their `statusCode`. */
  ask<T>(request: Promise<T>): Promise<T>;
  /** Aborts with `close`: whoever asks again and again stops then. */
  readonly closed: AbortSignal;
  close(): void;
}

/** dockerode is loaded here and not before: its import alone takes longer than a `node -e 0`. */
export async function openEngine(host: string | undefined): Promise<Engine> {
  const address = findAddress(host, process.env);
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
