// Stands for cosmiconfig's YAML parser in the bundle: it reads its own options from a package.yaml, as pnpm allows one, and one parser is enough.
const { parse } = require("yaml");

exports.load = parse;
