// Collects what is wrong with one source (a run configuration, the options in code), each problem with its place.
import { ZenliteError, suggestion } from "@zenlite/core";
import { fieldOf, type FieldPath, type Locate } from "@zenlite/core/config";

export interface Problems {
  readonly errors: readonly ZenliteError[];
  readonly locate: Locate;
  /** ZENLITE_CONFIG_INVALID, at the value unless it is the key that is wrong. */
  invalid(path: FieldPath, message: string, hint?: string, part?: "key" | "value"): void;
  /** ZENLITE_CONFIG_UNKNOWN_KEY. */
  unknownKey(path: FieldPath, known: readonly string[]): void;
  add(errors: readonly ZenliteError[]): void;
}

/** `title` says whose keys they are, where no file shows it: `step "trainer"`. */
export function openProblems(locate: Locate, title?: string): Problems {
  const errors: ZenliteError[] = [];
  return {
    errors,
    locate,
    invalid(path, message, hint, part) {
      errors.push(invalidAt(locate, path, message, hint, part, title));
    },
    unknownKey(path, known) {
      const key = String(path.at(-1));
      const lead = title === undefined ? "" : `${title}: `;
      const inside = fieldOf(path.slice(0, -1));
      const message = isForeign(key)
        ? `${lead}${JSON.stringify(key)}${inside === "" ? "" : ` in ${inside}`} is not supported by zenlite: take it out.`
        : `${lead}Unknown key ${JSON.stringify(key)}${inside === "" ? "" : ` in ${inside}`}.${suggestion(key, known)}`;
      errors.push(new ZenliteError("ZENLITE_CONFIG_UNKNOWN_KEY", message, { where: locate(path, "key") }));
    },
    add(more) {
      errors.push(...more);
    },
  };
}

export function invalidAt(
  locate: Locate,
  path: FieldPath,
  message: string,
  hint?: string,
  part?: "key" | "value",
  title?: string,
): ZenliteError {
  const where = locate(path, part);
  const lead = [title, fieldOf(path)].filter((text) => text !== undefined && text !== "").map((text) => `${text}: `);
  const text = `${lead.join("")}${message}${/[.?]$/.test(message) ? "" : "."}`;
  return new ZenliteError("ZENLITE_CONFIG_INVALID", text, { where, ...(hint === undefined ? {} : { hint }) });
}

/** Keys that ZenML reads and zenlite does not: told apart from typos. */
const foreign =
  "run_name schedule model build tags extra substitutions cache_policy step_operator experiment_tracker skip_successful_steps " +
  "steps_to_skip step_input_overrides step_default_input_overrides enable_artifact_metadata enable_artifact_visualization " +
  "enable_step_logs enable_pipeline_logs enable_heartbeat heartbeat_healthy_threshold runtime group outputs gpu_count gpu_class " +
  "failure_hook_source success_hook_source start_hook_source end_hook_source init_hook_source cleanup_hook_source " +
  "pause_hook_source resume_hook_source image_tag dockerfile build_context_root parent_image_build_config skip_build " +
  "prevent_build_reuse target_repository python_package_installer python_package_installer_args " +
  "disable_automatic_requirements_detection replicate_local_python_environment pyproject_path pyproject_export_command " +
  "install_stack_requirements install_deployment_requirements local_project_install_command apt_packages runtime_environment " +
  "user build_config allow_including_files_in_images allow_download_from_code_repository allow_download_from_artifact_store " +
  "build_options dockerignore copy_files copy_global_config source_files required_hub_plugins";

function isForeign(key: string): boolean {
  return foreign.split(" ").includes(key);
}
