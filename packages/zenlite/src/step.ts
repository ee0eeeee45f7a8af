/** What `zenlite` is inside a step: the same names without the client (export condition `zenlite-step`). */
export * from "@zenlite/pipeline";
