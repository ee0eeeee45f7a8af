// A registry of this machine under the name of one in AWS: TLS with a certificate of our own, in front of the real thing.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as send } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface NamedRegistry extends AsyncDisposable {
  readonly port: number;
  /** A file that only this test's processes believe. */
  readonly certificate: string;
}

/** `address`: where the registry really is. `port`: 0 for any. */
export async function openNamedRegistry(host: string, address: string, port = 0): Promise<NamedRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-named-registry-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const names = ["-subj", "/CN=registry", "-addext", `subjectAltName=DNS:${host}`];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...names, ...files], {
    stdio: "ignore",
  });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    const onward = send(
      new URL(request.url ?? "/", `http://${address}`),
      // The registry makes its own links from the name and the scheme that it was asked by.
      { method: request.method, headers: { ...request.headers, "x-forwarded-proto": "https" } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Only root can make the engine of this machine find a name here. */
export const canName = process.platform === "linux" && process.getuid?.() === 0;

const hosts = "/etc/hosts";

/** Until it is disposed of, this machine and its engine find the registry under the name, as they would find one in AWS. */
export async function nameRegistry(host: string, address: string): Promise<NamedRegistry> {
  const registry = await openNamedRegistry(host, address, 443);
  const line = `127.0.0.1 ${host} # zenlite test\n`;
  // https://docs.docker.com/engine/security/certificates/
  const trusted = join("/etc/docker/certs.d", host);
  mkdirSync(trusted, { recursive: true });
  writeFileSync(join(trusted, "ca.crt"), readFileSync(registry.certificate));
  // A test that was killed has left its line.
  const before = readFileSync(hosts, "utf8").replaceAll(line, "");
  writeFileSync(hosts, `${before}${before.endsWith("\n") ? "" : "\n"}${line}`);
  return {
    ...registry,
    async [Symbol.asyncDispose]() {
      writeFileSync(hosts, readFileSync(hosts, "utf8").replaceAll(line, ""));
      rmSync(trusted, { recursive: true, force: true });
      await registry[Symbol.asyncDispose]();
    },
  };
}
