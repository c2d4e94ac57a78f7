/**
 * Templates, sinks, kinds of authentication and plugins of a configuration as documentation, read from the sections that declare them. See `keys.ts` for
 * metadata keys and `validate/describe.ts` for sections and fields.
 */
import type { Settings } from "../settings/settings.js";
import { cleanDoc } from "./text.js";

export interface TemplateDescription {
  readonly kind: "mark_template" | "report_template";
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly on: readonly string[];
  /** Keys that the template switches off. */
  readonly off: readonly string[];
  /** What refers to it: `outconf insert`, `custom_report x`, `docker.label_template`. */
  readonly usedBy: readonly string[];
}

export interface ParameterDescription {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

export interface SinkDescription {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly parameters: readonly ParameterDescription[];
  /** Configurations of this kind. */
  readonly configurations: readonly string[];
}

export interface PluginDescription {
  readonly name: string;
  readonly doc: string;
  readonly enabled: boolean;
  readonly codec: boolean;
  readonly priority: bigint;
  readonly ignore: readonly string[];
  readonly overrides: readonly string[];
  /** Key lists by phase, those that are not empty. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

const documentation = (settings: Settings, path: string): { readonly title: string; readonly doc: string } => {
  const declared = settings.fields(path);
  const text = (name: string): string => (declared.includes(name) ? settings.string(`${path}.${name}`) : "");
  return { title: text("shortdoc").trim(), doc: cleanDoc(text("doc")) };
};

/** What refers to a template. */
function users(settings: Settings, kind: TemplateDescription["kind"], name: string): string[] {
  const found = (["outconf", "custom_report"] as const).flatMap((section) =>
    settings
      .sections(section)
      .filter((user) => settings.string(`${section}.${user}.${kind}`) === name)
      .map((user) => `${section} ${user}`),
  );
  if (kind === "mark_template" && settings.string("docker.label_template") === name) found.push("docker.label_template");
  return found;
}

/** All templates, mark templates first. */
export function listTemplates(settings: Settings): readonly TemplateDescription[] {
  return (["mark_template", "report_template"] as const).flatMap((kind) =>
    settings.sections(kind).map((name) => {
      const base = `${kind}.${name}`;
      const keys = settings.sections(`${base}.key`);
      const isOn = (key: string): boolean => settings.bool(`${base}.key.${key}.use`, true);
      return {
        kind,
        name,
        ...documentation(settings, base),
        on: keys.filter(isOn),
        off: keys.filter((key) => !isOn(key)),
        usedBy: users(settings, kind, name),
      };
    }),
  );
}

/** Types of sink parameters that are not plain strings (`facts/validators.md` 3). */
const parameterTypes: Readonly<Record<string, string>> = {
  timeout: "Duration, int (ms)",
  max: "Size, int (bytes)",
  truncation_amount: "Size, int (bytes)",
  headers: "dict[string, string]",
  disable_after_errors: "int",
  dns_timeout: "int (ms)",
  batch_size: "int",
  use_search_path: "bool",
  disallow_http: "bool",
  prefer_bundled_certs: "bool",
  require_chalk_mark: "bool",
  gzip: "bool",
  log_search_path: "list[string]",
};

/** The parameters that a `sink` or `auth` section declares. */
function parameters(settings: Settings, base: string): readonly ParameterDescription[] {
  return settings
    .fields(base)
    .filter((name) => name !== "doc" && name !== "shortdoc")
    .map((name) => ({ name, type: parameterTypes[name] ?? "string", required: settings.value(`${base}.${name}`) === true }));
}

function kinds(settings: Settings, section: "sink" | "auth"): readonly SinkDescription[] {
  return settings.sections(section).map((name) => ({
    name,
    ...documentation(settings, `${section}.${name}`),
    parameters: parameters(settings, `${section}.${name}`),
    configurations: settings
      .sections(`${section}_config`)
      .filter((config) => settings.string(`${section}_config.${config}.${section}`) === name),
  }));
}

/** All kinds of sinks. */
export function listSinks(settings: Settings): readonly SinkDescription[] {
  return kinds(settings, "sink");
}

/** All kinds of authentication. */
export function listAuths(settings: Settings): readonly SinkDescription[] {
  return kinds(settings, "auth");
}

/** All plugins and codecs, in order of declaration. */
export function listPlugins(settings: Settings): readonly PluginDescription[] {
  return settings.sections("plugin").map((name) => {
    const base = `plugin.${name}`;
    const lists = (["pre_run_keys", "pre_chalk_keys", "post_chalk_keys", "post_run_keys"] as const).map(
      (phase) => [phase, settings.strings(`${base}.${phase}`)] as const,
    );
    return {
      name,
      doc: documentation(settings, base).doc,
      enabled: settings.bool(`${base}.enabled`, true),
      codec: settings.bool(`${base}.codec`),
      priority: settings.bigint(`${base}.priority`, 50n),
      ignore: settings.strings(`${base}.ignore`),
      overrides: settings.strings(`${base}.overrides`),
      keys: new Map(lists.filter(([, keys]) => keys.length > 0)),
    };
  });
}
