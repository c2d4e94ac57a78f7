/** The schema corpus as the conformance command runs it; the format is told by `test/conformance/schema/README.md`. */
import { builtins } from "../builtins/index.js";
import { joinPaths } from "../effects/paths.js";
import type { JsonObject } from "../json.js";
import { readJson } from "../json-text.js";
import { type Corpus, jsonDifference } from "./corpus.js";
import { runSchemaCase } from "./schema.js";

function describeError(file: unknown, line: unknown, kind: unknown, path: unknown): string {
  return `${file}:${line} ${kind} '${path}'`;
}

export const corpus: Corpus = {
  cases: (folder, host) =>
    host.files
      .list(folder)
      .filter((name) => host.files.find(joinPaths(folder, `${name}/spec.c42spec`)) !== undefined)
      .sort(),

  run: async (folder, name, host) => {
    const place = joinPaths(folder, name);
    const read = (file: string) => ({ file, text: host.files.readText(joinPaths(place, file)) });
    const later = host.files.list(place).filter((file) => /^\d+\.c4m$/.test(file));
    later.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    const outcome = await runSchemaCase(
      { spec: read("spec.c42spec"), configs: ["config.c4m", ...later].map(read) },
      host,
      builtins,
    );
    const expected = readJson(read("expect.json").text) as JsonObject;
    const messages = outcome.diagnostics.map((d) => `${d.code} ${d.message}`).join("; ");
    const attributes = expected.get("attrs");
    if (attributes !== undefined) return "errors" in outcome ? messages : jsonDifference(outcome.attrs, attributes);
    const wanted = (expected.get("errors") as readonly JsonObject[])
      .map((e) => describeError(e.get("file") ?? "config.c4m", e.get("line"), e.get("kind"), e.get("path")))
      .sort();
    const errors = "errors" in outcome ? outcome.errors : [];
    const found = [...new Set(errors.map((e) => describeError(e.file, e.line, e.kind, e.path)))].sort();
    return found.join("; ") === wanted.join("; ")
      ? undefined
      : `[${found.join("; ")}] instead of [${wanted.join("; ")}] (${messages})`;
  },
};
