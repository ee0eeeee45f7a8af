// `zenlite artifacts show`: what one output of a step is, and its value where that can be read.
import { ZenliteError, suggestion } from "@zenlite/core";
import { readableText } from "../../client/preview.ts";
import { viewRun } from "../../client/resume.ts";
import { exitCodes } from "../exit.ts";
import { bytesText } from "../output/words.ts";
import { print, printJson, withSession, type VerbFlags } from "../scope.ts";

export async function showArtifactVerb(run: string, name: string, flags: VerbFlags): Promise<number> {
  return withSession(flags, async (session) => {
    const view = await viewRun(session, run);
    const artifacts = new Map(
      view.steps.flatMap((step) =>
        Object.entries(step.outcome?.outputs ?? {}).map(([output, manifest]) => [`${step.id}.${output}`, manifest]),
      ),
    );
    const manifest = artifacts.get(name);
    if (manifest === undefined)
      throw new ZenliteError(
        "ZENLITE_ARTIFACT_UNKNOWN",
        `Run ${run} has no artifact "${name}".${suggestion(name, [...artifacts.keys()])}`,
        {
          hint: `zenlite runs show ${run}`,
        },
      );
    const text = await readableText(session, manifest);
    if (flags.json === true)
      printJson({ run, artifact: name, ...manifest, ...(text === undefined ? {} : { value: JSON.parse(text) }) });
    else
      print(
        [
          `artifact      ${name}`,
          `type          ${manifest.type}`,
          `materializer  ${manifest.materializer}`,
          `size          ${bytesText(manifest.bytes)}`,
          `digest        ${manifest.digest}`,
          `key           ${manifest.key}`,
          ...(text === undefined ? [] : ["", text]),
        ].join("\n"),
      );
    return exitCodes.done;
  });
}
