import { expect, test } from "vitest";
import { passing } from "../src/build-failure.ts";

// As engine 20.10 said it while `docker image prune` ran beside the build.
const pruned =
  "failed to get digest sha256:18aef00497d4ddf7: open /var/lib/docker/image/overlay2/imagedb/content/sha256/18aef00497d4ddf7: no such file or directory";

test.each([
  [
    "a connection that broke",
    ["npm error code ETIMEDOUT", "npm error network read ETIMEDOUT"],
    "returned a non-zero code: 146",
  ],
  ["a layer that was pruned", ["Step 4/5 : COPY package.json ./"], pruned],
])("%s is worth another try", (_name, last, message) => {
  expect(passing(last, new Error(message))).toEqual(expect.any(String));
});

test.each([
  ["a package that does not exist", ["npm error code E404"], "returned a non-zero code: 1"],
  ["a base that does not exist", [], "No such image: node:99-slim"],
])("%s is not", (_name, last, message) => {
  expect(passing(last, new Error(message))).toBeUndefined();
});
