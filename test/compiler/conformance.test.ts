/**
 * The corpus of programs, as far as it goes without evaluation: a program that is to run must compile, one that is to fail in the check or load
 * phase must fail with the code at the line, and expected types and warnings must be there.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileSource, declareAttribute } from "../../compiler/compile.js";
import type { ComponentLoader } from "../../compiler/context.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { decodeSource } from "../../grammar/source.js";
import { newContext } from "./helpers.js";

interface Problem {
  readonly phase: string;
  readonly line: number;
  readonly col?: number;
  readonly code: string;
  readonly file?: string;
}

interface Expectation {
  readonly attrs?: object;
  readonly types?: { readonly [path: string]: string };
  readonly error?: Problem;
  readonly errors?: readonly Problem[];
  readonly warnings?: readonly { readonly line: number; readonly code: string }[];
}

const folder = ["test/conformance/language", "../shared/conformance/language"].find((path) => existsSync(path));
/** Attributes that a program makes at run time only, which the evaluator would declare. */
const madeAtRunTime: { readonly [name: string]: readonly (readonly [string, string])[] } = {
  "417-stack-override-type-clash": [["x", "string"]],
  "416-stack-override-before-definition": [["foo.bar.x", "int"]],
};

function loaderOf(path: string): ComponentLoader {
  return {
    key: (module) => join(path, module),
    load(key) {
      const file = `${key}.c4m`;
      if (!existsSync(file)) return { code: "C4M-M001", message: `${file} cannot be read` };
      return { file: file.slice(path.length + 1), text: readFileSync(file, "utf8") };
    },
  };
}

/** Compiles the files of a case one after the other; stops at the first with an error. */
function compileCase(
  path: string,
  name: string,
): { diagnostics: readonly Diagnostic[]; types: Map<string, string>; failed: boolean } {
  const isStack = statSync(path).isDirectory();
  const files = isStack
    ? readdirSync(path)
        .filter((file) => /^\d+\.c4m$/.test(file))
        .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    : [`${name}.c4m`];
  const base = isStack ? path : (folder as string);
  const context = newContext();
  const types = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const { source, diagnostics: decoding } = decodeSource(file, readFileSync(join(base, file)));
    const result = compileSource(source, context, { loader: loaderOf(base), diagnostics: decoding });
    diagnostics.push(...result.diagnostics);
    if (result.module === undefined) return { diagnostics, types, failed: true };
    for (const { path: attribute, type, kind } of result.module.declarations) {
      if (kind === "attribute") types.set(attribute.join("."), result.module.types[type] as string);
    }
    for (const [attribute, type] of madeAtRunTime[name] ?? []) declareAttribute(context, attribute.split("."), type);
  }
  return { diagnostics, types, failed: false };
}

function shown(list: readonly Diagnostic[]): string[] {
  return list.map((d) => `${d.phase} ${d.location?.line} ${d.code}`);
}

for (const file of folder === undefined ? [] : readdirSync(folder).filter((entry) => entry.endsWith(".expect.json"))) {
  const name = file.slice(0, -".expect.json".length);
  test(name, () => {
    const expected: Expectation = JSON.parse(readFileSync(join(folder as string, file), "utf8"));
    const program = join(folder as string, name);
    const { diagnostics, types, failed } = compileCase(existsSync(program) ? program : `${program}.c4m`, name);
    const errors = diagnostics.filter((d) => d.severity === "error");
    const list = expected.errors ?? (expected.error === undefined ? [] : [expected.error]);
    const before = list.filter((problem) => problem.phase !== "eval");
    assert.is(failed, before.length > 0, shown(errors).join(", "));
    if (expected.errors !== undefined)
      assert.equal(
        shown(errors),
        before.map((p) => `${p.phase} ${p.line} ${p.code}`),
      );
    else if (before.length > 0) {
      const [first] = before as [Problem];
      assert.is(shown(errors)[0], `${first.phase} ${first.line} ${first.code}`);
      if (first.col !== undefined) assert.is(errors[0]?.location?.col, first.col);
      if (first.file !== undefined) assert.is(errors[0]?.location?.file, first.file);
    }
    for (const warning of expected.warnings ?? []) {
      assert.ok(
        diagnostics.some((d) => d.code === warning.code && d.location?.line === warning.line),
        `${warning.code} in line ${warning.line}`,
      );
    }
    for (const [path, type] of Object.entries(expected.types ?? {})) assert.is(types.get(path), type, path);
  });
}
if (folder === undefined) console.log("SKIPPED language corpus: not found");

test.run();
