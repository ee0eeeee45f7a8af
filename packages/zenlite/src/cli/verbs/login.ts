// `zenlite login`: there is nothing to log in to, and whoever comes from ZenML is told so.
import { exitCodes } from "../exit.ts";
import { print, printJson } from "../scope.ts";

/** `given`: whatever stood after `login`. Only the names of options are repeated: a value may be a key. */
export function loginVerb(given: readonly string[], flags: { readonly json?: true }): number {
  const options = given.filter((word) => /^--?[a-z]/iu.test(word)).map((word) => word.replace(/=.*$/su, ""));
  const unused = [...(given[0]?.startsWith("-") === false ? ["the server"] : []), ...options];
  const message =
    "zenlite needs no server, so there is nothing to log in to: .zenliterc says what there is, and the artifact store keeps the runs.";
  const next = "zenlite stack list";
  if (flags.json === true) printJson({ server: null, message, unused, next });
  else
    print([message, ...(unused.length === 0 ? [] : [`Not used: ${unused.join(", ")}.`]), `next: ${next}`].join("\n"));
  return exitCodes.done;
}
