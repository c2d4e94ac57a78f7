/** The settings view: conversions, schema defaults behind absent fields, what counts as set; and the schema as documentation. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourceFromText } from "../../../grammar/source.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { createHost } from "../../../runtime/host/create.js";
import { createSettings } from "../../../runtime/settings/create.js";
import { ConfigStack } from "../../../runtime/stack/stack.js";
import { schemaValidator } from "../../../runtime/validate/config.js";
import { describeField, describeSection, listFields, listSections } from "../../../runtime/validate/describe.js";
import { restoreLoadedSchema, saveLoadedSchema } from "../../../runtime/validate/load-schema.js";
import { load } from "../validate/support.js";

const host = createHost();
const { loaded } = load(`
wording := "positive"
export wording
func positive(path: string, n: int) { if n > 0 { return "" }; return "must be " + wording }
singleton zip {
  user_def_ok: false
  shortdoc: "Archives"
  field inject { type: bool; default: true; shortdoc: "Inject?"; doc: "Whether to inject." }
  field limit { type: Size; default: <<5 mb>> }
}
object sink {
  user_def_ok: true
  field wait { type: Duration; default: <<1500 ms>> }
  field port { type: int; default: 80; range: (1, 65535) }
  field socket { type: string; require: false; hidden: true }
  exclusions { socket: "port" }
}
root {
  user_def_ok: false
  field names { type: list[string]; default: ["a"]; max_items: 3; write_lock: true }
  field labels { type: dict[string, string]; default: {"k": "v"} }
  field count { type: int; default: 7; validator: func positive }
  field mode { type: string; default: "fast"; choice: ["fast", "safe"] }
  field kind { type: typespec; require: false }
  field value { type: "kind"; require: false }
  allow zip
  allow sink
}
`);

async function settingsOf(text: string, level: "all" | "not even defaults" = "all") {
  assert.ok(loaded);
  if (loaded === undefined) throw new Error("no schema");
  const stack = new ConfigStack({ host, builtins, validator: schemaValidator(loaded) });
  const result = await stack.run(sourceFromText("c.c4m", text), level);
  assert.equal(result.diagnostics, []);
  return createSettings(stack.runtime.store, () => loaded.schema);
}

test("values in force, converted", async () => {
  const settings = await settingsOf('names: ["x", "y"]\nsink s { wait: <<2 s>>; extra: 5 }');
  assert.equal(settings.strings("names"), ["x", "y"]);
  assert.is(settings.duration("sink.s.wait"), 2000);
  assert.is(settings.int("sink.s.port"), 80);
  assert.is(settings.bigint("count"), 7n);
  assert.is(settings.string("mode"), "fast");
  assert.equal([...settings.stringMap("labels")], [["k", "v"]]);
  assert.equal(settings.sections("sink"), ["s"]);
  assert.equal(settings.fields("sink.s"), ["wait", "extra", "port"]);
});

test("absent fields fall back to the schema", async () => {
  const settings = await settingsOf("sink s { }", "not even defaults");
  assert.is(settings.bool("zip.inject"), true);
  assert.is(settings.size("zip.limit"), 5_000_000);
  assert.is(settings.duration("sink.s.wait"), 1500);
  assert.is(settings.value("sink.none.port"), undefined);
  assert.is(settings.int("sink.none.port", 9), 9);
  assert.is(settings.value("nowhere.at.all"), undefined);
  assert.is(settings.exists("zip"), false);
});

test("an excluded default is withheld", async () => {
  const settings = await settingsOf('sink s { socket: "x" }');
  assert.is(settings.value("sink.s.port"), undefined);
});

test("set means set by somebody", async () => {
  const settings = await settingsOf("count: 8\nzip { }");
  assert.is(settings.isSet("count"), true);
  assert.is(settings.isSet("mode"), false);
  assert.is(settings.exists("mode"), true);
  assert.is(settings.isSet("zip"), true);
});

test("wrong questions", async () => {
  const settings = await settingsOf("sink s { extra: 5 }");
  assert.throws(() => settings.bool("count"), /internal error/);
  assert.is(settings.string("sink.s.extra", "fallback"), "fallback");
});

test("a saved schema works like the loaded one, validators and exported variables included", async () => {
  if (loaded === undefined) return;
  const restored = restoreLoadedSchema(saveLoadedSchema(loaded), { host, builtins });
  assert.ok(restored);
  if (restored === undefined) return;
  assert.equal(restored.schema, JSON.parse(JSON.stringify(loaded.schema)));
  const stack = new ConfigStack({ host, builtins, validator: schemaValidator(restored) });
  const result = await stack.run(sourceFromText("c.c4m", "count: 0"));
  assert.equal(
    result.diagnostics.map((d) => `${d.code} ${d.message}`),
    ["C4M-S013 'count': must be positive"],
  );
});

test("descriptions", () => {
  if (loaded === undefined) return;
  const { schema } = loaded;
  assert.equal(describeField(schema, "sink.any.port")?.constraints, ["from 1 to 65535", "not together with socket"]);
  assert.is(describeField(schema, "zip.limit")?.default, "<< 5 mb >>");
  assert.is(describeField(schema, "sink.any.wait")?.default, "<< 1 sec 500 msec >>");
  assert.is(describeField(schema, "value")?.type, "type set by field kind");
  assert.is(describeField(schema, "kind")?.type, "a type specification");
  assert.is(describeField(schema, "kind")?.default, "None");
  assert.is(describeField(schema, "zip.inject")?.doc, "Whether to inject.");
  assert.match(describeField(schema, "zip.limit")?.doc ?? "", /no documentation/);
  assert.is(describeField(schema, "nothing"), undefined);
  assert.is(describeSection(schema, "zip")?.shortdoc, "Archives");
  assert.equal(
    listSections(schema).map((section) => section.path),
    ["", "zip", "sink.<name>"],
  );
  assert.ok(listFields(schema).some((field) => field.path === "sink.<name>.socket" && field.hidden));
});

test.run();
