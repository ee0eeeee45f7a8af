import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const packages = join(import.meta.dirname, "..", "..");

// A flavor imports no other flavor, so what both need to reach the engine is there twice.
test.each(["address.ts", "connection.ts", "engine.ts", "json.ts", "ssh.ts", "unread.ts"])(
  "%s is the same in both Docker flavors",
  (file) => {
    const [own, other] = ["image-builder-docker", "orchestrator-docker"].map((name) =>
      readFileSync(join(packages, name, "src", file), "utf8"),
    );
    expect(own).toBe(other);
  },
);
