import { homedir } from "node:os";
import { resolve } from "node:path";
import { defineFlavor, defineSchema } from "@zenlite/core";

const description =
  "Folder of the store; a relative path starts at the file that says it. Default: store/ in the project's .zenlite folder.";

/** The artifact store in a folder of this machine. */
export default defineFlavor({
  type: "artifact-store",
  name: "local",
  description: "Artifacts, records and logs in a folder of this machine.",
  // `~name` is the shell's spelling of another user's home; taken literally it would make a folder of that name.
  config: defineSchema({
    path: { type: "string", minLength: 1, pattern: "^(?!~[^/])", examples: ["./artifacts"], description },
  }),
  supports: (config, place) => ({ local: true, folder: folderOf(config.path, place) }),
  open: async (config, context) =>
    (await import("./local-store.ts")).openLocalStore(context.mountedAt ?? folderOf(config.path, context.place)),
});

function folderOf(
  path: string | undefined,
  place: { readonly stateFolder: string; readonly configFolder: string },
): string {
  if (path === undefined) return resolve(place.stateFolder, "store");
  return resolve(place.configFolder, path.replace(/^~(?=\/|$)/, homedir()));
}
