import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Tests import the other packages' TypeScript source, so unit tests need no build first.
const sourceCondition = "zenlite-source";
const packagesFolder = join(import.meta.dirname, "packages");
// `test/*.long.test.ts` (kill sweep, 1 GiB) run under `npm run test:long` only.
const long = process.env["ZENLITE_TEST_LONG"] === "1";

export default defineConfig({
  resolve: { conditions: [sourceCondition] },
  ssr: { resolve: { conditions: [sourceCondition], externalConditions: [sourceCondition] } },
  test: {
    execArgv: [`--conditions=${sourceCondition}`],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: readdirSync(packagesFolder).map((name) => ({
      root: join(packagesFolder, name),
      test: {
        name,
        include: long ? ["test/**/*.long.test.ts"] : ["test/**/*.test.ts"],
        exclude: long ? [] : ["test/**/*.long.test.ts"],
      },
    })),
  },
});
