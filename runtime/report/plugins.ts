/**
 * Plugins as the configuration describes them: which keys they may give in which phase, in what order they run, and who may write what
 * (`runtime-core.md` 5.3, 5.4; `collection.md` 1.3, 1.4). A collector without a plugin section, or with a disabled one, does not exist.
 */
import type { Artifact, Collector, PhaseName, ResourceKind } from "../collect/types.js";
import type { Json } from "../json.js";
import type { Settings } from "../settings/settings.js";
import type { Keyspec } from "./keyspecs.js";

export const phaseNames: readonly PhaseName[] = ["pre_run_keys", "pre_chalk_keys", "post_chalk_keys", "post_run_keys"];

/** What a plugin section says. */
export interface PluginFields {
  readonly enabled: boolean;
  readonly codec: boolean;
  readonly priority: bigint;
  readonly ignore: ReadonlySet<string>;
  readonly overrides: ReadonlySet<string>;
  readonly keys: Readonly<Record<PhaseName, ReadonlySet<string>>>;
}

export interface Plugin extends PluginFields {
  readonly name: string;
  readonly collector: Collector;
  /** May write system keys, and its values replace earlier ones. */
  readonly system: boolean;
  /** Artifacts that it is run for in phase 2; undefined: all. */
  readonly kinds: ReadonlySet<ResourceKind> | undefined;
}

/** Speaks for the core itself, which sets some keys that no plugin declares (`_OP_CONFIG`). */
const coreVoice = "system";
/** Asking for one of these alone must run the plugin too. */
const coreKeys = ["_OP_CONFIG"];
const systemPlugins = new Set(["system", "attestation", "metsys", "conffile"]);
const plainKinds: ReadonlySet<ResourceKind> = new Set(["file", "image", "container", "process"]);
const allKinds = new Set(["system", "attestation", "metsys"]);

/** The order of plugins of equal priority: the table of `collection.md` 1.3, then codecs in the order of `marks-and-codecs.md` 3.4. */
const tieOrder: readonly string[] = [
  "system",
  "attestation",
  "metsys",
  "caller_attestation",
  "vctl_git",
  "ci_github",
  "ci_jenkins",
  "ci_gitlab",
  "ci_codebuild",
  "ci_buildkite",
  "ci_circleci",
  "ci_azure_devops",
  "ci_bitbucket",
  "ci_teamcity",
  "github_codeowners",
  "authors",
  "procfs",
  "cloud_metadata",
  "network",
  "aws_ecs",
  "aws_lambda",
  "k8s",
  "conffile",
  "zippeditem",
  "tool",
  "macho",
  "zip",
  "python_pyc",
  "gguf",
  "safetensors",
  "certs",
];

const tieRank = (name: string) => {
  const index = tieOrder.indexOf(name);
  return index < 0 ? tieOrder.length : index;
};

/** Reads the section of a plugin. */
export function pluginFields(settings: Settings, name: string): PluginFields {
  const section = `plugin.${name}`;
  const list = (field: string): ReadonlySet<string> => new Set(settings.strings(`${section}.${field}`, []));
  return {
    enabled: settings.bool(`${section}.enabled`, true),
    codec: settings.bool(`${section}.codec`, false),
    priority: settings.bigint(`${section}.priority`, 50n),
    ignore: list("ignore"),
    overrides: list("overrides"),
    keys: {
      pre_run_keys: list("pre_run_keys"),
      pre_chalk_keys: list("pre_chalk_keys"),
      post_chalk_keys: list("post_chalk_keys"),
      post_run_keys: list("post_run_keys"),
    },
  };
}

/** Enabled plugins in the order in which they run. `prepared` knows the sections of the shipped configuration. */
export function readPlugins(
  settings: Settings,
  collectors: readonly Collector[],
  prepared?: (name: string) => PluginFields | undefined,
): Plugin[] {
  const plugins = collectors.flatMap((collector): Plugin[] => {
    const { name } = collector;
    const section = `plugin.${name}`;
    const isShipped = prepared !== undefined && settings.isShipped(section);
    const fields = isShipped ? prepared(name) : settings.exists(section) ? pluginFields(settings, name) : undefined;
    if (fields?.enabled !== true) return [];
    const { codec, keys } = fields;
    const spoken = name === coreVoice ? { ...keys, post_run_keys: new Set([...keys.post_run_keys, ...coreKeys]) } : keys;
    return [
      {
        ...fields,
        name,
        collector,
        system: systemPlugins.has(name),
        keys: spoken,
        kinds: codec || allKinds.has(name) ? undefined : plainKinds,
      },
    ];
  });
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return plugins.sort((a, b) => {
    if (a.priority !== b.priority) return a.priority < b.priority ? -1 : 1;
    return tieRank(a.name) - tieRank(b.name) || byName(a.name, b.name);
  });
}

/** The core sets this key through the artifact's codec, which therefore need not declare it (`collection.md` 14). */
const throughCodec = "_CURRENT_HASH";

/** Why a value is not accepted; `undefined` as text: dropped silently. */
export type Refusal = { readonly refused: true; readonly why: string | undefined };

/** May this plugin write that key in that phase, into data that may hold it already? Undefined if it may (5.4, rules 1-5). */
export function refusal(
  plugin: Plugin,
  phase: PhaseName,
  key: string,
  keyspec: Keyspec | undefined,
  present: boolean,
  replaceAll: boolean,
): Refusal | undefined {
  const no = (why?: string): Refusal => ({ refused: true, why });
  if (plugin.ignore.has(key)) return no();
  if (plugin.codec && phase === "post_chalk_keys" && key === throughCodec) return undefined;
  if (keyspec === undefined) return no("no keyspec of that name");
  if (keyspec.codec && !plugin.codec) return no("only codecs may set it");
  const declared = plugin.keys[phase];
  if (!declared.has(key) && !declared.has("*") && plugin.name !== coreVoice) return no(`not declared in ${phase}`);
  if (keyspec.system && !plugin.system) return no("only the system may set it");
  if (keyspec.system && plugin.name === "conffile" && !keyspec.confAsSystem)
    return no("a configuration can't set this system key");
  if (present && !plugin.system && !plugin.overrides.has(key) && !replaceAll) return no();
  return undefined;
}

/** Does the plugin run for that artifact in that phase? Of the codecs only the artifact's own does. */
export function concerns(plugin: Plugin, phase: PhaseName, artifact: Artifact): boolean {
  if (plugin.codec) return artifact.codec === plugin.name;
  if (phase !== "pre_chalk_keys" || plugin.kinds === undefined) return true;
  for (const kind of artifact.kinds) if (plugin.kinds.has(kind)) return true;
  return false;
}

/** Keys of which even an empty value says something. */
const keptWhenEmpty = new Set(["_ENV", "_OP_CMD_FLAGS"]);

/** Has this value anything to say (`collection.md` 1.5)? 0 and false have. */
export function isWorthStoring(key: string, value: Json | undefined): value is Json {
  if (value === undefined || value === null) return false;
  if (keptWhenEmpty.has(key)) return true;
  if (typeof value === "string") return value !== "";
  if (Array.isArray(value)) return value.length > 0;
  return !(value instanceof Map) || value.size > 0;
}
