/** Configurations against a schema: each code of `diagnostics.md` 3.1, with path and line, and what the passes do (`schema-language.md` 5-9, 11). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourceFromText } from "../../../grammar/source.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { createHost } from "../../../runtime/host/create.js";
import { ConfigStack } from "../../../runtime/stack/stack.js";
import { schemaValidator } from "../../../runtime/validate/config.js";
import { protectedValues } from "../../../runtime/validate/locks.js";
import { findings, load, run, short, tree } from "./support.js";

const spec = `
func even(path: string, v: int) {
  if v % 2 != 0 { return "must be even" }
  return ""
}
func divides(path: string, v: int) {
  if 10 % v == 0 { return "" }
  return "must divide 10"
}
func ordered(path: string) {
  if attr_get(path + ".low", int) > attr_get(path + ".high", int) { return "low exceeds high" }
  return ""
}
singleton logging {
  user_def_ok: false
  field path { type: string; default: "/var/log"; shortdoc: "Where to log" }
  field rotate { type: bool; require: false }
  field wait { type: Duration; require: false }
  field mode { type: string; default: "fast"; choice: ["fast", "safe"] }
}
object pool {
  user_def_ok: false
  validator: func ordered
  field low { type: int; default: 0; validator: func even }
  field high { type: int; default: 10; range: (0, 100) }
  field tags { type: list[string]; default: []; max_items: 2 }
  field share { type: float; require: false }
  field size { type: int; require: false; validator: func divides }
  allow pool
}
object setting {
  user_def_ok: false
  field kind { type: typespec; require: false }
  field value { type: "kind"; require: false }
}
root {
  user_def_ok: false
  field name { type: string; require: true }
  allow logging
  allow pool
  allow setting
}
`;
const config = (text: string) => `name: "x"\n${text}`;

const cases: readonly (readonly [title: string, config: string, ...expected: string[]])[] = [
  ["sound", config("pool a { low: 2 }")],
  ["unknown field", config("logging { pth: 1 }"), "C4M-S001 2 'logging.pth'"],
  ["unknown section", config("loging { }"), "C4M-S001 2 'loging'"],
  ["named singleton", config("logging main { }"), "C4M-S001 2 'logging.main'"],
  [
    "unknown in unexecuted code",
    config("if false {\n logging { pth: 1 }\n}"),
    "note C4M-S018 3 'logging'",
    "warning C4M-S001 3 'logging.pth'",
  ],
  ["type", config("logging { path: 1 }"), "C4M-S002 2 'logging.path'"],
  ["required field", "logging { }", "C4M-S003 1 'name'"],
  ["range", config("pool a {\n high: 101\n}"), "C4M-S006 3 'pool.a.high'"],
  ["choice", config('logging { mode: "fsat" }'), "C4M-S007 2 'logging.mode'"],
  ["bounds", config('pool a { tags: ["a", "b", "c"] }'), "C4M-S008 2 'pool.a.tags'"],
  ["attribute for a section", config("logging: 1"), "C4M-S009 2 'logging'"],
  ["section for a field", "name { x: 1 }", "C4M-S010 1 'name'"],
  ["instance name forgotten", config("pool {\n low: 1\n}"), "C4M-S011 3 'pool.low'"],
  ["validator fails", config("pool a { size: 0 }"), "C4M-S012 2 'pool.a.size'"],
  ["field validator", config("pool a { low: 3 }"), "C4M-S013 2 'pool.a.low'"],
  ["section validator", config("pool a {\n low: 20\n}"), "C4M-S013 2 'pool.a'"],
  ["pointer without referent", config("setting a { value: 1 }"), "C4M-S015 2 'setting.a.value'"],
  ["pointer type", config('setting a { kind: int\n value: "x" }'), "C4M-S016 3 'setting.a.value'"],
  ["nested", config("pool a { pool b { pool c { high: -1 } } }"), "C4M-S006 2 'pool.a.pool.b.pool.c.high'"],
  [
    "all at once, in source order",
    'pool a { share: 1 }\nlogging { path: 1; mode: "x" }\nzone { }',
    "C4M-S003 1 'name'",
    "C4M-S002 1 'pool.a.share'",
    "C4M-S002 2 'logging.path'",
    "C4M-S007 2 'logging.mode'",
    "C4M-S001 3 'zone'",
  ],
];

for (const [title, text, ...expected] of cases) {
  test(title, async () => assert.equal(await findings(spec, text), expected));
}

test("code that did not run gets warnings and notes", async () => {
  const text = config('logging { }\nif false {\n logging.pth = 1\n logging.rotate = "no"\n pool x { }\n}');
  assert.equal(await findings(spec, text), [
    "warning C4M-S001 4 'logging.pth'",
    "warning C4M-S002 5 'logging.rotate'",
    "note C4M-S018 6 'pool.x'",
  ]);
});

test("required sections", async () => {
  const needs =
    "singleton s { user_def_ok: true }\nobject o { user_def_ok: true }\nroot { user_def_ok: false; require s; require o }";
  assert.equal(await findings(needs, "o { }"), ["C4M-S004 1 's'", "C4M-S004 1 'o'"]);
  assert.equal(await findings(needs, "s { }\no x { }"), []);
});

test("final_check runs only if all is well", async () => {
  const checked = 'func final_check() { return "never" }\nroot { user_def_ok: false; field a { type: int; require: true } }';
  assert.equal(await findings(checked, "a: 1"), ["C4M-S014 1 ''"]);
  assert.equal(await findings(checked, 'a: "x"'), ["C4M-S002 1 'a'"]);
});

test("suggestions, hints and both sides", async () => {
  const hintOf = async (text: string) => (await run(spec, config(text))).diagnostics[0]?.hint;
  assert.is(await hintOf("logging { ptah: 1 }"), "did you mean 'path'?");
  assert.is(await hintOf("rotate: true"), "'rotate' belongs to section 'logging'");
  assert.is(await hintOf("pool a { share: 1 }"), "write 1.0");
  assert.is(await hintOf('logging { wait: "10 sec" }'), "write << 10 sec >>");
  assert.is(await hintOf('pool a { tags: "x" }'), 'write ["x"]');
  assert.is(await hintOf('logging { mode: "Safe" }'), "did you mean 'safe'?");
  const problem = (await run(spec, config("logging { path: 1 }"))).diagnostics[0];
  assert.is(problem?.expected, "string");
  assert.is(problem?.actual, "int");
  assert.is(problem?.kind, "type");
  assert.equal(problem?.schema, { file: "spec.c42spec", line: 16 });
  assert.match(problem?.notes?.[0]?.message ?? "", /Where to log/);
});

const exclusive = `
root {
  user_def_ok: false
  field port { type: int; default: 80 }
  field socket { type: string; require: false }
  field pipe { type: string; require: false }
  exclusions { socket: ["port", "pipe"] }
}
`;

test("exclusions", async () => {
  assert.equal(await findings(exclusive, 'socket: "s"\nport: 1'), ["C4M-S005 2 'port'"]);
  assert.equal(await findings(exclusive, 'socket: "s"\npipe: "p"\nport: 1'), ["C4M-S005 1 'socket'", "C4M-S005 3 'port'"]);
  assert.equal(await tree(exclusive, ""), { port: 80 });
  assert.equal(await tree(exclusive, 'socket: "s"'), { socket: "s" });
});

test("a default is withdrawn when a counterpart is set, and is no conflict", async () => {
  assert.equal(await tree(exclusive, "", 'socket: "s"'), { socket: "s" });
  assert.equal(await findings(exclusive, "port: 81", 'socket: "s"'), ["C4M-S005 1 'port'"]);
});

test("of two defaults that exclude each other the first counts", async () => {
  const two =
    'root { user_def_ok: false; field a { type: int; default: 1 }; field b { type: int; default: 2 }; exclusions { b: "a" } }';
  assert.equal(await tree(two, ""), { a: 1 });
  assert.equal(await tree(two, "b: 5"), { b: 5 });
});

test("sections may be excluded, and lift a requirement", async () => {
  const either =
    'singleton s { user_def_ok: true }\nroot { user_def_ok: false; allow s; field a { type: int; require: true }; exclusions { a: "s" } }';
  assert.equal(await tree(either, "s { }"), { s: {} });
  assert.equal(await findings(either, "s { }\na: 1"), ["C4M-S005 2 'a'"]);
  assert.equal(await findings(either, ""), ["C4M-S003 1 'a'"]);
});

test("defaults are visible to later files and have the field's type", async () => {
  assert.equal(await tree(exclusive, "", "port: port + 1"), { port: 81 });
  assert.equal(await findings(exclusive, "", 'port: "x"'), ["C4M-T002 1 'port'"]);
});

test("a default replaces the type that only unexecuted code declared", async () => {
  assert.equal(await tree(exclusive, 'if false { port: "x" }', "port: 81"), { port: 81 });
});

const locked = `
singleton whole { user_def_ok: false; field a { type: int; default: 1 } }
root {
  user_def_ok: false
  field id { type: string; default: "none"; write_lock: true }
  field limit { type: int; default: 5; stack_limit: 2 }
  allow whole { write_lock: true }
}
`;

test("write_lock locks what the user set, at the end of the file", async () => {
  assert.equal(await findings(locked, 'id: "a"\nid: "b"', 'id: "b"'), []);
  assert.equal(await findings(locked, "", 'id: "a"', 'id: "b"'), ["C4M-E003 1 'id'"]);
  assert.equal(await findings(locked, "whole { a: 2 }", "whole { a: 3 }"), ["C4M-E003 1 'whole.a'"]);
});

test("stack_limit locks defaults too, after so many files", async () => {
  assert.equal(await findings(locked, "", "limit: 6", "limit: 7"), ["C4M-E003 1 'limit'"]);
  assert.equal(await findings(locked, "", "", "limit: 7"), ["C4M-E003 1 'limit'"]);
});

test("a change of a locked value that a built-in layer set is a warning, an error if strict", async () => {
  const { loaded } = load(locked);
  assert.ok(loaded);
  if (loaded === undefined) return;
  const verdicts = async (text: string, strict: boolean) => {
    let before: ReturnType<typeof protectedValues> | undefined;
    const validator = schemaValidator(loaded, () => (before === undefined ? undefined : { values: before, strict }));
    const stack = new ConfigStack({ host: createHost(), builtins, validator });
    await stack.run(sourceFromText("base.c4m", 'id: "ours"\nwhole { }'), "none");
    before = protectedValues(loaded.schema, stack.runtime.store);
    return (await stack.run(sourceFromText("user.c4m", text))).diagnostics.map(short);
  };
  assert.equal(await verdicts('\nid: "theirs"', false), ["warning C4M-S017 2 'id'"]);
  assert.equal(await verdicts('id: "theirs"', true), ["C4M-S017 1 'id'"]);
  assert.equal(await verdicts('id: "ours"\nwhole.a: 5', true), []);
});

test("what is known statically is reported along with an evaluation error", async () => {
  assert.equal(await findings(exclusive, "prot: 1\nx := 1 / 0\nport: 2"), ["C4M-E005 2 ''", "C4M-S001 1 'prot'"]);
});

test("unions, variables, functions", async () => {
  const open =
    "root { user_def_ok: false; field u { type: int or string; require: false }; field f { type: func(int) -> int; require: false } }";
  assert.equal(await tree(open, "u: 1", "u: 2"), { u: 2 });
  assert.equal(await findings(open, "u: true"), ["C4M-S002 1 'u'"]);
  assert.equal(await tree(open, "f: func anything"), { f: "func anything(...)" });
  assert.equal(await findings(open, "f: func anything(string) -> int"), ["C4M-S002 1 'f'"]);
});

test("data of open type is checked by its value", async () => {
  const list = "root { user_def_ok: false; field a { type: list[string]; require: false } }";
  assert.equal(await findings(list, 'a: parse_json("[1]")'), ["C4M-S002 1 'a'"]);
  assert.equal(await tree(list, 'a: parse_json("[\\"x\\"]")'), { a: ["x"] });
});

test.run();
