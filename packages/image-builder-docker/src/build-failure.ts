/** Why an image could not be built, with the last that its installation said. */
import { type ImageRecipe, ZenliteError } from "@zenlite/core";
import { refusalOf } from "./engine.ts";

export const linesOfFailure = 30;

/** npm's words for a connection that broke: worth another try. */
const interrupted = /ETIMEDOUT|ECONNRESET|EPIPE|network timeout|socket hang up/u;

/** The engine's words for a layer of its build cache that somebody removed or pruned while the build went on from it. */
const displaced = /failed to get digest sha256:|No such image: sha256:|unknown parent image|layer does not exist/iu;

/** Why a build may do what it did not do now; `undefined` where it would fail again. */
export function passing(last: readonly string[], error: unknown): string | undefined {
  if (last.some((line) => interrupted.test(line))) return "The connection to the npm registry was lost";
  return displaced.test(refusalOf(error)) ? "A layer was removed meanwhile" : undefined;
}

/** npm's and the resolver's words for "no way to the registry". */
const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network (?:timeout|request)|CERT_|self-signed/u;

/** The engine's own account of its work, as against the output of what it ran. */
const bookkeeping = /^(?:Step \d+\/\d+ :| ---> |Removing intermediate container )/u;

export function failure(recipe: ImageRecipe, last: readonly string[], cause: unknown): ZenliteError {
  const names = recipe.packages.map(({ name, version }) => `${name}@${version}`).join(", ");
  const output = last.filter((line) => !bookkeeping.test(line)).join("\n");
  const said = refusalOf(cause);
  const [, code] = /returned a non-zero code: (\d+)/u.exec(said) ?? [];
  const why = code === undefined ? said : `the installation ended with code ${code}`;
  const unreachable = network.test(output);
  return new ZenliteError(
    "ZENLITE_IMAGE_BUILD_FAILED",
    `The image with ${names} could not be built from ${recipe.base}: ${why}.${output === "" ? "" : `\n${output}`}`,
    {
      cause,
      fault: unreachable ? "environment" : "user",
      hint: unreachable
        ? "The installation inside the image cannot reach the npm registry: see network and build_arguments of the image-builder."
        : "Check that the packages install on that base image; one with an install script needs allowScripts in package.json.",
    },
  );
}
