/** The image of a recipe in a registry: whoever built it first, everybody starts from the same one. */
import { type Call, type ContainerRegistry, type Digest, isZenliteError, ZenliteError } from "@zenlite/core";
import { refusalOf, type Engine } from "./engine.ts";
import { stringAt } from "./json.ts";
import { follow, type Say } from "./progress.ts";

export interface Registered {
  readonly reference: string;
  readonly digest: Digest;
}

/** The image's place in a registry. */
export interface Berth {
  readonly registry: ContainerRegistry;
  readonly repository: string;
  readonly tag: string;
}

/** `host/repository:tag`. */
function taggedName({ registry, repository, tag }: Berth): string {
  return `${registry.reference(repository)}:${tag}`;
}

/** Asks the registry only. */
export async function findRegistered(berth: Berth, call: Call): Promise<Registered | undefined> {
  const digest = await berth.registry.digest(taggedName(berth), call);
  return digest === undefined
    ? undefined
    : { digest, reference: `${berth.registry.reference(berth.repository)}@${digest}` };
}

/** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageCreate */
export async function pullRegistered(
  engine: Engine,
  berth: Berth,
  { reference }: Registered,
  say: Say,
  { signal }: Call,
): Promise<void> {
  await speak(berth, reference, "pulled", { signal }, async (authconfig) => {
    await follow(await engine.ask(engine.docker.pull(reference, { authconfig, abortSignal: signal })), say);
  });
}

/** Another one may be faster: then theirs counts. */
export async function pushImage(
  engine: Engine,
  berth: Berth,
  image: string,
  say: Say,
  { signal }: Call,
): Promise<Registered> {
  const { registry, repository, tag } = berth;
  const name = registry.reference(repository);
  await registry.ensure(repository, { signal });
  // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageTag
  await engine.ask(engine.docker.getImage(image).tag({ repo: name, tag }));
  let digest: string | undefined;
  try {
    // https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImagePush
    await speak(berth, `${name}:${tag}`, "pushed", { signal }, async (authconfig) => {
      const push = engine.docker.getImage(name).push({ tag, authconfig, abortSignal: signal });
      await follow(await engine.ask(push), say, (word) => (digest = stringAt(word, "Digest") ?? digest));
    });
  } catch (error) {
    signal.throwIfAborted();
    // A repository whose tags are written once refuses whoever comes second.
    const there = await findRegistered(berth, { signal }).catch(() => undefined);
    if (there === undefined) throw error;
    return there;
  }
  if (digest === undefined) {
    const there = await findRegistered(berth, { signal });
    if (there !== undefined) return there;
    throw new ZenliteError(
      "ZENLITE_IMAGE_PUSH_FAILED",
      `The image ${name}:${tag} is not in the registry after its push.`,
      {
        fault: "environment",
      },
    );
  }
  return { digest: digest as Digest, reference: `${name}@${digest}` };
}

interface Login {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** Logs in, by the request's own header and nowhere else; what the registry refuses becomes an error that names it. */
async function speak(
  { registry, repository }: Berth,
  reference: string,
  done: "pulled" | "pushed",
  call: Call,
  act: (login: Login) => Promise<void>,
): Promise<void> {
  const { username, password } = await registry.login(repository, call);
  const [host = ""] = reference.split("/");
  try {
    await act({ username, password, serveraddress: host });
  } catch (cause) {
    call.signal.throwIfAborted();
    if (isZenliteError(cause)) throw cause;
    const refused = refusalOf(cause);
    const said = password === "" ? refused : refused.replaceAll(password, "***");
    throw new ZenliteError(
      done === "pushed" ? "ZENLITE_IMAGE_PUSH_FAILED" : "ZENLITE_IMAGE_PULL_FAILED",
      `The image ${reference} could not be ${done}; the engine says: ${said}.`,
      { fault: "environment", hint: hintFor(said, host, username) },
    );
  }
}

function hintFor(said: string, host: string, username: string): string {
  if (/unauthorized|denied|no basic auth|authentication required/iu.test(said))
    return `Who may write there? ${username === "" ? `Nobody was named: docker login ${host}` : `It was tried as "${username}"`}, and look at the container-registry of the stack.`;
  if (/server gave HTTP response to HTTPS client/u.test(said))
    return `The registry speaks no TLS: add "${host}" to "insecure-registries" in the engine's daemon.json.`;
  return `Does the engine reach ${host}? Try: docker pull ${host}/…`;
}
