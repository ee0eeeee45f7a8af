export { artifactStoreSuite, type ArtifactStoreSuiteOptions } from "./artifact-store.ts";
