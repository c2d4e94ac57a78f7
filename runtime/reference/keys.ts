/**
 * The metadata keys of a configuration as documentation: what each is, when it is collected, and what produces it. The one reading of `keyspec` sections
 * for people: `config keys`, `config explain`, `help keys` and the generated reference print it.
 */
import type { Settings } from "../settings/settings.js";
import { typeText } from "../type-tools.js";
import { TypeValue } from "../values.js";
import { cleanDoc } from "./text.js";

export interface KeyDescription {
  readonly name: string;
  /** Constant of the configuration: `ChalkTimeHost` … */
  readonly kind: string;
  /** The same for people: `Chalk-Time, Host` … */
  readonly collection: string;
  readonly type: string;
  readonly title: string;
  readonly doc: string;
  /** Release that introduced it; "" if unknown. */
  readonly since: string;
  /** Properties that are on, as declared: `system`, `never_early` … */
  readonly properties: readonly string[];
  /** What gives it its value: `plugin procfs`, `callback`, `value`. */
  readonly sources: readonly string[];
}

/** By the number that the configuration's constants have. */
export const keyKinds: readonly (readonly [constant: string, label: string])[] = [
  ["ChalkTimeHost", "Chalk-Time, Host"],
  ["ChalkTimeArtifact", "Chalk-Time, Artifact"],
  ["RunTimeArtifact", "Run-Time, Artifact"],
  ["RunTimeHost", "Run-Time, Host"],
];

const flags = [
  "standard",
  "system",
  "conf_as_system",
  "codec",
  "never_early",
  "required_in_chalk_mark",
  "required_in_self_mark",
  "apply_substitutions",
] as const;

const phases = ["pre_run_keys", "pre_chalk_keys", "post_chalk_keys", "post_run_keys"] as const;

/** Which plugins declare each key. Plugins that may set any key (`*`) are left out. */
function producers(settings: Settings): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const plugin of settings.sections("plugin")) {
    for (const key of new Set(phases.flatMap((phase) => settings.strings(`plugin.${plugin}.${phase}`)))) {
      const list = found.get(key) ?? [];
      list.push(plugin);
      found.set(key, list);
    }
  }
  return found;
}

/** All keys, in order of declaration. */
export function listKeys(settings: Settings): readonly KeyDescription[] {
  const plugins = producers(settings);
  return settings.sections("keyspec").map((name) => describe(settings, name, plugins.get(name) ?? []));
}

/** One key, or undefined. */
export function describeKey(settings: Settings, name: string): KeyDescription | undefined {
  if (!settings.sections("keyspec").includes(name)) return undefined;
  return describe(settings, name, producers(settings).get(name) ?? []);
}

function describe(settings: Settings, name: string, plugins: readonly string[]): KeyDescription {
  const base = `keyspec.${name}`;
  const declared = new Set(settings.fields(base));
  const [kind, collection] = keyKinds[settings.int(`${base}.kind`, 0)] ?? ["", ""];
  const type = settings.value(`${base}.type`);
  const text = (field: string): string => (declared.has(field) ? settings.string(`${base}.${field}`) : "");
  return {
    name,
    kind,
    collection,
    type: type instanceof TypeValue ? typeText(type.type) : "",
    title: text("shortdoc"),
    doc: cleanDoc(text("doc")),
    since: text("since"),
    properties: flags.filter((flag) => declared.has(flag) && settings.bool(`${base}.${flag}`)),
    sources: [
      ...(declared.has("value") ? ["value"] : []),
      ...(declared.has("callback") ? ["callback"] : []),
      ...plugins.map((plugin) => `plugin ${plugin}`),
    ],
  };
}

/** The templates that use a key, as `report_template report_default`. */
export function templatesWith(settings: Settings, key: string): readonly string[] {
  return (["mark_template", "report_template"] as const).flatMap((kind) =>
    settings
      .sections(kind)
      .filter((name) => settings.exists(`${kind}.${name}.key.${key}`) && settings.bool(`${kind}.${name}.key.${key}.use`, true))
      .map((name) => `${kind} ${name}`),
  );
}
