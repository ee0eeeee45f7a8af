export { artifactStoreSuite, type ArtifactStoreSuiteOptions } from "./artifact-store.ts";
export { stepLauncherSuite, type FlavorUnderTest, type StepLauncherSuiteOptions } from "./step-launcher.ts";
