// The stack that a run would use: whether its components fit, have what they refer to, and answer.
import { isZenliteError, type ComponentType, type ZenliteError } from "@zenlite/core";
import {
  checkStack,
  chooseStack,
  ensureStateFolder,
  findComponent,
  findStack,
  listReferences,
  readSecretsFile,
  secretsFile,
  type Config,
  type FlavorSource,
  type ResolvedComponent,
  type ResolvedStack,
  type StackDeclaration,
} from "@zenlite/core/config";
import { fine, problem, type Finding } from "./finding.ts";
import { checkFolder } from "./machine.ts";
import { reachComponent } from "./reach.ts";

export interface StackExamination {
  readonly declaration?: StackDeclaration;
  readonly resolved?: ResolvedStack;
  readonly findings: readonly Finding[];
}

export async function examineStack(config: Config, name: string | undefined): Promise<StackExamination> {
  let declaration: StackDeclaration;
  try {
    declaration = await findStack(config, name);
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    return { findings: [problem("stack", "wrong", error)] };
  }
  const { by } = await chooseStack(config, name);
  const { stack, problems } = await checkStack(config, declaration, { lenient: false });
  const secrets = examineReferences(config, declaration, problems);
  const rest = problems.filter((error) => !isMissing(error));
  const findings = [...rest.map((error) => problem("stack", "wrong", error)), ...secrets];
  if (stack === undefined) return { declaration, findings };
  const parts = Object.values(stack.components).map(({ type, name, flavor }) => `${type} ${name} (${flavor.name})`);
  const reached = await Promise.all(membersOf(stack).map((member) => examineComponent(config, member, "wrong")));
  return {
    declaration,
    resolved: stack,
    findings: [fine("stack", `${stack.name} (from ${by}): ${parts.join(", ")}`), ...findings, ...reached.flat()],
  };
}

function isMissing({ code }: ZenliteError): boolean {
  return ["ZENLITE_VARIABLE_MISSING", "ZENLITE_SECRET_MISSING", "ZENLITE_SECRETS_UNREADABLE"].includes(code);
}

/** That values are there, and never which. */
function examineReferences(
  config: Config,
  declaration: StackDeclaration,
  problems: readonly ZenliteError[],
): readonly Finding[] {
  const references = Object.entries(declaration.components).flatMap(([type, name]) => {
    const component = findComponent(config, type as ComponentType, name);
    const connector =
      component?.connector === undefined ? undefined : findComponent(config, "service-connector", component.connector);
    return [component, connector].flatMap((each) => (each === undefined ? [] : listReferences(each.config)));
  });
  const missing = problems.filter(isMissing).map((error) => problem("secrets", "wrong", error));
  if (missing.length > 0) return missing;
  try {
    readSecretsFile(secretsFile(process.env));
  } catch (error) {
    if (!isZenliteError(error)) throw error;
    return [problem("secrets", "warn", error)];
  }
  const names = new Set(references.map(({ reference }) => `${reference.kind}:${reference.name}`));
  return names.size === 0
    ? []
    : [fine("secrets", `everything that the stack refers to is there: ${[...names].join(", ")}`)];
}

export function membersOf(stack: ResolvedStack): readonly ResolvedComponent[] {
  return Object.values(stack.components).flatMap((member) => [
    member,
    ...(member.connector === undefined ? [] : [member.connector]),
  ]);
}

export async function examineComponent(
  config: Config,
  component: ResolvedComponent,
  level: "wrong" | "warn",
): Promise<readonly Finding[]> {
  const { type, supports } = component;
  if (type === "artifact-store" && "local" in supports && supports.local) {
    const finding = await checkFolder(
      "disk",
      supports.folder,
      `zenlite artifact-store update ${component.name} --path=<a folder>`,
    );
    if (finding.level === "wrong") return [{ ...finding, level }];
    return [finding, ...(await reachComponent(component, level))];
  }
  if (type === "orchestrator" && findSource(config, component)?.builtin !== true) {
    try {
      // What an engine answers may be remembered there, and nothing of that may be committed.
      await ensureStateFolder(config.stateFolder);
    } catch (error) {
      if (!isZenliteError(error)) throw error;
      return [problem(type, level, error)];
    }
  }
  return reachComponent(component, level);
}

function findSource(config: Config, { type, flavor }: ResolvedComponent): FlavorSource | undefined {
  return config.flavors.find((source) => source.type === type && source.name === flavor.name);
}
