export { chooseStack, activeStackFile, findStack, unknownStack, type StackChoice } from "./active.ts";
export { checkConfig } from "./check.ts";
export { openComponent, type OpenOptions } from "./component.ts";
export type { Edit } from "./edit/edit.ts";
export { editText } from "./edit/text.ts";
export { componentEntry, exportStack, exportText, readStackExport, type StackExport } from "./exchange.ts";
export { configFileIn, findConfigFile, isModule, type Overlay } from "./file.ts";
export { configuredFolder, ensureStateFolder, findFolders, searchedFolders } from "./folders.ts";
export { toCamel, toSnake, readKeys, type KeyProblem, type KeyReading, type KeyStyle } from "./keys.ts";
export { moduleTypeRemedy } from "./module-type.ts";
export { publishedFlavors, publishedPackage } from "./known.ts";
export { listFlavors, type FlavorListing } from "./listing.ts";
export { loadConfig, readConfig, type ConfigReading, type LoadOptions } from "./load.ts";
export { readFlavorPackage } from "./manifest.ts";
export { componentTypeOf, isStackPart, nameMistake, shown, stackParts } from "./names.ts";
export { fieldOf, within, type FieldPath, type Locate } from "./position.ts";
export { listErrors, sortErrors, throwTogether } from "./problems.ts";
export { listReferences, readReference, resolveReferences, type Reference } from "./references.ts";
export { checkComponent, findComponent, openCheck, type ComponentCheck } from "./resolve.ts";
export { configSchema, draft7, type FlavorDescription } from "./schema-config.ts";
export { describeKeys, exactly, spellingsOf } from "./schema-keys.ts";
export {
  openSecrets,
  readSecretsFile,
  secretsFile,
  secretVariable,
  type Secrets,
  type StoredSecrets,
} from "./secrets.ts";
export { keysText, removeSecret, secretNameMistake, secretsText, storeSecret, type Storing } from "./secrets-file.ts";
export { stackOptions, type Mend } from "./remedies.ts";
export { checkStack, resolveStack } from "./stack.ts";
export { readText, type FileText } from "./text.ts";
export type * from "./types.ts";
export { checkValue, validateSettings } from "./values.ts";
