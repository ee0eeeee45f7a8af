// The engine of this machine at a second address: by TCP, by TLS with certificates of our own, by a real ssh to a server of our own.
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createSecureServer } from "node:tls";

export interface SecondAddress extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What the environment must say for it. */
  readonly environment: { readonly [name: string]: string };
}

const engineSocket = "/var/run/docker.sock";

function relay(client: Duplex, open: Set<Duplex>): void {
  const engine = connect(engineSocket);
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
}

async function listen(
  server: Server,
  open: Set<Duplex>,
  host = "127.0.0.1",
): Promise<{ readonly port: number } & AsyncDisposable> {
  server.on("connection", (client: Socket | SshClient) => {
    if (client instanceof Socket) open.add(client.on("close", () => open.delete(client)));
  });
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const each of open) each.destroy();
      // The channels of ssh: their client, a process of the launcher's, ends with them.
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function openTcp(host = "127.0.0.1"): Promise<SecondAddress> {
  const open = new Set<Duplex>();
  const server = createServer((client) => relay(client, open));
  const listening = await listen(server, open, host);
  return { ...listening, url: `tcp://${host}:${listening.port}`, environment: {} };
}

/** Wants a certificate of the client's too, as an engine with `tlsverify` does. */
export async function openTls(): Promise<SecondAddress & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-tls-"));
  const openssl = (...args: readonly string[]): void =>
    void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const authority = ["-newkey", "rsa:2048", "-nodes", "-x509", "-days", "2", "-subj", "/CN=zenlite-test"];
  openssl("req", ...authority, "-keyout", "ca-key.pem", "-out", "ca.pem");
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    const [key, request, certificate] =
      name === "client" ? ["key.pem", "request", "cert.pem"] : ["server-key.pem", "request", "server.pem"];
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`, "-keyout", key, "-out", request);
    const signing = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile", "names"];
    openssl("x509", "-req", "-in", request, ...signing, "-out", certificate);
  }
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const open = new Set<Duplex>();
  const server = createSecureServer(
    {
      key: read("server-key.pem"),
      cert: read("server.pem"),
      ca: read("ca.pem"),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (client) => relay(client, open),
  );
  const listening = await listen(server, open);
  return {
    port: listening.port,
    folder,
    url: `tcp://127.0.0.1:${listening.port}`,
    environment: { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: folder },
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const sshMissing = spawnSync("ssh", ["-V"]).status !== 0;

/** The part of the ssh2 package that a server needs. */
interface Ssh2 {
  readonly Server: new (
    options: { readonly hostKeys: readonly string[] },
    connected: (client: SshClient) => void,
  ) => Server;
  readonly utils: {
    generateKeyPairSync(type: "ed25519"): { readonly private: string; readonly public: string };
    parseKey(text: string): { getPublicSSH(): Buffer };
  };
}
interface SshAttempt {
  readonly method: string;
  readonly username: string;
  readonly key?: { readonly data: Buffer };
  accept(): void;
  reject(methods?: readonly string[]): void;
}
interface SshClient {
  on(event: "authentication", listener: (attempt: SshAttempt) => void): this;
  on(event: "session", listener: (accept: () => SshSession) => void): this;
  on(event: "error", listener: () => void): this;
}
interface SshSession {
  on(
    event: "exec",
    listener: (accept: () => Duplex, reject: () => void, info: { readonly command: string }) => void,
  ): this;
}

/** Takes one user with one key, and runs nothing but what the docker command would be asked for. */
export async function openSsh(): Promise<SecondAddress & { readonly folder: string }> {
  const require = createRequire(import.meta.url);
  const { Server, utils } = require("ssh2") as Ssh2;
  const [host, user, stranger] = [0, 1, 2].map(() => utils.generateKeyPairSync("ed25519"));
  if (host === undefined || user === undefined || stranger === undefined) throw new Error("no keys");
  const known = utils.parseKey(user.public).getPublicSSH();
  const open = new Set<Duplex>();
  const server = new Server({ hostKeys: [host.private] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (attempt) => {
      const allowed = attempt.username === "tester" && attempt.key?.data.equals(known) === true;
      if (attempt.method === "publickey" && allowed) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("session", (accept) =>
      accept().on("exec", (accept, reject, { command }) => {
        if (command === "docker system dial-stdio") relay(accept(), open);
        else reject();
      }),
    );
  });
  const listening = await listen(server, open);
  const folder = mkdtempSync(join(tmpdir(), "zenlite-ssh-"));
  const write = (name: string, text: string, mode: number): void => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), mode);
  };
  write("key", `${user.private.trimEnd()}\n`, 0o600);
  write("known_hosts", `[127.0.0.1]:${listening.port} ${host.public}\n`, 0o600);
  write("strangers", `[127.0.0.1]:${listening.port} ${stranger.public}\n`, 0o600);
  const config = ["BatchMode yes", "StrictHostKeyChecking yes", "IdentitiesOnly yes", `IdentityFile ${folder}/key`];
  write("config", `${[...config, `UserKnownHostsFile ${folder}/known_hosts`].join("\n")}\n`, 0o600);
  write("config-of-strangers", `${[...config, `UserKnownHostsFile ${folder}/strangers`].join("\n")}\n`, 0o600);
  // The real ssh, with a configuration that is not the tester's own.
  const real = execFileSync("sh", ["-c", "command -v ssh"]).toString().trim();
  write("ssh", `#!/bin/sh\nexec ${real} -F "\${ZENLITE_TEST_SSH_CONFIG:-${folder}/config}" "$@"\n`, 0o755);
  return {
    port: listening.port,
    folder,
    url: `ssh://tester@127.0.0.1:${listening.port}`,
    environment: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
