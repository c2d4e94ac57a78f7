/** The generated documentation: every page by its path below `docs/`. `.ci/reference.mjs` writes them, a test compares them with what is there. */
import type { Schema } from "../../../compiler/schema/schema.js";
import type { CommandLineSpec } from "../../cmdline/spec.js";
import { createSettings } from "../../settings/create.js";
import type { Store } from "../../store.js";
import { commandLinePage } from "./command-line.js";
import { errorsPage } from "./errors.js";
import { keysPage } from "./keys.js";
import { page } from "./markdown.js";
import { builtinsPage, pluginsPage, sinksPage, templatesPage } from "./others.js";
import { settingsPage } from "./settings.js";

const index = page([
  "# Reference",
  "Generated from what ships (`npm run docs`); do not edit.",
  [
    "- [Command line](command-line.md): commands and flags",
    "- [Sections and fields](settings.md): everything that a configuration may set",
    "- [Metadata keys](keys.md): what marks and reports are made of",
    "- [Templates](templates.md): which keys are used when",
    "- [Sinks](sinks.md): where reports go",
    "- [Plugins](plugins.md): where metadata comes from",
    "- [Builtin functions](builtins.md): what configurations can call",
    "- [Error codes](../errors.md)",
  ].join("\n"),
]);

/** A configuration, as far as the pages show it. */
export interface Documented {
  readonly store: Store;
  readonly schema: Schema;
  readonly commandLine: CommandLineSpec;
}

/** All pages about a configuration. The same input gives the same text. */
export function referencePages({ store, schema, commandLine }: Documented): ReadonlyMap<string, string> {
  const settings = createSettings(store, schema);
  return new Map([
    ["reference/README.md", index],
    ["reference/command-line.md", commandLinePage(commandLine)],
    ["reference/settings.md", settingsPage(schema)],
    ["reference/keys.md", keysPage(settings, store)],
    ["reference/templates.md", templatesPage(settings)],
    ["reference/sinks.md", sinksPage(settings)],
    ["reference/plugins.md", pluginsPage(settings)],
    ["reference/builtins.md", builtinsPage()],
    ["errors.md", errorsPage()],
  ]);
}

/** The pages that `chalk docgen` writes, by the names that they have there (`runtime-core.md` 4.11). */
export function documentPages({ store, schema, commandLine }: Documented): ReadonlyMap<string, string> {
  const settings = createSettings(store, schema);
  const names: Readonly<Record<string, string>> = {
    "keys.md": "metadata.md",
    "templates.md": "output-config.md",
    "sinks.md": "output-config.md",
    "settings.md": "config-file.md",
  };
  const linked = (text: string): string =>
    text.replace(/\]\(([a-z]+\.md)/g, (whole, name: string) => (names[name] === undefined ? whole : `](${names[name]}`));
  const pages: readonly (readonly [string, string])[] = [
    ["command-line.md", commandLinePage(commandLine)],
    ["config-file.md", settingsPage(schema)],
    ["output-config.md", `${templatesPage(settings)}\n${sinksPage(settings)}`],
    ["metadata.md", keysPage(settings, store)],
    ["builtins.md", builtinsPage()],
  ];
  return new Map(pages.map(([name, text]) => [name, linked(text)]));
}
