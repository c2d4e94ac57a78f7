/** The generated documentation: every page by its path below `docs/`. `.ci/reference.mjs` writes them, a test compares them with what is there. */
import type { CommandLineSpec } from "../../cmdline/spec.js";
import { createSettings } from "../../settings/create.js";
import type { Prepared } from "../../shipped/prepare.js";
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

/** All pages of a prepared configuration. The same input gives the same text. */
export function referencePages({
  runtime,
  schema,
  contents,
}: Pick<Prepared, "runtime" | "schema"> & { readonly contents: { readonly commandLine: CommandLineSpec } }): ReadonlyMap<
  string,
  string
> {
  const settings = createSettings(runtime.store, schema.schema);
  return new Map([
    ["reference/README.md", index],
    ["reference/command-line.md", commandLinePage(contents.commandLine)],
    ["reference/settings.md", settingsPage(schema.schema)],
    ["reference/keys.md", keysPage(settings, runtime.store)],
    ["reference/templates.md", templatesPage(settings)],
    ["reference/sinks.md", sinksPage(settings)],
    ["reference/plugins.md", pluginsPage(settings)],
    ["reference/builtins.md", builtinsPage()],
    ["errors.md", errorsPage()],
  ]);
}
