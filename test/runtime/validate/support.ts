/** Validation from text for tests: a schema, configuration files, and what comes of them. */
import type { Diagnostic } from "../../../grammar/diagnostic.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { runSchemaCase, type SchemaCaseOutcome } from "../../../runtime/conformance/schema.js";
import { createHost } from "../../../runtime/host/create.js";
import { compact } from "../../../runtime/json.js";
import { loadSchema } from "../../../runtime/validate/load-schema.js";

const host = createHost();

/** Runs a schema and configuration files named `1.c4m`, `2.c4m` …. */
export function run(spec: string, ...configs: readonly string[]): Promise<SchemaCaseOutcome> {
  const files = configs.map((text, index) => ({ file: `${index + 1}.c4m`, text }));
  return runSchemaCase({ spec: { file: "spec.c42spec", text: spec }, configs: files }, host, builtins);
}

/** A diagnostic in short: `CODE LINE 'path'`, with the severity if it is no error. */
export function short(d: Diagnostic): string {
  return `${d.severity === "error" ? "" : `${d.severity} `}${d.code} ${d.location?.line} '${d.path ?? ""}'`;
}

/** The findings of a run in short. */
export async function findings(spec: string, ...configs: readonly string[]): Promise<readonly string[]> {
  return (await run(spec, ...configs)).diagnostics.map(short);
}

/** The tree as JSON, or the findings if there are errors. */
export async function tree(spec: string, ...configs: readonly string[]): Promise<unknown> {
  const outcome = await run(spec, ...configs);
  return "attrs" in outcome ? JSON.parse(compact(outcome.attrs)) : outcome.diagnostics.map(short);
}

/** Faults of schema files in short. */
export function faults(...specs: readonly string[]): readonly string[] {
  return load(...specs).diagnostics.map(short);
}

/** Loads schema files named `1.c42spec`, `2.c42spec` …. */
export function load(...specs: readonly string[]) {
  return loadSchema(
    specs.map((text, index) => ({ file: `${index + 1}.c42spec`, text })),
    { host, builtins },
  );
}
