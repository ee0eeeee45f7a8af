/** Platforms of images: `linux/amd64`, `linux/arm64/v8`. */
import { ZenliteError } from "@zenlite/core";

/** A variant only counts where both sides name one. */
export function samePlatform(left: string, right: string): boolean {
  const [leftSystem, leftMachine, leftVariant] = left.split("/");
  const [rightSystem, rightMachine, rightVariant] = right.split("/");
  const sameVariant = leftVariant === undefined || rightVariant === undefined || leftVariant === rightVariant;
  return leftSystem === rightSystem && leftMachine === rightMachine && sameVariant;
}

/** Throws ZENLITE_IMAGE_PLATFORM. `what`: "The base image", with its name. */
export function checkPlatform(what: string, found: string, wanted: string, hint: string): void {
  if (samePlatform(found, wanted)) return;
  throw new ZenliteError("ZENLITE_IMAGE_PLATFORM", `${what} is for ${found}, not for ${wanted}.`, { hint });
}
