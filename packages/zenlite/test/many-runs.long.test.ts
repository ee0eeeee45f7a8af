// 100 runs one after another, and ten at once, on one store: each ends in a true status, and all of them are listed.
import { expect, test } from "vitest";
import { createProject, zenlite } from "./project.ts";

const module = `import { pipeline, step } from "zenlite";
export const even = step("even", ({ round }: { round: number }) => {
  if (round % 10 === 7) throw new Error("every tenth fails");
  return { round };
});
export const p = pipeline("p", { parameters: { round: 0 } }, ({ round }) => even({ round }));
`;

interface Summary {
  readonly status: string;
}

test("100 runs one after another", { timeout: 30 * 60_000 }, async () => {
  using project = createProject({ "run.ts": module });
  for (let round = 1; round <= 100; round += 1) {
    const ended = await zenlite(project.folder, ["run", "run.ts", "--set", `round=${round}`, "--json"]);
    expect(ended.code, ended.stderr).toBe(round % 10 === 7 ? 1 : 0);
  }
  const listed = await zenlite(project.folder, ["runs", "list", "--limit", "1000", "--json"]);
  const statuses = (JSON.parse(listed.stdout) as Summary[]).map(({ status }) => status);
  expect(statuses.filter((status) => status === "completed")).toHaveLength(90);
  expect(statuses.filter((status) => status === "failed")).toHaveLength(10);
});

test("ten runs at once on one store", { timeout: 10 * 60_000 }, async () => {
  using project = createProject({ "run.ts": module });
  const ended = await Promise.all(
    Array.from({ length: 10 }, (_, round) => zenlite(project.folder, ["run", "run.ts", "--set", `round=${round}`])),
  );
  expect(ended.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, (_, round) => (round === 7 ? 1 : 0)));
});
