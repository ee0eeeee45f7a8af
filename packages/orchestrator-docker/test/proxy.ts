// A socket in front of the engine's, so that a test can take the engine away and bring it back.
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Proxy extends AsyncDisposable {
  readonly path: string;
  /** Breaks all connections and refuses new ones, as an engine that restarts does. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
}

export async function openProxy(): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "zenlite-proxy-"));
  const path = join(folder, "docker.sock");
  const open = new Set<Socket>();
  const relay = (client: Socket): void => {
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
  };
  let server = createServer(relay);
  const listen = (): Promise<void> => new Promise((resolve) => server.listen(path, resolve));
  const takeAway = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of open) socket.destroy();
    await closed;
  };
  await listen();
  return {
    path,
    takeAway,
    async bringBack() {
      server = createServer(relay);
      await listen();
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await takeAway();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
