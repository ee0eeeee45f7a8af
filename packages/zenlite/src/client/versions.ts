// Which zenlite this is, for the records.
import packageJson from "../../package.json" with { type: "json" };

export function versions(): { readonly [name: string]: string } {
  return { zenlite: packageJson.version };
}
