/** A connection to a Docker engine through the ssh command, as the docker command makes it. The same file serves orchestrator-docker and image-builder-docker. */
import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";

/**
 * By the user's own ssh: its configuration, agent, jump hosts and known hosts hold. A client library would have none of these, and one that
 * takes any host key would hand a step's secrets to whoever answers.
 */
export function sshAgent(url: URL): Agent {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, {
    createConnection: () => dial(url),
    // Both would ask a network socket for its own keep-alive; ssh has one by its configuration.
    keepSocketAlive: () => true,
    reuseSocket: () => {},
  });
}

/** https://docs.docker.com/engine/security/protect-access/#use-ssh-to-protect-the-docker-daemon-socket */
function dial({ username, hostname, port }: URL): Duplex {
  const user = username === "" ? [] : ["-l", decodeURIComponent(username)];
  const at = port === "" ? [] : ["-p", port];
  const remote = ["docker", "system", "dial-stdio"];
  const child = spawn("ssh", ["-o", "ConnectTimeout=30", "-T", ...user, ...at, "--", hostname, ...remote], {
    stdio: ["pipe", "pipe", "pipe"],
    // Ctrl-C is for zenlite, which still has to stop containers over this connection.
    detached: true,
  });
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => (complaint = (complaint + data.toString()).slice(-2000)));
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Uint8Array, _encoding, done) => void child.stdin.write(chunk, done),
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      child.kill();
      done(error);
    },
  });
  child.stdin.on("error", () => {});
  child.stdout.on("data", (chunk: Uint8Array) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.on("error", (error) => stream.destroy(error));
  // After the last of its output: why it failed is known before anybody sees the end.
  child.on("close", (code) => {
    if (code === 0) stream.push(null);
    else stream.destroy(Object.assign(new Error(sentence(code, complaint)), { code: "ESSH" }));
  });
  return stream;
}

function sentence(code: number | null, complaint: string): string {
  const said = complaint.trim().split("\n").slice(-3).join("; ");
  return `ssh ended with ${code === null ? "a signal" : `code ${code}`}${said === "" ? "" : `: ${said}`}`;
}
