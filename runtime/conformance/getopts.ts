/**
 * Runs the getopts corpus (`test/conformance/getopts/README.md`): a specification is loaded with full validation, then each command line of the case is
 * parsed with it, each in a runtime of its own, and committed.
 */

import { type Code, catalogue } from "../../grammar/catalogue.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { builtins } from "../builtins/index.js";
import { buildCommandLine } from "../cmdline/build.js";
import { commitLine, finalize } from "../cmdline/commit.js";
import { parseCommandLine } from "../cmdline/parse.js";
import { commitPort, surroundings } from "../cmdline/port.js";
import type { ParsedLine } from "../cmdline/spec.js";
import { joinPaths } from "../effects/paths.js";
import { plainTree } from "../encoding.js";
import { assignAttribute } from "../evaluate/assign.js";
import type { Host } from "../host/host.js";
import type { Json, JsonObject } from "../json.js";
import { readJson } from "../json-text.js";
import { ConfigStack } from "../stack/stack.js";
import { lookup } from "../store.js";
import { schemaValidator } from "../validate/config.js";
import { loadSchema } from "../validate/load-schema.js";
import { type Corpus, jsonDifference } from "./corpus.js";

const kindOf = (d: Diagnostic): string => catalogue[d.code as Code]?.kind ?? d.kind ?? d.code;

function lineJson(line: ParsedLine): Map<string, Json> {
  return new Map<string, Json>([
    ["command", line.command],
    ["args", new Map([...line.args].map(([name, args]) => [name, [...args]] as const))],
    [
      "flags",
      new Map([...line.flags].map(([name, use]) => [name, typeof use.value === "object" ? [...use.value] : use.value] as const)),
    ],
  ]);
}

/** The outcome of one command line in the form of `expect`. */
async function outcome(folder: string, spec: JsonObject, host: Host): Promise<Json> {
  const failed = (d: Diagnostic): Json => new Map<string, Json>([["error", kindOf(d)]]);
  const read = (name: string): string => host.files.readText(joinPaths(folder, name));
  const schemaFiles = [
    { file: "getopts.c42spec", text: host.files.readText(joinPaths(host.processes.cwd(), "configs/getopts.c42spec")) },
  ];
  if (host.files.find(joinPaths(folder, "extra.c42spec")) !== undefined)
    schemaFiles.push({ file: "extra.c42spec", text: read("extra.c42spec") });
  const { loaded, diagnostics: faults } = loadSchema(schemaFiles, { host, builtins });
  if (loaded === undefined) return failed(faults[0] as Diagnostic);
  const stack = new ConfigStack({ host, builtins, validator: schemaValidator(loaded) });
  const result = await stack.run(sourceFromText("spec.c4m", read("spec.c4m")));
  const path = (spec.get("getopts_path") as string | undefined) ?? "getopts";
  const { runtime } = stack;
  const built = buildCommandLine(path, surroundings(runtime, loaded.schema));
  const wrong = [...built.diagnostics, ...result.diagnostics].filter((d) => d.severity === "error");
  if (built.spec === undefined || hasErrors(wrong)) return failed(wrong[0] as Diagnostic);
  const parsed = parseCommandLine(built.spec, spec.get("argv") as readonly string[]);
  if (parsed.kind === "error") return failed(parsed.diagnostic);
  let line: ParsedLine;
  if (parsed.kind === "parsed") line = parsed.line;
  else {
    const chosen = spec.get("default_command");
    if (typeof chosen !== "string")
      return new Map<string, Json>([["ambiguous", parsed.candidates.map((candidate) => candidate.path[1]?.name ?? "")]]);
    const attribute = built.spec.commandAttribute;
    if (attribute !== undefined && chosen !== "")
      assignAttribute(runtime, {
        path: attribute.split("."),
        value: chosen,
        type: "string",
        origin: { kind: "host", by: "test" },
      });
    const node = attribute === undefined ? undefined : lookup(runtime.store, attribute.split("."));
    const decided = finalize(parsed, node?.kind === "attribute" ? (node.value as string) : undefined);
    if ("code" in decided) return failed(decided);
    line = decided;
  }
  const problem = commitLine(built.spec, line, commitPort(runtime, loaded.schema));
  if (problem !== undefined) return failed(problem);
  const found = lineJson(line);
  const attributes = plainTree(runtime.store.root) as Map<string, Json>;
  const parts = path.split(".");
  let owner: Map<string, Json> | undefined = attributes;
  for (const part of parts.slice(0, -1)) owner = owner?.get(part) as Map<string, Json> | undefined;
  owner?.delete(parts[parts.length - 1] as string);
  found.set("attrs", attributes);
  return found;
}

function casesOf(folder: string, host: Host): readonly JsonObject[] {
  return readJson(host.files.readText(joinPaths(folder, "cases.json"))) as readonly JsonObject[];
}

export const corpus: Corpus = {
  cases: (folder, host) =>
    host.files
      .list(folder)
      .filter((name) => host.files.find(joinPaths(folder, `${name}/cases.json`)) !== undefined)
      .sort()
      .flatMap((name) => casesOf(joinPaths(folder, name), host).map((_, index) => `${name} ${index + 1}`)),

  run: async (folder, name, host) => {
    const [directory, number] = name.split(" ") as [string, string];
    const place = joinPaths(folder, directory);
    const spec = casesOf(place, host)[Number(number) - 1] as JsonObject;
    const expected = spec.get("expect") as JsonObject;
    const found = (await outcome(place, spec, host)) as Map<string, Json>;
    if (!expected.has("attrs")) found.delete("attrs");
    const difference = jsonDifference(found, expected);
    return difference === undefined ? undefined : `${difference} (argv ${JSON.stringify(spec.get("argv"))})`;
  },
};
