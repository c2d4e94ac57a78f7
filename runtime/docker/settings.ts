/** The settings of `docker` (`docker.md` 20), read once. */
import type { UploadOptions } from "../registry/upload.js";
import type { Settings } from "../settings/settings.js";

export interface DockerSettings {
  readonly wrapEntrypoint: boolean;
  /** Somebody asked for it, in a configuration or with `--wrap`: then it is said when it does not work. */
  readonly wrapAsked: boolean;
  readonly wrapCmd: boolean;
  readonly binaryDirectory: string;
  readonly binaries: ReadonlyMap<string, string>;
  readonly downloadBinaries: boolean;
  readonly downloadUrls: readonly string[];
  readonly runtimeLibraries: "auto" | "always" | "never";
  readonly labelPrefix: string;
  readonly labelTemplate: string;
  readonly customLabels: ReadonlyMap<string, string>;
  readonly environmentVariables: ReadonlyMap<string, string>;
  readonly updateIgnoreFile: boolean;
  readonly reportEmpty: boolean;
  readonly reportUnwrapped: boolean;
  readonly virtual: boolean;
  readonly commandNameFromArguments: boolean;
  /** The words that prepare for post-exec; undefined: nothing is prepared. */
  readonly preparation: readonly string[] | undefined;
  readonly keepTemporary: boolean;
  /** How blobs are put into registries. */
  readonly upload: UploadOptions;
  /** List attestations of images under tags even where registries list them themselves. */
  readonly tagAttestations: boolean;
  /** Milliseconds; 0: for ever. */
  readonly keepContexts: number;
  readonly installEmulators: boolean;
  readonly emulatorImage: string;
}

const settingFlags = { scan_paths: "/", scan_codecs: "certs", prep_tmp_path: "/tmp/prep_postexec.txt" } as const;

/** Words after the internal flags; configured values are handed on, since both configurations are off for that command (9.3). */
function preparationWords(settings: Settings, traced: boolean): readonly string[] | undefined {
  if (!settings.bool("docker.prep_postexec", false) || !settings.bool("exec.postexec.run", false)) return undefined;
  const words = [...(traced ? ["--log-level=trace"] : []), "__", "prep_postexec"];
  for (const [field, standard] of Object.entries(settingFlags)) {
    const path = `exec.postexec.access_watch.${field}`;
    const value = settings.value(path);
    const text = Array.isArray(value) ? value.join(",") : typeof value === "string" ? value : standard;
    if (text !== standard) words.push(`${field}=${text}`);
  }
  return words;
}

/**
 * The settings in force.
 * @param traced our own log shows everything: then that of the preparation for post-exec does, too
 */
export function readDockerSettings(settings: Settings, traced = false): DockerSettings {
  return {
    wrapEntrypoint: settings.bool("docker.wrap_entrypoint", false),
    wrapAsked: settings.isSet("docker.wrap_entrypoint"),
    wrapCmd: settings.bool("docker.wrap_cmd", true),
    binaryDirectory: settings.string("docker.arch_binary_locations_path", "~/.local/chalk/bin"),
    binaries: settings.exists("docker.arch_binary_locations") ? settings.stringMap("docker.arch_binary_locations") : new Map(),
    downloadBinaries: settings.bool("docker.download_arch_binary", true),
    downloadUrls: settings.strings("docker.download_arch_binary_urls", []),
    runtimeLibraries: settings.string("docker.runtime_libraries", "auto") as DockerSettings["runtimeLibraries"],
    labelPrefix: settings.string("docker.label_prefix", "run.crashoverride."),
    labelTemplate: settings.string("docker.label_template", "chalk_labels"),
    customLabels: settings.exists("docker.custom_labels") ? settings.stringMap("docker.custom_labels") : new Map(),
    environmentVariables: settings.exists("docker.additional_env_vars")
      ? settings.stringMap("docker.additional_env_vars")
      : new Map(),
    updateIgnoreFile: settings.bool("docker.update_dockerignore", true),
    reportEmpty: settings.bool("docker.report_empty_fields", false),
    reportUnwrapped: settings.bool("docker.report_unwrapped_commands", false),
    virtual: settings.bool("virtual_chalk", false),
    commandNameFromArguments: settings.bool("exec.command_name_from_args", true),
    preparation: preparationWords(settings, traced),
    keepTemporary: settings.bool("chalk_debug", false),
    upload: {
      chunkSize: settings.size("docker.registry_layer_chunk_size", 5 << 20),
      timeout: settings.duration("docker.registry_layer_upload_timeout", 30_000),
    },
    tagAttestations: settings.bool("docker.attestation_use_oci_tag", true),
    keepContexts: settings.duration("docker.build_context_cache_max_age", 3_600_000),
    installEmulators: settings.bool("docker.install_binfmt", false),
    emulatorImage: settings.string("docker.binfmt_container", "tonistiigi/binfmt"),
  };
}
