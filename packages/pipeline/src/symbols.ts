// Bundles hold copies of this package and share no module instance: they meet by these registered symbols and the contract's number.
export const stepSymbol: unique symbol = Symbol.for("zenlite.step");
export const pipelineSymbol: unique symbol = Symbol.for("zenlite.pipeline");
export const fileSymbol: unique symbol = Symbol.for("zenlite.file");
/** Marks what a call of a step gives; its value is the call's id. */
export const callSymbol: unique symbol = Symbol.for("zenlite.call");
/** Marks a reference; its value is the name of its output. */
export const refSymbol: unique symbol = Symbol.for("zenlite.ref");
