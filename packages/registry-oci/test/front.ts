// An HTTP server in front of a registry, so that a test sees the requests and can answer some of them itself. Tests of
// registry-ecr use it too.
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front extends AsyncDisposable {
  /** host:port */
  readonly address: string;
  readonly asked: string[];
}

/** True where it has answered; else the registry does. */
export type Answering = (incoming: IncomingMessage, response: ServerResponse) => boolean;

/** `hide`: a header of the registry's answers that does not go through. */
export async function openFront(address: string, answer: Answering, hide = ""): Promise<Front> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (answer(incoming, response)) return;
    const options = { method: incoming.method, headers: incoming.headers };
    const onward = request(`http://${address}${incoming.url}`, options, (answered) => {
      const { [hide]: _hidden, ...headers } = answered.headers;
      response.writeHead(answered.statusCode ?? 502, headers);
      answered.pipe(response);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
