// The simulator of S3 behind a door that this machine and its containers reach, which sees whose keys each request is signed with.
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { promisify } from "node:util";
import { describe } from "vitest";
import { engineMissing } from "./project.ts";

const execute = promisify(execFile);
const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";
/** Lets everybody do everything; on this machine only. */
export const simulator = process.env["ZENLITE_TEST_AWS_ENDPOINT"] ?? "";

/** In continuous integration nothing is skipped: without a simulator or an engine these tests fail. */
export const onAwsAndEngine = describe.skipIf((simulator === "" || engineMissing) && !continuous);

const registryMissing = spawnSync("docker-registry", ["--version"]).status !== 0;
/** And for these a container registry: in continuous integration the script installs it. */
export const onAwsAndRegistry = registryMissing && !continuous ? describe.skip : onAwsAndEngine;

export interface Door extends AsyncDisposable {
  /** The same for this machine and for containers on the engine's bridge. */
  readonly url: string;
  /** The access keys that requests for this kind of object were signed with, in order: `PUT outcome.json` → keys. */
  readonly seen: { readonly method: string; readonly path: string; readonly key: string }[];
  /** S3's code for a refusal, from now on. */
  refuse(check: (key: string) => string | undefined): void;
}

/** The address of this machine as containers see it. */
export async function bridgeAddress(): Promise<string> {
  const format = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
  return (await execute("docker", ["network", "inspect", "bridge", "--format", format])).stdout.trim();
}

export async function openDoor(): Promise<Door> {
  let check: (key: string) => string | undefined = () => undefined;
  const seen: Door["seen"] = [];
  const server = createServer((request, response) => {
    const [, key = ""] = /Credential=([^/]+)\//u.exec(request.headers.authorization ?? "") ?? [];
    seen.push({ method: request.method ?? "", path: request.url ?? "", key });
    const code = check(key);
    if (code === undefined) return forward(request, response);
    request.resume();
    response.writeHead(400, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0"?><Error><Code>${code}</Code><Message>The provided token has expired.</Message></Error>`,
    );
  });
  server.listen(0, await bridgeAddress());
  await once(server, "listening");
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    seen,
    refuse: (next) => void (check = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = "" } = request;
  const onward = send(new URL(url, simulator), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

export interface Bucket {
  readonly name: string;
  /** Every object under the prefix, whole. */
  objects(prefix: string): Promise<ReadonlyMap<string, Buffer>>;
}

/** The simulator looks for a signature, and not at it. */
const authorization =
  "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

async function ask(path: string, method = "GET"): Promise<Response> {
  const response = await fetch(`${simulator}/${path}`, { method, headers: { authorization } });
  if (!response.ok) throw new Error(`the simulator says ${response.status} to ${method} ${path}`);
  return response;
}

export async function makeBucket(name: string): Promise<Bucket> {
  await ask(name, "PUT");
  return {
    name,
    async objects(prefix) {
      const found = new Map<string, Buffer>();
      let after = "";
      for (;;) {
        const query = new URLSearchParams({ "list-type": "2", prefix, "start-after": after });
        const text = await (await ask(`${name}?${query}`)).text();
        const keys = [...text.matchAll(/<Key>([^<]+)<\/Key>/gu)].map(([, key = ""]) => key);
        for (const key of keys) {
          const answer = await ask(`${name}/${key.split("/").map(encodeURIComponent).join("/")}`);
          found.set(key, Buffer.from(await answer.arrayBuffer()));
        }
        after = keys.at(-1) ?? "";
        if (!text.includes("<IsTruncated>true")) return found;
      }
    },
  };
}

/** What a step waits for: an address that it asks again and again until the test opens it. */
export async function openGate(): Promise<AsyncDisposable & { readonly url: string; open(): void; asked(): number }> {
  let isOpen = false;
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.statusCode = isOpen ? 200 : 425;
    // Kept open, it might close in the very moment of the next question.
    response.setHeader("connection", "close");
    response.end();
  });
  server.listen(0, await bridgeAddress());
  await once(server, "listening");
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    open: () => void (isOpen = true),
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The engine of this machine by TCP. */
export async function openEngineByTcp(): Promise<AsyncDisposable & { readonly url: string }> {
  const open = new Set<Socket>();
  const server = createTcpServer((client) => {
    const engine = connect("/var/run/docker.sock");
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const each of open) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
