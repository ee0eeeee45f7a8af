// Compiled by `npm run typecheck`, never run: what must compile does, and each mistake is found where it stands.
import { file, materializer, pipeline, step, type Ref } from "../src/index.ts";

type Matrix = number[][];
interface Evaluation {
  accuracy: number;
  note?: string;
}
class Model {
  readonly weights: readonly number[] = [];
}

export const importer = step("importer", { cache: false }, async () => ({
  xTrain: [[1]] satisfies Matrix,
  yTrain: [1],
  name: "digits" as string,
  ...(Math.random() > 2 ? { gamma: 0.5 } : {}),
}));
export const trainer = step(
  "trainer",
  {
    materializers: [
      materializer<Model>({
        name: "model",
        matches: (value) => value instanceof Model,
        save() {},
        load: () => new Model(),
      }),
    ],
  },
  async ({ xTrain, yTrain, gamma = 1 }: { xTrain: Matrix; yTrain: number[]; gamma?: number }, context) => {
    context.metric("loss", gamma * yTrain.length);
    context.log.info(String(xTrain.length));
    return { model: "weights" };
  },
);
export const evaluator = step("evaluator", ({ model }: { model: string }): Evaluation => ({ accuracy: model.length }));
export const notify = step("notify", async () => {});
export const one = step("one", () => 1);
export const list = step("list", () => [1, 2]);
export const day = step("day", () => new Date());
export const table = step("table", () => file("table.csv"));
export const sum = step("sum", ({ all }: { all: readonly number[] }) => ({ total: all.length }));
export const record = step("record", (): Record<string, number> => ({ a: 1 }));
export const contextOnly = step("context-only", (_inputs, context) => ({ run: context.run }));

export const digits = pipeline("digits", { parameters: { gamma: 0.1 }, maxParallel: 2 }, ({ gamma }) => {
  const { xTrain, yTrain, gamma: measured } = importer();
  const { model } = trainer.after(notify(), xTrain)({ xTrain, yTrain, gamma });
  trainer({ xTrain: [[1]], yTrain, gamma: measured });
  const single: Ref<number> = one().output;
  const whole: Ref<number[]> = list().output;
  const when: Ref<Date> = day().output;
  sum.after(when, contextOnly(), table())({ all: [single, 5, one().output] });
  sum({ all: whole });
  sum({ all: [record()["a"] ?? 1] });
  return evaluator({ model });
});
export const nothing = pipeline("nothing", () => {
  notify();
});
export const onlyCalled = pipeline("only-called", () => notify());
export const nested = pipeline("nested", ({ size }: { size: number }) => ({
  deep: { single: one().output, all: evaluator({ model: String(size) }) },
}));

export async function results(): Promise<void> {
  const run = await digits.run({ parameters: { gamma: 1 }, config: "training.yaml", force: ["trainer"] });
  (await run.outputs.accuracy.load()) satisfies number;
  (await run.outputs.note.load()) satisfies string;
  (await run.of(evaluator).accuracy.load()) satisfies number;
  (await run.of(trainer, "trainer_2").model.load()) satisfies string;
  (await run.of(one).output.load()) satisfies number;
  (await (await nested.run({ parameters: { size: 1 } })).outputs.deep.all.accuracy.load()) satisfies number;
  void (trainer.run({ xTrain: [], yTrain: [] }, { scratchFolder: "." }) satisfies Promise<{ model: string }>);
  one.run() satisfies number;

  // @ts-expect-error no such output
  void run.outputs.acuracy;
  // @ts-expect-error no such output
  void run.of(evaluator).acuracy;
  // @ts-expect-error no such parameter
  await digits.run({ parameters: { gama: 1 } });
  // @ts-expect-error no such option
  await digits.run({ stak: "docker" });
}

export const mistakes = pipeline("mistakes", () => {
  const { xTrain, yTrain, name } = importer();
  // @ts-expect-error missing input yTrain
  trainer({ xTrain });
  // @ts-expect-error no input at all
  trainer();
  // @ts-expect-error wrong output for an input
  trainer({ xTrain: name, yTrain });
  // @ts-expect-error misspelt input
  trainer({ xTrian: xTrain, yTrain });
  // @ts-expect-error output that does not exist
  const { modle } = trainer({ xTrain, yTrain });
  // @ts-expect-error a text among numbers
  sum({ all: [name] });
  // @ts-expect-error the whole result for an input
  evaluator({ model: trainer({ xTrain, yTrain }) });
  // @ts-expect-error no call of a step
  trainer.after(5);
  void modle;
});
// @ts-expect-error async body
pipeline("mistake", async () => ({ single: one().output }));
// @ts-expect-error no reference
pipeline("mistake", () => ({ single: 5 }));
// @ts-expect-error a bare reference
pipeline("mistake", () => one().output);
// @ts-expect-error no such option
step("mistake", { timeoutSecond: 5 }, () => 1);
// @ts-expect-error no such option
pipeline("mistake", { maxParalel: 5 }, () => {});
// @ts-expect-error no such parameter
pipeline("mistake", { parameters: { gamma: 1 } }, ({ gama }) => sum({ all: [gama] }));
