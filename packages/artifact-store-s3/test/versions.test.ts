// What became of a write whose answer was lost, decided by the row of writers: the pure middle, against a model of S3.
import fc from "fast-check";
import { expect, test } from "vitest";
import { partAt, partBytes } from "../src/cutting.ts";
import { formatEtag, judge, nextVersion, stillHolds } from "../src/versions.ts";

/** One key as S3 keeps it: conditional writes, an etag for each version, and the metadata of the last. */
function key() {
  let version = 0;
  let chain: string | undefined;
  return {
    get chain() {
      return chain;
    },
    etag: () => (chain === undefined ? null : formatEtag(`"${version}"`, chain)),
    put(next: ReturnType<typeof nextVersion>): boolean {
      const { IfNoneMatch, IfMatch } = next.headers;
      if (IfNoneMatch !== undefined && chain !== undefined) return false;
      if (IfMatch !== undefined && (chain === undefined || IfMatch !== `"${version}"`)) return false;
      version += 1;
      chain = next.chain;
      return true;
    },
  };
}

test("of a write that arrived or not, with others before and after it, the verdict is the truth", () => {
  fc.assert(
    fc.property(
      fc.nat(30),
      fc.boolean(),
      fc.boolean(),
      fc.nat(30),
      fc.integer({ min: 1, max: 3 }),
      (before, arrives, stale, after, attempts) => {
        const there = key();
        let writer = 0;
        const write = () => there.put(nextVersion({ etag: there.etag() }, `w${(writer += 1)}`));
        for (let count = 0; count < before; count += 1) write();
        const mine = nextVersion({ etag: there.etag() }, "mine");
        if (stale) write();
        const took = arrives && there.put(mine);
        for (let count = 0; count < after; count += 1) write();
        // The refusal of the last attempt: the first may have taken place, unless it was the only one.
        if (took && attempts === 1) return;
        if (there.chain === undefined || stillHolds(mine, there.chain)) return;
        const verdict = judge(mine, there.chain, attempts);
        const later = (stale ? 1 : 0) + after;
        if (took) {
          // A row that is longer than what is kept of it tells nothing; it never tells what is wrong.
          expect(verdict).toBe(after === 0 ? "written" : after < 16 ? "overwritten" : "unknown");
        } else if (attempts === 1) expect(verdict).toBe("conflict");
        else expect(verdict).toBe(later < 16 ? "conflict" : "unknown");
      },
    ),
    { numRuns: 2000 },
  );
});

test("verdicts at the edges", () => {
  const absent = nextVersion("absent", "mine");
  const always = nextVersion("always", "mine");
  const changed = nextVersion({ etag: '"1" theirs,-' }, "mine");
  expect(changed.headers).toEqual({ IfMatch: '"1"' });
  expect(changed.chain).toBe("mine,theirs,-");
  // Deleted since: whether it was mine that was deleted, nobody knows.
  expect(judge(absent, undefined, 2)).toBe("unknown");
  expect(judge(absent, undefined, 1)).toBe("conflict");
  expect(judge(changed, undefined, 2)).toBe("conflict");
  // Another tool has written it.
  expect(judge(absent, "", 3)).toBe("conflict");
  expect(judge(nextVersion({ etag: '"1"' }, "mine"), "", 3)).toBe("conflict");
  // Without a condition the last one wins, and only one's own row is proof.
  expect(judge(always, "mine,-", 3)).toBe("written");
  expect(judge(always, "theirs,-", 3)).toBe("unknown");
  expect(stillHolds(absent, undefined)).toBe(true);
  expect(stillHolds(absent, "theirs,-")).toBe(false);
  expect(stillHolds(changed, "theirs,-")).toBe(true);
  expect(stillHolds(changed, "others,theirs,-")).toBe(false);
});

test("an etag stays within what S3 takes as metadata, however often a key changes", () => {
  let etag: string | null = null;
  for (let version = 0; version < 100; version += 1) {
    const { chain } = nextVersion({ etag });
    expect(Buffer.byteLength(chain)).toBeLessThan(200);
    etag = formatEtag(`"${version}"`, chain);
  }
});

test("parts follow one another without a gap, and `partAt` finds each byte's", () => {
  let start = 0;
  for (let number = 1; number <= 10_000; number += 1) {
    expect(partAt(start)).toBe(number);
    expect(partAt(start + partBytes(number) - 1)).toBe(number);
    start += partBytes(number);
  }
  expect(start).toBeGreaterThan(350 * 1024 ** 3);
});
