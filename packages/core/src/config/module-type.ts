// A module that Node took for CommonJS: npm init writes `"type": "commonjs"`, and Node's own message does not say what to change.
import { messageOf } from "../errors.ts";

/** What to type, where an import failed for that reason. */
export function moduleTypeRemedy(cause: unknown): string | undefined {
  if (!(cause instanceof SyntaxError)) return undefined;
  return /Unexpected token 'export'|Cannot use import statement outside a module/u.test(messageOf(cause))
    ? "npm pkg set type=module"
    : undefined;
}
