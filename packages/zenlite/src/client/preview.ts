// An artifact in one line for people: the value where it is small and readable, else what it is.
import type { Manifest } from "@zenlite/core";
import { readText } from "@zenlite/records";
import type { Session } from "./session.ts";

const readableBytes = 4096;

/** The JSON text of a small readable artifact; nothing for others. */
export async function readableText(session: Session, manifest: Manifest): Promise<string | undefined> {
  if (!manifest.materializer.startsWith("json@") || manifest.bytes > readableBytes) return undefined;
  return readText(session.store, manifest.key, { signal: session.signal });
}

/** A string without its quotes, any other readable value as JSON; nothing for what is not readable. */
export async function previewText(session: Session, manifest: Manifest): Promise<string | undefined> {
  const text = await readableText(session, manifest);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === "string" ? value : JSON.stringify(value);
}
