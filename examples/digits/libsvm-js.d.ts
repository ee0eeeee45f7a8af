// libsvm-js 0.2.1 brings no types: the part that this example uses (https://github.com/mljs/libsvm).
declare module "libsvm-js" {
  interface Machine {
    train(features: number[][], labels: number[]): void;
    predict(features: number[][]): number[];
    serializeModel(): string;
  }
  interface MachineClass {
    new (options: { type: number; kernel: number; gamma: number; cost: number; quiet: boolean }): Machine;
    load(model: string): Machine;
    readonly SVM_TYPES: { readonly C_SVC: number };
    readonly KERNEL_TYPES: { readonly RBF: number };
  }
  const loading: Promise<MachineClass>;
  export default loading;
}
