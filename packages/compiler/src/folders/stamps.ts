// Whether files are still what they were, by their stats alone.
import { readdirSync, statSync } from "node:fs";

/** Path → what `stat` said; `-` where there was no file. */
export type Stamps = { readonly [path: string]: string };

/** A clock that the kernel advances every few milliseconds stamps files: what is younger than this may change unseen. */
const clockStepMilliseconds = 20;

function stampOf(path: string): { readonly stamp: string; readonly changedMilliseconds: number } {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return { stamp: "-", changedMilliseconds: 0 };
  // A folder's own stamps change with every temporary file in it.
  const stamp = stats.isDirectory() ? "folder" : `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}`;
  return { stamp, changedMilliseconds: stats.isDirectory() ? 0 : Number(stats.ctimeMs) };
}

/** `undefined` where a file changed while or just before it was read, so that its stamp proves nothing. */
export function takeStamps(paths: Iterable<string>, readSince: number): Stamps | undefined {
  const stamps: Record<string, string> = {};
  for (const path of new Set(paths)) {
    const { stamp, changedMilliseconds } = stampOf(path);
    if (changedMilliseconds >= readSince - clockStepMilliseconds) return undefined;
    stamps[path] = stamp;
  }
  return stamps;
}

export function stampsHold(stamps: Stamps): boolean {
  return Object.entries(stamps).every(([path, stamp]) => safely(() => stampOf(path).stamp) === stamp);
}

/** Folder → the modules in it: a new file can change what an import means without any other file changing. */
export type Listings = { readonly [folder: string]: string };

export function takeListings(folders: Iterable<string>): Listings {
  return Object.fromEntries([...new Set(folders)].map((folder) => [folder, listingOf(folder)]));
}

export function listingsHold(listings: Listings): boolean {
  return Object.entries(listings).every(([folder, listing]) => safely(() => listingOf(folder)) === listing);
}

function listingOf(folder: string): string {
  return readdirSync(folder)
    .filter((name) => /\.(?:[cm]?[jt]sx?|json)$/.test(name))
    .sort()
    .join("/");
}

function safely(look: () => string): string | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
