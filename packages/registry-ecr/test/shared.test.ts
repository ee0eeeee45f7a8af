import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const packages = join(import.meta.dirname, "..", "..");

// A flavor imports no other flavor, so what two of them need is there twice.
test.each([
  ["aws-error.ts", "connector-aws"],
  ["challenge.ts", "registry-oci"],
  ["distribution.ts", "registry-oci"],
  ["image-reference.ts", "registry-oci"],
])("%s is the same here and in %s", (file, other) => {
  const [own, theirs] = ["registry-ecr", other].map((name) => readFileSync(join(packages, name, "src", file), "utf8"));
  expect(own).toBe(theirs);
});
