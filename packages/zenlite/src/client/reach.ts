// Opens a component as a run would and asks it something harmless: an engine, a cloud or a disk answers or does not.
import { isZenliteError, messageOf, ZenliteError, type Call, type ComponentType } from "@zenlite/core";
import { openComponent, type Opened, type ResolvedComponent } from "@zenlite/core/config";
import { layout } from "@zenlite/records";

/** A first look at an engine may start a container. */
const usualPatienceSeconds = 15;

export interface Answer {
  /** What it did, after its name. */
  readonly text: string;
  readonly notices: readonly string[];
}

/** Ends after a bounded time whatever the flavor does. Throws its ZenliteError, ZENLITE_NO_ANSWER, or ZENLITE_COMPONENT_FAILED around anything else. */
export async function reach(component: ResolvedComponent, patienceSeconds = usualPatienceSeconds): Promise<Answer> {
  const { type } = component;
  const title = `"${component.name}" (${component.flavor.name})`;
  const signal = AbortSignal.timeout(patienceSeconds * 1000);
  const said: string[] = [];
  const log = { info: () => {}, warn: (message: string) => void said.push(message) };
  try {
    const answer = await withinTime(signal, slow(title, patienceSeconds), async () => {
      await using opened = await openComponent(component, { where: "client", signal, log });
      return await ask(type, opened, { signal });
    });
    return { text: answer.text, notices: [...answer.notices, ...said] };
  } catch (error) {
    throw isZenliteError(error) ? error : componentFailed(component, error);
  }
}

/** Around what a flavor throws that is no ZenliteError. */
export function componentFailed({ type, name, flavor }: ResolvedComponent, cause: unknown): ZenliteError {
  return new ZenliteError(
    "ZENLITE_COMPONENT_FAILED",
    `${type} "${name}" (${flavor.name}) failed: ${messageOf(cause)}`,
    {
      cause,
      fault: "environment",
    },
  );
}

async function ask(type: ComponentType, opened: Opened<ComponentType>, call: Call): Promise<Answer> {
  const answered = { text: "answers", notices: [] };
  if ("drives" in opened) {
    if (opened.drives === "platform" || opened.check === undefined) return { text: "can be opened", notices: [] };
    return { ...answered, notices: await opened.check([], call) };
  }
  if ("verify" in opened) return { text: `acts as ${(await opened.verify(call)).identity}`, notices: [] };
  if ("stat" in opened) await opened.stat(layout.project, call);
  // No image and no repository has this name: nothing is built or made, and the question needs an answer all the same.
  else if ("build" in opened) await opened.find({ base: "zenlite-doctor", packages: [], allowScripts: [] }, call);
  else {
    await opened.login("zenlite-doctor", call);
    await opened.digest(`${opened.reference("zenlite-doctor")}:none`, call);
  }
  return answered;
}

function slow(title: string, seconds: number): ZenliteError {
  return new ZenliteError("ZENLITE_NO_ANSWER", `${title} has not answered for ${seconds} seconds.`, {
    fault: "environment",
    hint: "Look at the network, and whether what it speaks to is up.",
  });
}

/** A flavor may not listen to its signal. */
async function withinTime<Result>(
  signal: AbortSignal,
  late: ZenliteError,
  work: () => Promise<Result>,
): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(late), { once: true });
  const working = work();
  // Where the time is up nobody waits for it any more.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, promise]);
  } catch (error) {
    throw signal.aborted ? late : error;
  }
}
