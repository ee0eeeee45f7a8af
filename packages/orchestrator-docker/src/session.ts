/** One container and our connection to it: started by us, or found and followed by its log. */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ZenliteError, type StepExit } from "@zenlite/core";
import { refusalOf, statusOf, type Engine } from "./engine.ts";
import { keepLines, type Lines } from "./lines.ts";
import { copyInto } from "./copies.ts";
import { readOutput } from "./output.ts";
import type { ContainerRequest } from "./container.ts";
import { removed, removeNow, type Removal } from "./removal.ts";

export interface Session {
  readonly id: string;
  /** False where somebody else holds its standard input. */
  readonly ours: boolean;
  /** Resolves when the supervisor surely hears signals: process 1 ignores those that it has no handler for yet. */
  untilListening(): Promise<void>;
  readonly lines: Lines;
  /** What the supervisor framed; `undefined` where the container ended without that. */
  readonly exit: Promise<StepExit | undefined>;
  /** Resolves when the engine has removed the container. Never rejects before `exit` has settled. */
  readonly removal: Promise<Removal>;
  hasEnded(): boolean;
  /** The last lines of standard error. */
  complaint(): string;
  /** One line for the supervisor's standard input, which stays open while we are attached. Nobody hears it after the end. */
  send(line: string): void;
  /** Lets go of the container: one that still waits for its word ends by that. */
  detach(): void;
}

/** Creates, fills, attaches, starts: in this order, so that not a byte of output is missed. */
export async function startContainer(engine: Engine, request: ContainerRequest): Promise<Session> {
  const { name, platform, body } = request;
  // dockerode would write the whole body into the URL too, environment included.
  const options = { name, _query: { name, ...(platform === undefined ? {} : { platform }) }, _body: body };
  let id: string;
  try {
    // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate
    ({ id } = await engine.ask(engine.docker.createContainer(options)));
  } catch (error) {
    if (statusOf(error) === 409) return adoptByName(engine, request);
    throw explain(error, request);
  }
  return attachAndStart(engine, id, request);
}

async function attachAndStart(engine: Engine, id: string, request: ContainerRequest): Promise<Session> {
  const container = engine.docker.getContainer(id);
  try {
    // Also where a driver that died had begun with it.
    if (request.copies !== undefined) await copyInto(engine, id, request.copies);
    // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
    const stream = await engine.ask(
      container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true }),
    );
    const watched = watch(stream);
    // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerStart
    await engine.ask(container.start());
    return sessionOf(engine, id, watched, true);
  } catch (error) {
    // One that never started is not removed by itself.
    await removeNow(engine, id).catch(() => undefined);
    throw explain(error, request);
  }
}

/** The name holds the attempt, so what has it is this attempt's container: of an earlier call, or of a driver that died. */
async function adoptByName(engine: Engine, request: ContainerRequest): Promise<Session> {
  try {
    // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect
    const found = await engine.ask(engine.docker.getContainer(request.name).inspect());
    if (found.State.Status === "created") return await attachAndStart(engine, found.Id, request);
    return await adoptContainer(engine, found.Id);
  } catch (error) {
    if (statusOf(error) === 404) return startContainer(engine, request);
    throw error;
  }
}

/** By the log and not by attaching: what was printed before comes first, and no line falls between the two. */
export async function adoptContainer(engine: Engine, id: string): Promise<Session> {
  // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerLogs
  const stream = await engine.ask(engine.docker.getContainer(id).logs({ follow: true, stdout: true, stderr: true }));
  return sessionOf(engine, id, watch(stream as Duplex), false);
}

interface Watched extends Pick<Session, "lines" | "exit" | "hasEnded" | "complaint"> {
  readonly stream: Duplex;
  /** There is no more to come, whatever the stream says. */
  end(): void;
}

/** From the start of a container to the supervisor's signal handlers, with room for a busy machine. */
const bootMilliseconds = 300;

/** How long output may still be on its way when the container is gone. */
const drainMilliseconds = 1_000;

function sessionOf(engine: Engine, id: string, watched: Watched, ours: boolean): Session {
  const { stream, lines, exit, hasEnded, complaint, end } = watched;
  const started = performance.now();
  // Asked while it runs, so that its end is known even where the connection for its output stays open.
  const removal = removed(engine, id);
  removal.then(() => setTimeout(end, drainMilliseconds).unref(), end);
  return {
    id,
    ours,
    async untilListening() {
      const left = started + bootMilliseconds - performance.now();
      if (ours && left > 0) await Promise.race([sleep(left), exit]);
    },
    lines,
    exit,
    removal,
    hasEnded,
    complaint,
    send(line) {
      if (stream.writable) stream.write(line.endsWith("\n") ? line : `${line}\n`);
    },
    detach: () => void stream.destroy(),
  };
}

const complaintLines = 5;

function watch(attached: NodeJS.ReadWriteStream): Watched {
  const stream = attached as Duplex;
  const lines = keepLines();
  const exit = Promise.withResolvers<StepExit | undefined>();
  const complaints: string[] = [];
  let ended = false;
  const output = readOutput({
    line(text, error) {
      lines.push(text);
      if (error && complaints.push(text) > complaintLines) complaints.shift();
    },
    exit(value) {
      ended = true;
      exit.resolve(value);
      lines.end();
    },
  });
  const end = (): void => {
    if (!ended) output.end();
    ended = true;
    exit.resolve(undefined);
    lines.end();
  };
  stream.on("data", (chunk: Uint8Array) => output.push(chunk));
  // A connection that breaks ends like one that is closed: what became of the container is asked of the engine.
  for (const event of ["end", "close", "error"]) stream.on(event, end);
  return { stream, lines, exit: exit.promise, hasEnded: () => ended, complaint: () => complaints.join("\n"), end };
}

function explain(error: unknown, { body }: ContainerRequest): unknown {
  const status = statusOf(error);
  if (status === undefined) return error;
  const said = refusalOf(error);
  const image = String(body["Image"]);
  if (/no such image/iu.test(said))
    return new ZenliteError("ZENLITE_IMAGE_NOT_FOUND", `The image ${image} is no longer there: ${said}.`, {
      cause: error,
      hint: `docker pull ${image}`,
    });
  if (/"node": executable file not found|exec: "node"/u.test(said))
    return new ZenliteError("ZENLITE_IMAGE_WITHOUT_NODE", `The image ${image} has no command "node" on its PATH.`, {
      cause: error,
      hint: "Set base_image to an image with Node 24, for example node:24-slim.",
    });
  return new ZenliteError(
    "ZENLITE_CONTAINER_REFUSED",
    `The Docker engine would not start a container from ${image}: ${said}`,
    {
      cause: error,
      hint: "Look at host_config, network, user and platform of the orchestrator.",
      fault: status >= 500 ? "environment" : "user",
    },
  );
}
