/** Explanations of the things that a configuration names besides fields: keys, sinks, kinds of authentication, templates, plugins, builtins. */
import { builtins } from "../builtins/index.js";
import type { Settings } from "../settings/settings.js";
import { listAuths, listPlugins, listSinks, listTemplates, type SinkDescription } from "./entities.js";
import type { Explanation } from "./explanation.js";
import { describeKey, templatesWith } from "./keys.js";
import { listed } from "./text.js";

/** How a subject is found: all its names, and the explanation of one (undefined if there is none of that name). */
export interface Subject {
  names(settings: Settings): readonly string[];
  explain(settings: Settings, name: string): readonly Explanation[];
}

function keyExplanation(settings: Settings, name: string): readonly Explanation[] {
  const key = describeKey(settings, name);
  if (key === undefined) return [];
  const { title, doc, properties, sources, type, since } = key;
  const templates = templatesWith(settings, name);
  const own = properties.filter((property) => property !== "standard");
  return [
    {
      what: "key",
      name,
      title,
      doc,
      facts: [
        ["Type", type],
        ["Collected", `${key.collection} (${key.kind})`],
        ["Set by", sources.length === 0 ? "the core of chalk, or a configuration" : listed(sources)],
        ...(own.length === 0 ? [] : [["Properties", own.join(", ")] as const]),
        ...(since === "" ? [] : [["Since", since] as const]),
        ["Used by", templates.length === 0 ? "no template" : templates.join(", ")],
      ],
      tables: [],
      record: { ...key, properties, sources, templates },
    },
  ];
}

function kindExplanation(what: "sink" | "auth", found: SinkDescription | undefined): readonly Explanation[] {
  if (found === undefined) return [];
  const { name, title, doc, configurations, parameters } = found;
  const rows = parameters.map(
    ({ name: parameter, type, required }) => [parameter, `${type}, ${required ? "required" : "optional"}`] as const,
  );
  return [
    {
      what,
      name,
      title,
      doc,
      facts: [
        [
          "Configured by",
          configurations.length === 0
            ? `no ${what}_config`
            : configurations.map((config) => `${what}_config ${config}`).join(", "),
        ],
      ],
      tables: [{ title: "Parameters", rows }],
      record: { name, title, doc, configurations, parameters: parameters.map((parameter) => ({ ...parameter })) },
    },
  ];
}

function templateExplanations(settings: Settings, name: string): readonly Explanation[] {
  return listTemplates(settings)
    .filter((template) => template.name === name)
    .map((template) => ({
      what: template.kind,
      name,
      title: template.title,
      doc: template.doc,
      facts: [
        ["Used by", template.usedBy.length === 0 ? "nothing" : template.usedBy.join(", ")],
        [`Keys (${template.on.length})`, template.on.join(" ")],
        ...(template.off.length === 0 ? [] : [[`Off (${template.off.length})`, template.off.join(" ")] as const]),
      ],
      tables: [],
      record: { ...template },
    }));
}

function pluginExplanation(settings: Settings, name: string): readonly Explanation[] {
  const plugin = listPlugins(settings).find((one) => one.name === name);
  if (plugin === undefined) return [];
  const { doc, enabled, codec, priority, ignore, overrides, keys } = plugin;
  return [
    {
      what: codec ? "codec" : "plugin",
      name,
      title: "",
      doc,
      facts: [
        ["Enabled", enabled ? "yes" : "no"],
        ["Priority", String(priority)],
        ...(ignore.length === 0 ? [] : [["Ignores", ignore.join(", ")] as const]),
        ...(overrides.length === 0 ? [] : [["Overrides", overrides.join(", ")] as const]),
        ...[...keys].map(([phase, list]) => [phase, list.join(" ")] as const),
      ],
      tables: [],
      record: { name, doc, enabled, codec, priority: Number(priority), ignore, overrides, ...Object.fromEntries(keys) },
    },
  ];
}

function builtinExplanation(name: string): readonly Explanation[] {
  const found = builtins.filter((builtin) => builtin.name === name);
  const [first] = found;
  if (first === undefined) return [];
  const classes = [...new Set(found.flatMap((builtin) => builtin.classes))];
  return [
    {
      what: "builtin",
      name,
      title: "",
      doc: "",
      facts: [
        ["Category", first.category],
        ["Capabilities", classes.join(", ")],
      ],
      tables: [{ title: "Signatures", rows: found.map((builtin) => [`${builtin.name}${builtin.type}`, builtin.doc] as const) }],
      record: { name, category: first.category, classes, signatures: found.map(({ type, doc }) => ({ type, doc })) },
    },
  ];
}

/** By the word that may stand before the name: `chalk config explain sink file`. */
export const subjects: Readonly<Record<string, Subject>> = {
  key: { names: (settings) => settings.sections("keyspec"), explain: keyExplanation },
  template: {
    names: (settings) => [...settings.sections("mark_template"), ...settings.sections("report_template")],
    explain: templateExplanations,
  },
  sink: {
    names: (settings) => settings.sections("sink"),
    explain: (settings, name) =>
      kindExplanation(
        "sink",
        listSinks(settings).find((sink) => sink.name === name),
      ),
  },
  auth: {
    names: (settings) => settings.sections("auth"),
    explain: (settings, name) =>
      kindExplanation(
        "auth",
        listAuths(settings).find((auth) => auth.name === name),
      ),
  },
  plugin: { names: (settings) => settings.sections("plugin"), explain: pluginExplanation },
  builtin: {
    names: () => [...new Set(builtins.map((builtin) => builtin.name))],
    explain: (_settings, name) => builtinExplanation(name),
  },
};
