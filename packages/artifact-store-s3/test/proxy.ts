// Stands between the store and a simulator and does to the requests what networks and S3 do at times.
/// <reference lib="esnext.disposable" />
/// <reference types="node" />
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export type Fault =
  /** Answered so, and not passed on. */
  | {
      readonly answer: {
        readonly status: number;
        readonly code: string;
        readonly headers?: { readonly [name: string]: string };
        readonly body?: string;
      };
    }
  /** The connection is cut: before the request is passed on, in the middle of its body, or when S3 has answered. */
  | { readonly cut: "before" | "request" | "answer" }
  /** Half of the answer's body: `cut` ends with the connection, else it looks whole. */
  | { readonly half: "cut" | "whole" }
  /** One byte of the body is another one. */
  | { readonly flip: "request" | "answer" };

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Proxy extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: Seen[];
}

/** `decide` is asked for each request; what it does before it answers is done before the fault. */
export async function proxy(
  upstream: string,
  decide: (seen: Seen) => Fault | undefined | Promise<Fault | undefined>,
  /** Awaited once S3 has answered and before that is passed on, or lost. */
  answered: (seen: Seen) => Promise<void> = () => Promise.resolve(),
): Promise<Proxy> {
  const seen: Seen[] = [];

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(incoming.url ?? "/", upstream);
    const each: Seen = { method: incoming.method ?? "", url, headers: incoming.headers, body: Buffer.concat(chunks) };
    seen.push(each);
    const fault = await decide(each);
    if (fault !== undefined && "answer" in fault) {
      const { status, code, headers = {} } = fault.answer;
      const said = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}, said the proxy</Message></Error>`;
      const body = incoming.method === "HEAD" ? "" : (fault.answer.body ?? said);
      response.writeHead(status, { "content-type": "application/xml", ...headers }).end(body);
      return;
    }
    const cut = fault !== undefined && "cut" in fault ? fault.cut : undefined;
    if (cut === "before") return void incoming.socket.destroy();
    const flip = fault !== undefined && "flip" in fault ? fault.flip : undefined;
    const outgoing = request(url, {
      method: incoming.method ?? "GET",
      headers: { ...incoming.headers, connection: "close" },
    });
    if (cut === "request") {
      // S3 sees a request that ends too early, and keeps nothing of it.
      outgoing.on("error", () => undefined);
      outgoing.write(each.body.subarray(0, each.body.length >> 1), () => outgoing.destroy());
      return void incoming.socket.destroy();
    }
    outgoing.end(flip === "request" ? flipped(each.body) : each.body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) parts.push(chunk);
    const whole = Buffer.concat(parts);
    await answered(each);
    if (cut === "answer") return void incoming.socket.destroy();
    const half = fault !== undefined && "half" in fault ? fault.half : undefined;
    const body = flip === "answer" ? flipped(whole) : half === undefined ? whole : whole.subarray(0, whole.length >> 1);
    const { "transfer-encoding": _encoding, connection: _connection, ...headers } = answer.headers;
    const length =
      incoming.method === "HEAD" ? headers["content-length"] : String(half === "cut" ? whole.length : body.length);
    response.writeHead(answer.statusCode ?? 500, {
      ...headers,
      ...(length === undefined ? {} : { "content-length": length }),
    });
    if (half !== "cut") response.end(body);
    else response.write(body, () => incoming.socket.destroy());
  }

  const server = createServer((incoming, response) => {
    // A client that has gone away, as on an abort, is no error of the test.
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function flipped(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const place = other.length >> 1;
  other[place] = (other[place] ?? 0) ^ 1;
  return other;
}

export const slowDown: Fault = { answer: { status: 503, code: "SlowDown" } };

/** As S3 answers where the client's clock is off, by the server's date. */
export function skewed(): Fault {
  const date = new Date(Date.now() + 20 * 60_000).toUTCString();
  return { answer: { status: 403, code: "RequestTimeTooSkewed", headers: { date } } };
}
