#!/usr/bin/env node
// Committed and free of newer syntax, so that npm can link it before a build and an old Node can still say what is wrong.
var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 24 || (parts[0] === 24 && parts[1] < 2)) {
  process.stderr.write(
    "zenlite needs Node 24.2 or newer; this is Node " +
      process.versions.node +
      ". Install it from https://nodejs.org\n",
  );
  process.exitCode = 3;
} else {
  // Node keeps the compiled form of our bundles in its own folder for such, below the system's temporary one: each later start is a third faster.
  process.getBuiltinModule("node:module").enableCompileCache();
  import("../dist/cli/main.js").then(
    function (cli) {
      return cli.main(process.argv.slice(2));
    },
    function (error) {
      if (error.code !== "ERR_MODULE_NOT_FOUND" || String(error.url || "").indexOf("dist/cli/main.js") < 0) throw error;
      process.stderr.write("zenlite is not built yet. In a clone of its repository type: npm run build\n");
      process.exitCode = 3;
    },
  );
}
