/** From an address to what dockerode needs to connect. The same file serves orchestrator-docker and image-builder-docker. */
import { existsSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { join } from "node:path";
import type Docker from "dockerode";
import { messageOf, ZenliteError } from "@zenlite/core";
import { socketOf, type Address } from "./address.ts";
import { sshAgent } from "./ssh.ts";
import { unread } from "./unread.ts";

export interface Connection {
  /** Its type does not know of the agent. */
  readonly options: Docker.DockerOptions & { readonly agent: Agent };
  readonly agent: Agent;
  /** True where it goes over a network: the engine's file system is taken for another machine's. */
  readonly remote: boolean;
  /** True where what is said could be read on the way. */
  readonly exposed: boolean;
}

// dockerode would fill in from DOCKER_HOST what is not said, whatever the component names.
const unsaid = {
  host: undefined,
  port: undefined,
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
};

export function connectionTo(address: Address): Connection {
  const socketPath = socketOf(address.url);
  // Without keep-alive each of a container's requests would open a socket of its own.
  if (socketPath !== undefined) return connect({ socketPath, protocol: "http" }, new Agent({ keepAlive: true }), {});
  const url = parse(address);
  const { hostname: host } = url;
  if (url.protocol === "ssh:") return connect({ host, port: 22, protocol: "http" }, sshAgent(url), { remote: true });
  if (url.protocol === "https:" || address.tls !== undefined) {
    const options = { host, port: portOf(url, 2376), protocol: "https" as const };
    const { verify = true } = address.tls ?? {};
    return connect(
      options,
      new SecureAgent({ keepAlive: true, rejectUnauthorized: verify, ...certificates(address) }),
      { remote: true },
    );
  }
  const exposed = !/^(?:localhost|127\.[\d.]+|\[::1\])$/u.test(host);
  const options = { host, port: portOf(url, 2375), protocol: "http" as const };
  return connect(options, new Agent({ keepAlive: true }), { remote: true, exposed });
}

function connect(
  options: Docker.DockerOptions,
  agent: Agent,
  { remote = false, exposed = false }: { readonly remote?: boolean; readonly exposed?: boolean },
): Connection {
  return { options: { ...unsaid, ...options, agent: unread(agent) }, agent, remote, exposed };
}

const protocols = ["tcp:", "http:", "https:", "ssh:"];

function parse({ url, from }: Address): URL {
  // Only of known protocols does `URL` take an address apart: tcp is none.
  const [, protocol = ""] = /^([a-z]+:)\/\//u.exec(url) ?? [];
  const standard = protocol === "tcp:" ? `http:${url.slice(protocol.length)}` : url;
  if (!protocols.includes(protocol) || !URL.canParse(standard) || new URL(standard).hostname === "")
    throw new ZenliteError("ZENLITE_DOCKER_ADDRESS", `"${url}" (${from}) is no address of a Docker engine.`, {
      hint: "Write unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host.",
    });
  return new URL(standard);
}

function portOf({ port }: URL, usual: number): number {
  return port === "" ? usual : Number(port);
}

/** https://docs.docker.com/engine/security/protect-access/#use-tls-https-to-protect-the-docker-daemon-socket */
function certificates({ tls, from }: Address): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  if (tls === undefined) return {};
  const read = (name: string): Buffer | undefined => {
    const file = join(tls.folder, name);
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  try {
    const [ca, cert, key] = [read("ca.pem"), read("cert.pem"), read("key.pem")];
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    };
  } catch (cause) {
    throw new ZenliteError(
      "ZENLITE_DOCKER_TLS",
      `The certificates for the Docker engine (${from}) in ${tls.folder} cannot be read: ${messageOf(cause)}.`,
      { hint: "Look at DOCKER_CERT_PATH, or: docker context inspect", cause },
    );
  }
}
