// `zenlite stack list`: what a run can be sent to.
import { checkConfig, loadConfig, chooseStack } from "@zenlite/core/config";
import { combineErrors } from "@zenlite/core";
import { builtins } from "../../client/builtins.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson } from "../scope.ts";
import { table } from "../output/table.ts";

export async function listStacksVerb(flags: { readonly json?: true }): Promise<number> {
  const config = await loadConfig(process.cwd(), { builtins, environment: process.env });
  const [first, ...rest] = await checkConfig(config);
  if (first !== undefined) throw combineErrors([first, ...rest]);
  const { name: active } = await chooseStack(config);
  const stacks = config.stacks.map((stack) => ({
    name: stack.name,
    active: stack.name === active,
    components: stack.components,
  }));
  if (flags.json === true) {
    printJson(stacks);
    return exitCodes.done;
  }
  const types = ["orchestrator", "artifact-store", "container-registry", "image-builder"] as const;
  const used = types.filter((type) => stacks.some((stack) => stack.components[type] !== undefined));
  const rows = stacks.map((stack) => [
    stack.active ? "*" : "",
    stack.name,
    ...used.map((type) => stack.components[type] ?? ""),
  ]);
  print(table(["", "STACK", ...used.map((type) => type.toUpperCase())], rows));
  return exitCodes.done;
}
