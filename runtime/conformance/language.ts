/** Runs cases of the language corpus; the format is told by `test/conformance/language/README.md`. */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { decodeSource } from "../../grammar/source.js";
import { joinPaths } from "../effects/paths.js";
import { plainTree } from "../encoding.js";
import type { Host } from "../host/host.js";
import type { JsonObject } from "../json.js";
import { readJson } from "../json-text.js";
import { ConfigStack } from "../stack/stack.js";
import { lookup } from "../store.js";
import { type Corpus, hostIn, jsonDifference } from "./corpus.js";

const ending = ".expect.json";

/** What a program or stack of programs did. */
interface Outcome {
  readonly stack: ConfigStack;
  readonly diagnostics: readonly Diagnostic[];
  readonly output: string;
  /** True if the file with the first error had begun to run. */
  readonly evaluated: boolean;
}

async function runFiles(folder: string, files: readonly string[], host: Host): Promise<Outcome> {
  let output = "";
  const stack = new ConfigStack({ host: hostIn(host, folder), output: (text) => (output += text) });
  const diagnostics: Diagnostic[] = [];
  let evaluated = false;
  for (const file of files) {
    const decoded = decodeSource(file, host.files.readBytes(joinPaths(folder, file)));
    const result = await stack.run(decoded.source, "all", decoded.diagnostics);
    diagnostics.push(...result.diagnostics);
    evaluated = result.evaluated;
    if (!result.ok) break;
  }
  return { stack, diagnostics, output, evaluated };
}

/** A diagnostic as an expectation tells it; only the members that the expectation has count. */
function describe(diagnostic: Diagnostic, folder: string, like: JsonObject): string {
  const { location } = diagnostic;
  const file = location?.file.startsWith(`${folder}/`) ? location.file.slice(folder.length + 1) : location?.file;
  const all: Readonly<Record<string, unknown>> = {
    phase: diagnostic.phase,
    line: location?.line,
    code: diagnostic.code,
    col: location?.col,
    file,
  };
  return [...like.keys()].map((key) => `${key} ${all[key]}`).join(", ");
}

function describeExpected(like: JsonObject): string {
  return [...like].map(([key, value]) => `${key} ${value}`).join(", ");
}

function checkErrors(
  errors: readonly Diagnostic[],
  expected: readonly JsonObject[],
  folder: string,
  isComplete: boolean,
): string | undefined {
  const wanted = expected.map(describeExpected);
  const found = errors.map((error, i) => describe(error, folder, expected[i] ?? (expected[0] as JsonObject)));
  const compared = isComplete ? found : found.slice(0, 1);
  if (compared.join("; ") === wanted.join("; ")) return undefined;
  const messages = errors.map((e) => `${e.code} ${e.location?.line}:${e.location?.col} ${e.message}`).join("; ");
  return `errors are [${compared.join("; ")}] instead of [${wanted.join("; ")}] (${messages})`;
}

function checkTypes(stack: ConfigStack, types: JsonObject): string | undefined {
  for (const [path, type] of types) {
    const node = lookup(stack.runtime.store, path.split("."));
    const actual = node?.kind === "attribute" ? node.type : "nothing";
    if (actual !== type) return `type of ${path} is ${actual} instead of ${type}`;
  }
  return undefined;
}

function compare(outcome: Outcome, expected: JsonObject, folder: string): string | undefined {
  const errors = outcome.diagnostics.filter((d) => d.severity === "error");
  const warnings = outcome.diagnostics.filter((d) => d.severity === "warning");
  const error = expected.get("error") as JsonObject | undefined;
  const list = expected.get("errors") as readonly JsonObject[] | undefined;
  const problem =
    error !== undefined ? checkErrors(errors, [error], folder, false) : checkErrors(errors, list ?? [], folder, true);
  if (problem !== undefined) return problem;
  if (error !== undefined && error.get("phase") !== "eval" && outcome.evaluated)
    return "the file was evaluated in spite of its errors";
  for (const warning of (expected.get("warnings") ?? []) as readonly JsonObject[]) {
    const wanted = describeExpected(warning);
    if (!warnings.some((w) => describe(w, folder, warning) === wanted)) return `warning ${wanted} is missing`;
  }
  const attributes = expected.get("attrs");
  if (attributes !== undefined) {
    const difference = jsonDifference(plainTree(outcome.stack.runtime.store.root), attributes);
    if (difference !== undefined) return difference;
  }
  const output = expected.get("stderr") ?? (attributes === undefined ? undefined : "");
  if (output !== undefined && output !== outcome.output) return `output is ${JSON.stringify(outcome.output)}`;
  return checkTypes(outcome.stack, (expected.get("types") ?? new Map()) as JsonObject);
}

/** Runs the case `name` of a folder of cases; undefined if it passed, else the reason why not. */
export async function runLanguageCase(folder: string, name: string, host: Host): Promise<string | undefined> {
  const expected = readJson(host.files.readText(joinPaths(folder, name + ending))) as JsonObject;
  const directory = joinPaths(folder, name);
  const isStack = host.files.find(directory)?.kind === "directory";
  const numbered = isStack ? host.files.list(directory).filter((file) => /^\d+\.c4m$/.test(file)) : [`${name}.c4m`];
  const files = numbered.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const place = isStack ? directory : folder;
  return compare(await runFiles(place, files, host), expected, place);
}

export const corpus: Corpus = {
  cases: (folder, host) =>
    host.files
      .list(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length))
      .sort(),
  run: runLanguageCase,
};
