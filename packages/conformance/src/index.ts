export { artifactStoreSuite, type ArtifactStoreSuiteOptions } from "./artifact-store.ts";
export { containerRegistrySuite, type ContainerRegistrySuiteOptions } from "./container-registry.ts";
export { serviceConnectorSuite, type ServiceConnectorSuiteOptions } from "./service-connector.ts";
export { stepLauncherSuite, type FlavorUnderTest, type StepLauncherSuiteOptions } from "./step-launcher.ts";
