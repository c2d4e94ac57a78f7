/**
 * Trusting the shipped configuration changes what validation costs, not what it finds: for user files of all sorts, the verdicts with and without are the
 * same, and so are the locks that a second file meets.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../../grammar/diagnostic.js";
import { sourceFromText } from "../../../grammar/source.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { createHost } from "../../../runtime/host/create.js";
import { ConfigStack } from "../../../runtime/stack/stack.js";
import { schemaValidator } from "../../../runtime/validate/config.js";
import { loadSchema } from "../../../runtime/validate/load-schema.js";
import { protectedValues } from "../../../runtime/validate/locks.js";
import { TrustingValidator } from "../../../runtime/validate/trust.js";

const host = createHost();
const read = (file: string) => ({ file, text: readFileSync(join(process.cwd(), "configs", file), "utf8") });
const order = JSON.parse(read("order.json").text) as { schema: string[]; base: string[]; tools: string[] };
const { loaded } = loadSchema(order.schema.map(read), { host, builtins });

/** The shipped configuration, then the user's files; what the validator says of these. */
async function verdicts(files: readonly string[], trusting: boolean): Promise<readonly string[]> {
  assert.ok(loaded);
  if (loaded === undefined) return [];
  const trust = new TrustingValidator(() => loaded, { builtInChanges: () => "warning" });
  let shipped = false;
  let values: ReturnType<typeof protectedValues> | undefined;
  const plain = schemaValidator(loaded, () => (values === undefined ? undefined : { values, strict: false }));
  const stack = new ConfigStack({
    host,
    builtins,
    validator: (runtime, request) => (trusting && shipped ? trust.validate : plain)(runtime, request),
  });
  for (const { file, text } of order.base.map(read)) await stack.run(sourceFromText(file, text), "not even defaults");
  for (const { file, text } of order.tools.map(read)) await stack.run(sourceFromText(file, text), "none");
  shipped = true;
  values = protectedValues(loaded.schema, stack.runtime.store);
  const found: Diagnostic[] = [];
  for (const [index, text] of files.entries()) {
    const source = sourceFromText(`${index + 1}.c4m`, text);
    const { compiled, diagnostics } = await stack.compile(source);
    found.push(...diagnostics);
    if (compiled === undefined) break;
    if (trusting) trust.before(stack.runtime, compiled);
    else values = protectedValues(loaded.schema, stack.runtime.store);
    found.push(...stack.runCompiled(compiled).diagnostics);
  }
  return found.map((d) => `${d.severity} ${d.code} ${d.location?.file}:${d.location?.line} ${d.path}`);
}

const cases: readonly (readonly [title: string, isSound: boolean, ...files: string[]])[] = [
  ["nothing of weight", true, "exec.heartbeat.run: true", 'log_level: "info"'],
  ["a key of its own", false, "keyspec Foo { kind: 0; type: string }"],
  [
    "a template with an unknown key",
    false,
    "report_template report_default { key NO_SUCH_KEY { use: true } }",
    "keyspec X_A { kind: 0; type: int; value: 1 }",
  ],
  ["unknown template", false, 'outconf insert { report_template: "nowhere" }'],
  ["sink without parameter", false, 'sink_config mine { sink: "post" }'],
  ["a sink that declares more", false, "sink file { uri: true }"],
  ["write-locked key, second file", false, 'keyspec._TIMESTAMP.since: "9"', 'keyspec._TIMESTAMP.since: "8"'],
  ["write-locked key, first touched by the second file", false, "exec.nice: 1\n", ""],
  ["locked although the first file left it alone", false, 'log_level: "info"', 'keyspec._TIMESTAMP.since: "8"'],
  ["computed paths", false, 'ok := add_override("plugin.elf_last_resort.pre_chalk_keys", ["NO_SUCH_KEY"])'],
  ["a function that writes", false, 'func f() { plugin.elf_last_resort.overrides = ["NO_SUCH_KEY"] }\nf()'],
];

for (const [title, isSound, ...files] of cases) {
  test(title, async () => {
    const plain = await verdicts(files, false);
    assert.equal(await verdicts(files, true), plain);
    assert.is(plain.length === 0, isSound, plain.join("\n"));
  });
}

test.run();
