import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { pipeline, step } from "zenlite";

type Matrix = number[][];

/** Loaded by the steps that need it, not when the pipeline is drawn: the WebAssembly takes a while. */
const loadSVM = async () => (await import("libsvm-js")).default;

/** Reads the 1,797 digits (64 pixels from 0 to 16, and the label) and keeps the last fifth for the test. */
export const importer = step("importer", { cache: false }, async () => {
  const packed = await readFile(new URL("./data/digits.csv.gz", import.meta.url));
  const rows = gunzipSync(packed)
    .toString()
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  const pixels = rows.map((row) => row.slice(0, 64));
  const labels = rows.map((row) => row[64] ?? Number.NaN);
  const split = rows.length - Math.ceil(rows.length * 0.2);
  return {
    xTrain: pixels.slice(0, split),
    xTest: pixels.slice(split),
    yTrain: labels.slice(0, split),
    yTest: labels.slice(split),
  };
});

export const trainer = step(
  "trainer",
  async ({ xTrain, yTrain, gamma }: { xTrain: Matrix; yTrain: number[]; gamma: number }) => {
    const SVM = await loadSVM();
    const machine = new SVM({ type: SVM.SVM_TYPES.C_SVC, kernel: SVM.KERNEL_TYPES.RBF, gamma, cost: 1, quiet: true });
    machine.train(xTrain, yTrain);
    return { model: machine.serializeModel() };
  },
);

export const evaluator = step(
  "evaluator",
  async ({ xTest, yTest, model }: { xTest: Matrix; yTest: number[]; model: string }, context) => {
    const SVM = await loadSVM();
    const predicted = SVM.load(model).predict(xTest);
    const right = predicted.filter((digit, index) => digit === yTest[index]).length;
    const accuracy = right / yTest.length;
    context.metric("accuracy", accuracy);
    return { accuracy, report: `accuracy ${accuracy.toFixed(4)} (${right}/${yTest.length})` };
  },
);

export const digits = pipeline("digits", { parameters: { gamma: 0.001 } }, ({ gamma }) => {
  const { xTrain, xTest, yTrain, yTest } = importer();
  const { model } = trainer({ xTrain, yTrain, gamma });
  return evaluator({ xTest, yTest, model });
});

if (import.meta.main) await digits.run({ config: "configs/training_pipeline.yaml" });
