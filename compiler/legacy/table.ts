/**
 * Spellings of older releases that load for ever (`facts/legacy.json`, README decision 11): the table of what existed and what it is called now.
 * `rewrite.ts` applies it to the syntax tree of a user's file; `config lint` shows each use with a fix, `config migrate` applies the fixes.
 *
 * Paths are dotted, from the root; `*` stands for any one name.
 */

/** What becomes of an old attribute. */
export type FieldAction =
  /** Same value under another path (whose leading names are those of the old one, so that it works inside sections, too). */
  | { readonly kind: "rename"; readonly to: string }
  /** Accepted, without effect. */
  | { readonly kind: "drop"; readonly why: string }
  /** `D/N.ext` becomes file name, directory to write to and directories to search. */
  | { readonly kind: "key-file"; readonly section: string }
  /** A bool that chose a provider of signing keys. */
  | { readonly kind: "key-provider"; readonly to: string };

const stack = "the detection of technology stacks was removed";
const secrets = "the hosted secret service does not exist any more; supply CHALK_PASSWORD";

export const legacyFields: Readonly<Record<string, FieldAction>> = {
  inform_if_cant_sign: { kind: "drop", why: "signing needs no external program any more" },
  use_transparency_log: { kind: "drop", why: "signatures are never written to a transparency log" },
  use_secret_manager: { kind: "key-provider", to: "attestation.key_provider" },
  secret_manager_url: { kind: "drop", why: secrets },
  secret_manager_timeout: { kind: "drop", why: secrets },
  signing_key_location: { kind: "key-file", section: "attestation.attestation_key_embed" },
  api_login: { kind: "drop", why: "there is no interactive log-in any more" },
  validate_configs_on_load: { kind: "rename", to: "load.validate_configs_on_load" },
  validation_warning: { kind: "rename", to: "load.validation_warning" },
  symlink_behavior: { kind: "rename", to: "symlink_behavior_chalking" },
  "plugin.*.artifact_keys": { kind: "rename", to: "plugin.*.pre_chalk_keys" },
  "tool.*.runs_once": { kind: "drop", why: "a tool runs at most once per path and run" },
  "extract.ignore_unsigned_images": { kind: "drop", why: "unsigned images need no special treatment any more" },
  "extract.search_base_layers_for_marks": { kind: "drop", why: "all layers are always searched" },
  "exec.heartbeat": { kind: "rename", to: "exec.heartbeat.run" },
  "exec.heartbeat_rate": { kind: "rename", to: "exec.heartbeat.rate" },
  "aws.ec2.sys_hypervisor_path": { kind: "rename", to: "cloud_provider.cloud_instance_hw_identifiers.sys_hypervisor_path" },
  "aws.ec2.sys_vendor_path": { kind: "rename", to: "cloud_provider.cloud_instance_hw_identifiers.sys_vendor_path" },
  "aws.ec2.sys_product_path": { kind: "rename", to: "cloud_provider.cloud_instance_hw_identifiers.sys_product_path" },
  "load.update_arch_binaries": {
    kind: "drop",
    why: "binaries of other architectures get the configuration when images are built",
  },
  use_signing_key_backup_service: { kind: "key-provider", to: "attestation.key_provider" },
  signing_key_backup_service_url: { kind: "drop", why: secrets },
  signing_key_backup_service_auth_config_name: { kind: "drop", why: secrets },
  signing_key_backup_service_timeout: { kind: "drop", why: secrets },
  use_tech_stack_detection: { kind: "drop", why: stack },
  "attestation.attestation_key_embed.location": { kind: "key-file", section: "attestation.attestation_key_embed" },
  "attestation.attestation_key_backup.location": { kind: "key-file", section: "attestation.attestation_key_embed" },
  "attestation.attestation_key_backup.uri": { kind: "drop", why: secrets },
  "attestation.attestation_key_backup.auth": { kind: "drop", why: secrets },
  "attestation.attestation_key_backup.timeout": { kind: "drop", why: secrets },
  "outconf.*.chalk": { kind: "rename", to: "outconf.*.mark_template" },
};

/** A section that is called otherwise; `closed`: only the members that `legacyFields` knows carry over. Or one that is dropped with all it holds. */
export type SectionAction = { readonly to: string; readonly closed?: true } | { readonly why: string };

/** Sections that are renamed (their members keep their names, apart from `legacyFields`) or dropped with all they hold. */
export const legacySections: Readonly<Record<string, SectionAction>> = {
  aws: { to: "cloud_provider" },
  "aws.ec2": { to: "cloud_provider.cloud_instance_hw_identifiers" },
  "attestation.attestation_key_backup": { to: "attestation.attestation_key_embed", closed: true },
  "report_template.push_default": { to: "report_template.insertion_default" },
  "mark_template.reproducible": { to: "mark_template.reproducable" },
  "plugin.imdsv2": { to: "plugin.cloud_metadata" },
  "plugin.cloudMetadata": { to: "plugin.cloud_metadata" },
  tech_stack_rule: { why: stack },
  linguist_language: { why: stack },
  "plugin.tech_stack_generic": { why: stack },
  "outconf.login": { why: "the command was removed" },
  "outconf.logout": { why: "the command was removed" },
};

/** Metadata keys that templates may still name: what they are called now, or null if they are gone. */
export const legacyKeys: Readonly<Record<string, string | null>> = {
  EARLIEST_VERSION: null,
  TENANT_ID_WHEN_CHALKED: null,
  DOCKER_CHALK_TEMPORARY_TAG: null,
  _IMAGE_ID: "_IMAGE_CONFIG_DIGEST",
  _IMAGE_VIRTUAL_SIZE: null,
  _IMAGE_LAST_TAG_TIME: null,
  _IMAGE_STORAGE_METADATA: null,
  _FOUND_BASE_MARK: null,
  _SIGNATURE: "_SIGNATURES",
  _TENANT_ID: null,
  $CHALK_API_KEY: null,
  $CHALK_ATTESTATION_TOKEN: null,
  $CHALK_SECRET_ENDPOINT_URI: null,
  $CHALK_API_REFRESH_TOKEN: null,
  INFERRED_TECH_STACKS: null,
  _INFERRED_TECH_STACKS_HOST: null,
  $CHALK_DATA_API_KEY: null,
  _IMAGE_DIGEST: "_REPO_DIGESTS",
  _IMAGE_LIST_DIGEST: "_REPO_LIST_DIGESTS",
  DOCKER_BASE_IMAGE_ID: "DOCKER_BASE_IMAGE_CONFIG_DIGEST",
};

/** Keys of ours that have a newer twin: accepted for ever, reported under the old name, shown by the linter. */
export const deprecatedKeys: Readonly<Record<string, string>> = {
  HOSTINFO_WHEN_CHALKED: "HOST_VERSION_WHEN_CHALKED",
  NODENAME_WHEN_CHALKED: "HOST_NODENAME_WHEN_CHALKED",
  _OP_HOSTINFO: "_OP_HOST_VERSION",
  _OP_NODENAME: "_OP_HOST_NODENAME",
};

/** String values that have another name now, or none (null: the item is taken out of its list). */
export const legacyValues: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  "attestation.key_provider": { backup: "embed" },
  "custom_report.*.use_when": { login: null, logout: null },
  "outconf.*.report_template": { push_default: "insertion_default" },
  "custom_report.*.report_template": { push_default: "insertion_default" },
  "outconf.*.mark_template": { reproducible: "reproducable" },
  "docker.label_template": { reproducible: "reproducable" },
};

/** Words of old releases at the place of a command (first word, or below `extract` the second). */
export const legacyCommands: Readonly<Record<string, readonly string[]>> = {
  ins: ["insert"],
  in: ["insert"],
  i: ["insert"],
  ex: ["extract"],
  e: ["extract"],
  "extract image": ["extract", "images"],
  "extract img": ["extract", "images"],
  "extract i": ["extract", "images"],
  "extract container": ["extract", "containers"],
  "extract con": ["extract", "containers"],
  "extract c": ["extract", "containers"],
  "extract a": ["extract", "all"],
  del: ["delete"],
  def: ["config"],
  confdump: ["dump"],
  confload: ["load"],
  vers: ["version"],
  v: ["version"],
  "setup gen": ["setup"],
  "setup load": ["setup"],
};

/** Flags of old releases: the flag of today, or null if there is none. `values`: how many words they take; `keyFile`: the word is the path of a signing key. */
export const legacyFlags: Readonly<
  Record<string, { readonly to: string | null; readonly values: 0 | 1; readonly keyFile?: true }>
> = {
  "symlink-behaviour": { to: "chalk-symlink-behavior", values: 1 },
  "symlink-behavior": { to: "chalk-symlink-behavior", values: 1 },
  "store-password": { to: null, values: 0 },
  "no-store-password": { to: null, values: 0 },
  "key-file": { to: null, values: 1, keyFile: true },
  "api-login": { to: null, values: 0 },
  "no-api-login": { to: null, values: 0 },
  "update-arch-binaries": { to: null, values: 0 },
  "no-update-arch-binaries": { to: null, values: 0 },
  "use-tech-stack-detection": { to: null, values: 0 },
  "no-use-tech-stack-detection": { to: null, values: 0 },
};
