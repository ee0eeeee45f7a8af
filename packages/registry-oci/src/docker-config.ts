/** Who this machine is at a registry, as the docker command keeps it: ~/.docker/config.json and credential helpers. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { hasCode, isJsonObject, messageOf, ZenliteError } from "@zenlite/core";
import type { Login } from "./distribution.ts";

type Environment = { readonly [name: string]: string | undefined };

/** Undefined where `docker login` was never said for this host. https://docs.docker.com/reference/cli/docker/login/#credential-stores */
export async function findLogin(
  host: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<Login | undefined> {
  const folder = environment["DOCKER_CONFIG"] ?? join(environment["HOME"] ?? homedir(), ".docker");
  const config = readConfig(join(folder, "config.json"));
  const key = host === "docker.io" ? dockerHub : host;
  const { credHelpers, credsStore, auths } = config;
  const helper = (isJsonObject(credHelpers) ? credHelpers[key] : undefined) ?? credsStore;
  if (typeof helper === "string" && helper !== "") return askHelper(helper, key, signal);
  const [, entry] =
    Object.entries(isJsonObject(auths) ? auths : {}).find(([name]) => name === key || hostOf(name) === host) ?? [];
  return isJsonObject(entry) ? fromEntry(entry) : undefined;
}

/** The name under which docker keeps Docker Hub, for historical reasons. */
const dockerHub = "https://index.docker.io/v1/";

/** Older entries are addresses: `https://registry.example.com/v2/`. */
function hostOf(name: string): string {
  return name.replace(/^https?:\/\//u, "").replace(/\/.*$/su, "");
}

function fromEntry({
  auth,
  username,
  password,
  identitytoken,
}: {
  readonly [key: string]: unknown;
}): Login | undefined {
  if (typeof identitytoken === "string" && identitytoken !== "") return fromToken(identitytoken);
  if (typeof username === "string" && typeof password === "string" && username !== "") return { username, password };
  if (typeof auth !== "string" || auth === "") return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 1
    ? undefined
    : { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/u, "") };
}

/** A token in place of a password: https://learn.microsoft.com/azure/container-registry/container-registry-authentication */
function fromToken(password: string): Login {
  return { username: "00000000-0000-0000-0000-000000000000", password };
}

/** The password comes on standard output: no argument, no variable. https://github.com/docker/docker-credential-helpers */
async function askHelper(helper: string, key: string, signal: AbortSignal): Promise<Login | undefined> {
  const program = `docker-credential-${helper}`;
  const fail = (why: string, cause?: unknown): never => {
    throw new ZenliteError("ZENLITE_CREDENTIAL_HELPER", `${program} gives no credentials for ${key}: ${why}`, {
      hint: `echo ${key} | ${program} get; its name stands in Docker's config.json, under credsStore or credHelpers.`,
      fault: "environment",
      cause,
    });
  };
  if (!/^[\w.-]+$/u.test(helper)) return fail("that is no name of a program.");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile(program, ["get"], { signal, timeout: 60_000 }, (error, stdout, stderr) => {
    if (error === null) return resolve(stdout);
    // Helpers write their errors to standard output, too.
    const said = `${stdout}${stderr}`.trim();
    if (/credentials not found/iu.test(said)) return resolve("");
    return reject(new Error(hasCode(error, "ENOENT") ? "it is not installed." : said || error.message));
  });
  // A helper that does not read it is no error of ours.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(key);
  let answer: string;
  try {
    answer = await promise;
  } catch (error) {
    signal.throwIfAborted();
    return fail(messageOf(error));
  }
  if (answer === "") return undefined;
  const parsed = parse(answer);
  const { Username, Secret } = isJsonObject(parsed) ? parsed : {};
  if (typeof Username !== "string" || typeof Secret !== "string")
    return fail("its answer is not what Docker asks of it.");
  return Username === "<token>" ? fromToken(Secret) : { username: Username, password: Secret };
}

function readConfig(file: string): { readonly [key: string]: unknown } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return {};
    throw new ZenliteError("ZENLITE_DOCKER_CONFIG", `Docker's ${file} cannot be read: ${messageOf(error)}`, {
      where: { file },
      fault: "environment",
      cause: error,
    });
  }
  const config = parse(text);
  if (isJsonObject(config)) return config;
  // The parser's own message quotes the text, and with it a password.
  throw new ZenliteError("ZENLITE_DOCKER_CONFIG", `Docker's ${file} is no JSON mapping.`, {
    where: { file },
    fault: "environment",
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
