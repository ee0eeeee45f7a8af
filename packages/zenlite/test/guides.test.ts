// The README and the guide are run as they are written: files from their code blocks, commands from their shell blocks, in order.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { baseImage, binary, createProject, engineMissing, repository, start } from "./project.ts";

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(repository, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", body = ""]) => ({
    language,
    text: body,
  }));
}

/** Only commands of a project: the set-up by npm is what `createProject` stands for. */
function commandsOf(
  block: Block,
): readonly { readonly environment: { readonly [name: string]: string }; readonly command: readonly string[] }[] {
  return block.text
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => /^(\w+=\S+ )*(npx zenlite|node) /.test(line))
    .map((line) => {
      const words = line.split(" ");
      const environment: Record<string, string> = {};
      while ((words[0] ?? "").includes("=")) {
        const [name = "", value = ""] = (words.shift() ?? "").split("=");
        environment[name] = value;
      }
      const command =
        words[0] === "npx" ? [process.execPath, binary, ...words.slice(2)] : [process.execPath, ...words.slice(1)];
      return { environment, command };
    });
}

test.each(["README.md", "docs/first-pipeline.md", "docs/flavors.md", "packages/zenlite/README.md"])(
  "%s works as it is written",
  async (page) => {
    using project = createProject();
    let ran = 0;
    for (const block of blocksOf(page)) {
      const [, file] = /^(?:\/\/|#) (\.?[\w.-]+)\n/.exec(block.text) ?? [];
      if (file !== undefined) project.write(file, block.text.replaceAll("node:24-slim", baseImage));
      if (block.language !== "sh") continue;
      for (const { environment, command } of commandsOf(block)) {
        if (engineMissing && command.includes("docker")) continue;
        const ended = await start(project.folder, command, environment).ended;
        expect(ended.code, `${command.join(" ")}\n${ended.stdout}\n${ended.stderr}`).toBe(0);
        ran += 1;
      }
    }
    expect(ran).toBeGreaterThan(2);
  },
);

test("what the guide says of the cache is so", async () => {
  const weather = blocksOf("docs/first-pipeline.md").find((block) => block.text.startsWith("// weather.ts"));
  using project = createProject({ "weather.ts": weather?.text ?? "" });
  const run = async (...args: readonly string[]): Promise<string> =>
    (await start(project.folder, [process.execPath, binary, "run", "weather.ts", ...args]).ended).stdout;
  await run();
  const second = await run("--set", "digits=3");
  expect(second).toMatch(/read: = cached/);
  expect(second).toMatch(/convert: = cached/);
  expect(second).toMatch(/describe: ✔ completed/);
  expect(second).toContain("Potsdam: up to 63.140 °F");
});
