// Bundles the command line and the client into few files, over what tsc emitted: a cold start reads 5 files instead of 150.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

// Chunks are named by their content: those of earlier builds would stay and be published.
rmSync(join(root, "dist", "chunks"), { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: {
    "cli/main": "src/cli/main.ts",
    "client/index": "src/client/index.ts",
    "trace-worker": "src/trace-worker.ts",
  },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // It finds its binary beside itself.
  external: ["esbuild"],
  alias: { "js-yaml": join(import.meta.dirname, "js-yaml.cjs") },
  // CommonJS packages (yaml, cosmiconfig) ask for Node's own modules by require().
  banner: {
    js: 'import { createRequire as zenliteCreateRequire } from "node:module"; const require = zenliteCreateRequire(import.meta.url);',
  },
  // write-file-atomic makes the names of its temporary files from it.
  define: { __filename: "import.meta.filename" },
  logLevel: "warning",
});
