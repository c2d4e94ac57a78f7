/**
 * Runs one case of the schema corpus (`conformance/schema`): a schema file, then configuration files one after another in one context, each with full
 * validation after it. The outcome has the shape of the corpus's `expect.json`.
 */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import type { Builtin } from "../builtins/builtin.js";
import { plainTree } from "../encoding.js";
import type { Host } from "../host/host.js";
import type { Json } from "../json.js";
import { ConfigStack } from "../stack/stack.js";
import { schemaValidator } from "../validate/config.js";
import { loadSchema, type SchemaSource } from "../validate/load-schema.js";

export interface SchemaCase {
  readonly spec: SchemaSource;
  /** In order of evaluation. */
  readonly configs: readonly SchemaSource[];
}

export interface SchemaCaseError {
  readonly path: string;
  readonly kind: string;
  readonly line: number;
  readonly file: string;
}

export type SchemaCaseOutcome =
  | { readonly attrs: Json; readonly diagnostics: readonly Diagnostic[] }
  | { readonly errors: readonly SchemaCaseError[]; readonly diagnostics: readonly Diagnostic[] };

/** Evaluates and validates a case; stops at the first file with an error. */
export async function runSchemaCase(input: SchemaCase, host: Host, builtins: readonly Builtin[]): Promise<SchemaCaseOutcome> {
  const { loaded, diagnostics: faults } = loadSchema([input.spec], { host, builtins });
  if (loaded === undefined) return failed(faults, "spec");
  const stack = new ConfigStack({ host, builtins, validator: schemaValidator(loaded) });
  const all: Diagnostic[] = [...faults];
  for (const { file, text } of input.configs) {
    const result = await stack.run(sourceFromText(file, text));
    all.push(...result.diagnostics);
    if (!result.ok) return failed(all);
  }
  return { attrs: plainTree(stack.runtime.store.root), diagnostics: all };
}

/** Kinds that the corpus gives to errors of earlier steps. */
const kinds: Readonly<Record<string, string>> = { "C4M-T002": "type", "C4M-E003": "lock" };

function failed(diagnostics: readonly Diagnostic[], kind?: string): SchemaCaseOutcome {
  const errors = diagnostics
    .filter((problem) => problem.severity === "error")
    .map((problem) => ({
      path: problem.path ?? "",
      kind: kind ?? problem.kind ?? kinds[problem.code] ?? problem.code,
      line: problem.location?.line ?? 0,
      file: problem.location?.file ?? "",
    }));
  return { errors, diagnostics };
}
