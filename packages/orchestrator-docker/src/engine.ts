/** A connection to the Docker engine, and in people's words why it does not answer. The same file serves orchestrator-docker and image-builder-docker. */
import type Docker from "dockerode";
import { hasCode, isJsonObject, messageOf, ZenliteError } from "@zenlite/core";
import { type Address, findAddress, socketOf } from "./address.ts";
import { connectionTo } from "./connection.ts";
import { stringAt } from "./json.ts";

export interface Engine {
  readonly docker: Docker;
  readonly address: Address;
  /** True where it is reached by a network: this machine's folders are not its own. */
  readonly remote: boolean;
  /** True where what is said could be read on the way. */
  readonly exposed: boolean;
  /** Awaits an answer of the engine; failures to reach it become ZenliteErrors, its refusals keep their `statusCode`. */
  ask<T>(request: Promise<T>): Promise<T>;
  /** Aborts with `close`: whoever asks again and again stops then. */
  readonly closed: AbortSignal;
  close(): void;
}

/** dockerode is loaded here and not before: its import alone takes longer than a `node -e 0`. */
export async function openEngine(host: string | undefined): Promise<Engine> {
  const address = findAddress(host, process.env);
  const { options, agent, remote, exposed } = connectionTo(address);
  const { default: Client } = await import("dockerode");
  const closing = new AbortController();
  return {
    docker: makeClient(Client, options, address),
    address,
    remote,
    exposed,
    ask: (request) => request.catch((error: unknown) => Promise.reject(explain(error, address))),
    closed: closing.signal,
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** dockerode reads certificates by itself where the environment names some, also those that are not needed. */
function makeClient(Client: typeof Docker, options: Docker.DockerOptions, { from }: Address): Docker {
  try {
    return new Client(options);
  } catch (cause) {
    const message = `The certificates for the Docker engine (${from}) cannot be read: ${messageOf(cause)}.`;
    throw new ZenliteError("ZENLITE_DOCKER_TLS", message, { hint: "Look at DOCKER_CERT_PATH.", cause });
  }
}

function explain(error: unknown, address: Address): unknown {
  const place = `${socketOf(address.url) ?? address.url} (${address.from})`;
  if (hasCode(error, "EACCES") || hasCode(error, "EPERM"))
    return new ZenliteError("ZENLITE_DOCKER_DENIED", `This user may not use the Docker engine's socket ${place}.`, {
      hint: 'sudo usermod -aG docker "$USER", then log in again',
      cause: error,
    });
  const remote = socketOf(address.url) === undefined;
  if (isTrustError(error))
    return new ZenliteError(
      "ZENLITE_DOCKER_TLS",
      `This machine and the Docker engine at ${place} do not trust each other: ${messageOf(error).trim()}.`,
      {
        hint: "It wants TLS, or other certificates: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a Docker context that has them.",
        cause: error,
      },
    );
  if (!connectionCodes.some((code) => hasCode(error, code))) return error;
  return new ZenliteError("ZENLITE_DOCKER_UNREACHABLE", `No Docker engine answers at ${place}: ${messageOf(error)}.`, {
    hint: remote
      ? `Is it up, and does it listen there? Try: docker -H ${address.url} info`
      : "Start Docker (sudo systemctl start docker, or Docker Desktop) and try: docker info",
    cause: error,
    fault: "environment",
  });
}

const connectionCodes =
  "ENOENT ECONNREFUSED ECONNRESET EPIPE ENOTSOCK ENOTDIR ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ESSH".split(
    " ",
  );

/** By Node's codes (https://nodejs.org/api/tls.html#x509-certificate-error-codes), and by the engine's answer to a request without TLS. */
function isTrustError(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return (
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(?:SSL|TLS)_|^EPROTO$/u.test(code) ||
    (statusOf(error) === 400 && /HTTP request to an HTTPS server/u.test(refusalOf(error)))
  );
}

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
