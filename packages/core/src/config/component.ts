// Opens a component of a resolved stack, with its connector behind it.
import type { ComponentContext, ComponentType, Components, Logger, ServiceConnector } from "../components.ts";
import { isZenliteError, messageOf, ZenliteError } from "../errors.ts";
import { readReference } from "./references.ts";
import { titleOf } from "./requirements.ts";
import type { ResolvedComponent } from "./types.ts";

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly where: "client" | "step";
  /** In a container: the folder where the launcher put a local store. */
  readonly mountedAt?: string;
}

/**
 * Opens it; disposing it also disposes its connector, which is opened when credentials are first asked for.
 * Throws the flavor's own ZenliteError, or ZENLITE_COMPONENT_FAILED around anything else that it throws.
 */
export async function openComponent<Type extends ComponentType>(
  component: ResolvedComponent<Type>,
  options: OpenOptions,
): Promise<Components[Type] & AsyncDisposable> {
  const { connector, secrets } = component;
  let opening: Promise<ServiceConnector & AsyncDisposable> | undefined;
  const credentials: ComponentContext["credentials"] =
    connector === undefined
      ? undefined
      : async (wanted) => {
          opening ??= openComponent(connector, options);
          // Not remembered where it failed: credentials are asked for again and again, and somebody may have signed in meanwhile.
          opening.catch(() => (opening = undefined));
          return (await opening).credentials(wanted, { signal: wanted.signal });
        };
  const context: ComponentContext = {
    where: options.where,
    place: component.place,
    signal: options.signal,
    log: options.log,
    ...(options.mountedAt === undefined ? {} : { mountedAt: options.mountedAt }),
    ...(credentials === undefined ? {} : { credentials }),
    secret: async (reference) => readReference(reference, secrets),
  };
  try {
    const opened = await component.flavor.open(component.config, context);
    if (connector === undefined) return opened;
    const dispose = opened[Symbol.asyncDispose].bind(opened);
    return Object.assign(opened, {
      async [Symbol.asyncDispose](): Promise<void> {
        try {
          await dispose();
        } finally {
          await (await opening)?.[Symbol.asyncDispose]();
        }
      },
    });
  } catch (cause) {
    // Where the connector failed, that is what is thrown here anyway.
    await opening?.then((opened) => opened[Symbol.asyncDispose]()).catch(() => undefined);
    if (isZenliteError(cause) || options.signal.aborted) throw cause;
    throw new ZenliteError("ZENLITE_COMPONENT_FAILED", `${titleOf(component)} cannot be opened: ${messageOf(cause)}`, {
      cause,
      fault: "environment",
      ...(component.source.package === undefined ? {} : { where: { package: component.source.package } }),
    });
  }
}
