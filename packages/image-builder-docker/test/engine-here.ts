// Whether this machine has a Docker engine for the tests that need one.
import { connect } from "node:net";
import { describe } from "vitest";

/** The stand-in for node:24-slim that the test script makes. */
export const baseImage = "zenlite-base:node24";

const socket = "/var/run/docker.sock";

async function answers(): Promise<boolean> {
  const said = process.env["ZENLITE_TEST_ENGINE"];
  if (said === "1" || said === "0") return said === "1";
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on("error", () => resolve(false));
  });
}

const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";

/** In continuous integration nothing is skipped: without an engine these tests fail. */
export const onEngine = describe.skipIf(!(await answers()) && !continuous);
