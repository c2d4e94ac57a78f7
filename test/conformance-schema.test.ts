/** Runs every case of the schema corpus; what a case means is in `test/conformance/schema/README.md`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { builtins } from "../runtime/builtins/index.js";
import { runSchemaCase } from "../runtime/conformance/schema.js";
import { createHost } from "../runtime/host/create.js";
import { compact } from "../runtime/json.js";

interface ExpectedError {
  readonly path: string;
  readonly kind: string;
  readonly line: number;
  readonly file?: string;
}
interface Expectation {
  readonly attrs?: unknown;
  readonly errors?: readonly ExpectedError[];
}

const corpus = join(process.cwd(), "test/conformance/schema");
const host = createHost();

for (const name of readdirSync(corpus).sort()) {
  const folder = join(corpus, name);
  if (!existsSync(join(folder, "spec.c42spec"))) continue;
  test(name, async () => {
    const read = (file: string) => ({ file, text: readFileSync(join(folder, file), "utf8") });
    const later = readdirSync(folder)
      .filter((file) => /^\d+\.c4m$/.test(file))
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    const outcome = await runSchemaCase(
      { spec: read("spec.c42spec"), configs: ["config.c4m", ...later].map(read) },
      host,
      builtins,
    );
    const expected = JSON.parse(readFileSync(join(folder, "expect.json"), "utf8")) as Expectation;
    if (expected.errors === undefined) {
      if ("errors" in outcome) assert.unreachable(JSON.stringify(outcome.diagnostics, null, 1));
      else assert.equal(JSON.parse(compact(outcome.attrs)), expected.attrs);
      return;
    }
    const key = (e: ExpectedError) => `${e.file ?? "config.c4m"}:${e.line} ${e.kind} '${e.path}'`;
    const errors = "errors" in outcome ? outcome.errors : [];
    assert.equal(
      [...new Set(errors.map(key))].sort(),
      expected.errors.map(key).sort(),
      JSON.stringify(outcome.diagnostics, null, 1),
    );
  });
}

test.run();
