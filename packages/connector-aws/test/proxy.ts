// An HTTP server in front of a simulator, so that a test sees the requests and can answer some of them itself.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The simulator's own answer, to another body where one is given. */
  forward(body?: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

export interface Proxy extends AsyncDisposable {
  readonly endpoint: string;
  readonly asked: Asked[];
}

/** Without an answer of its own it passes the simulator's on. */
export async function openProxy(
  target: string,
  answer: (asked: Asked) => Promise<Answer | undefined> | Answer | undefined = () => undefined,
): Promise<Proxy> {
  const asked: Asked[] = [];
  const server = createServer((incoming, response) => {
    const serve = async (): Promise<void> => {
      const body = await text(incoming);
      const { method = "GET", url: path = "/", headers } = incoming;
      const each: Asked = {
        method,
        path,
        headers,
        body,
        forward: (other = body) => forward(target, { method, path, headers, body: other }),
      };
      asked.push(each);
      const given = (await answer(each)) ?? (await each.forward());
      response.writeHead(given.status, { "content-type": given.type ?? "text/xml" }).end(given.body);
    };
    serve().catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** With all its headers: the host's name is signed, too. */
async function forward(target: string, { method, path, headers, body }: Omit<Asked, "forward">): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { expect: _expect, ...kept } = headers;
  const options = { method, headers: { ...kept, "content-length": Buffer.byteLength(body) } };
  const sent = request(new URL(path, target), options, resolve);
  sent.on("error", reject).end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", body: await text(answer) };
}

/**
 * The simulator that enforces IAM says so in XML to every service, with the names of the older ones. To those that speak JSON AWS says it in
 * JSON: https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
 */
export async function inJson({ headers, forward }: Asked): Promise<Answer> {
  const answer = await forward();
  const [, code = ""] = /<Code>(.*?)</u.exec(answer.body) ?? [];
  const [, message = ""] = /<Message>(.*?)</u.exec(answer.body) ?? [];
  if (headers["x-amz-target"] === undefined || code === "") return answer;
  const body = JSON.stringify({ __type: jsonNames.get(code) ?? code, message });
  return { status: 400, type: "application/x-amz-json-1.1", body };
}

const jsonNames = new Map([
  ["AccessDenied", "AccessDeniedException"],
  ["InvalidClientTokenId", "UnrecognizedClientException"],
  ["SignatureDoesNotMatch", "InvalidSignatureException"],
]);

/** What the services that speak XML, and those that speak JSON, say of a token that has expired. */
export const expiredXml: Answer = {
  status: 400,
  body: "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>",
};
