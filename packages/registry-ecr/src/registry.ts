/** A private registry in Amazon ECR: repositories made where they are missing, logins, digests. */
import { type Call, type ComponentContext, type ContainerRegistry, isZenliteError, ZenliteError } from "@zenlite/core";
import { arnOf, nameOf, parseAddress, type RegistryConfig } from "./address.ts";
import { openApi, type Token } from "./api.ts";
import { explainAws, policyStatement } from "./aws-error.ts";
import { openDistribution } from "./distribution.ts";
import { isLoopback, parseReference } from "./image-reference.ts";
import { expiresTagged, lifecyclePolicy } from "./lifecycle.ts";

/** As long before its end a token is no longer given away: a push of big layers takes its time. */
const tokenMargin = 30 * 60_000;

interface PlatformedRegistry extends ContainerRegistry {
  /** `os/architecture[/variant]` of an image, or of each in an index; undefined where there is no such image. */
  platforms(reference: string, call: Call): Promise<readonly string[] | undefined>;
}

export async function openRegistry(
  config: RegistryConfig,
  context: Pick<ComponentContext, "credentials" | "log" | "signal">,
): Promise<PlatformedRegistry & AsyncDisposable> {
  const address = parseAddress(config);
  const { host, account, region } = address;
  const api = openApi(address, config.endpoint, context);
  let token: Token | undefined;

  async function signIn(call: Call): Promise<Token> {
    const left = token?.expiresAt === undefined ? 0 : Date.parse(token.expiresAt) - Date.now();
    if (token === undefined || left < tokenMargin) token = await api.token(call);
    return token;
  }

  /** Somebody else's repository keeps its policy; what that means for plans is said. */
  async function judge(name: string, call: Call): Promise<void> {
    const policy = await unlessDenied(api.readPolicy(name, call));
    if (typeof policy !== "string" || !expiresTagged(policy)) return;
    context.log.warn(
      `The lifecycle policy of ${name} expires images that have a tag: plans and schedules may lose theirs. Let it select untagged images only.`,
    );
  }

  /** Without a policy images can be kept there all the same. */
  async function limit(name: string, call: Call): Promise<void> {
    const denied = await unlessDenied(api.writePolicy(name, lifecyclePolicy(config.expireUntaggedDays), call));
    if (denied instanceof ZenliteError)
      context.log.warn(`What interrupted pushes leave in ${name} stays. ${denied.message} ${denied.hint ?? ""}`);
  }

  const distribution = openDistribution({
    origin: `${account === undefined && isLoopback(host) ? "http" : "https"}://${host}`,
    name: host,
    login: signIn,
    // The registry answers in the words of IAM.
    refused: (repository, said) =>
      said.includes("not authorized to perform")
        ? explainAws(Object.assign(new Error(said), { name: "AccessDeniedException" }), {
            action: "ecr:BatchGetImage",
            resource: arnOf(address, repository),
          })
        : undefined,
  });

  return {
    reference: (repository) => `${host}/${nameOf(address, repository)}`,

    async ensure(repository, call) {
      const name = nameOf(address, repository);
      const found = await unlessDenied(api.exists(name, call));
      if (found === true) return judge(name, call);
      const created = await unlessDenied(api.create(name, call));
      if (created === true) return limit(name, call);
      if (created === false) return judge(name, call);
      // Who may neither look nor create may still push: what is missing first is the looking.
      if (found !== false) throw found;
      throw new ZenliteError(
        "ZENLITE_REPOSITORY_MISSING",
        `There is no repository ${name} in ${host}. ${created.message}`,
        {
          hint: `${createLine(name, region)} (by whoever may), or add to your policy: ${policyStatement("ecr:CreateRepository", arnOf(address, name))}`,
          cause: created,
          fault: "environment",
        },
      );
    },

    // The registry itself is asked, as a pull would ask it: the same rights are enough.
    digest: (reference, call) => distribution.digest(parseReference(reference), call),
    platforms: (reference, call) => distribution.platforms(parseReference(reference), call),
    login: (_repository, call) => signIn(call),
    [Symbol.asyncDispose]: async () => api.close(),
  };
}

function createLine(name: string, region: string): string {
  return `aws ecr create-repository --repository-name ${name} --image-tag-mutability IMMUTABLE --image-scanning-configuration scanOnPush=true --region ${region}`;
}

/** The error itself where AWS denies the call: some calls are only for the better. */
async function unlessDenied<Answer>(asking: Promise<Answer>): Promise<Answer | ZenliteError> {
  try {
    return await asking;
  } catch (error) {
    if (isZenliteError(error) && error.code === "ZENLITE_AWS_DENIED") return error;
    throw error;
  }
}
