// Who wrote a version of a key, kept in the object's metadata: the only way to tell one's own lost answer from somebody else's write.
import { randomBytes } from "node:crypto";
import type { WriteCondition } from "@zenlite/core";

/** The metadata entry `x-amz-meta-zenlite-writers`: the nonces of this version's writer and of those before, newest first. */
export const writersEntry = "zenlite-writers";

/** Stands at the end of a chain that goes back to the first version. */
const beginning = "-";
/** S3 takes 2 KB of metadata; a nonce and its comma are 12 bytes. */
const longestChain = 16;

/** A version about to be written. */
export interface Version {
  readonly writer: string;
  /** The writer of the version before: `beginning` where there is to be none, undefined where nobody asks. */
  readonly before: string | undefined;
  /** `writer` and those before. */
  readonly chain: string;
  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
  readonly headers: { readonly IfNoneMatch?: "*"; readonly IfMatch?: string };
}

/** An etag of this store is S3's own and the chain, so that whoever writes over it can go on with the chain. */
export function formatEtag(etag: string, chain: string | undefined): string {
  return chain === undefined || chain === "" ? etag : `${etag} ${chain}`;
}

export function nextVersion(condition: WriteCondition, writer = randomBytes(8).toString("base64url")): Version {
  const made = (before: readonly string[]) => ({ writer, chain: [writer, ...before].slice(0, longestChain).join(",") });
  if (condition === "always") return { ...made([beginning]), before: undefined, headers: {} };
  if (condition === "absent" || condition.etag === null)
    return { ...made([beginning]), before: beginning, headers: { IfNoneMatch: "*" } };
  const [etag = "", chain = ""] = condition.etag.split(" ", 2);
  const [before = "", ...others] = splitChain(chain);
  return { ...made(before === "" ? [] : [before, ...others]), before, headers: { IfMatch: etag } };
}

/** What became of a write that S3 has refused, or has not answered. */
export type Verdict = "written" | "overwritten" | "conflict" | "unknown";

/**
 * `chain` is that of the version that is there: empty for one that no store has written, undefined where there is none. `attempts` counts
 * the requests: after a single one the refusal is the truth; after several it may speak of what the first of them has written.
 */
export function judge({ writer, before }: Version, chain: string | undefined, attempts: number): Verdict {
  const place = splitChain(chain ?? "").indexOf(writer);
  if (place >= 0) return place === 0 ? "written" : "overwritten";
  if (before === undefined) return "unknown";
  if (attempts === 1 || chain === "") return "conflict";
  // Deleted since: only who was to find nothing may have written what was deleted.
  if (chain === undefined) return before === beginning ? "unknown" : "conflict";
  // The row goes back to the version before, unbroken and without this writer; else it is too short to tell.
  return splitChain(chain).includes(before) ? "conflict" : "unknown";
}

/** True where the condition of the write still holds: nobody has written since. */
export function stillHolds({ before }: Version, chain: string | undefined): boolean {
  return before === beginning ? chain === undefined : before !== "" && splitChain(chain ?? "")[0] === before;
}

function splitChain(chain: string): string[] {
  return chain === "" ? [] : chain.split(",");
}
