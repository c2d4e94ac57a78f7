/** Stacks of files: components and where they come from, starts from compiled files, names that come into being at run time, validation. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deserializeModule, serializeModule } from "../../compiler/serialize.js";
import { sourceFromText } from "../../grammar/source.js";
import { plainTree } from "../../runtime/encoding.js";
import { createMemoryHost } from "../../runtime/host/memory-host.js";
import { writeJson } from "../../runtime/json-text.js";
import { ConfigStack, type ValidationRequest } from "../../runtime/stack/stack.js";
import { hashing, runText } from "./language-helpers.js";

const dump = (stack: ConfigStack) => writeJson(plainTree(stack.runtime.store.root));

test("where components come from", async () => {
  const files = {
    "/opt/chalk/own.c4m": "a = 1",
    "/w/lib/near.c4m": "b = 1",
    "/home/me/c/mine.c4m": "c = 1",
    "/abs/d.c4m": "d = 1",
  };
  const world = { files, cwd: "/w", home: "/home/me", executable: "/opt/chalk/chalk" };
  const run = await runText('use own\nuse near from "lib/"\nuse mine from "~/c"\nuse d from "/abs"\n', { world });
  assert.equal(run.problems, []);
  assert.is(dump(run.stack), '{"a":1,"b":1,"c":1,"d":1}');
  assert.equal([...run.stack.components.sources.keys()], ["/opt/chalk/own", "/w/lib/near", "/home/me/c/mine", "/abs/d"]);
});

test("a relative location may stand beside the using file", async () => {
  const files = {
    "/etc/conf/main.c4m": 'use part from "sub"\n',
    "/etc/conf/sub/part.c4m": "x = 1",
    "/etc/conf/sub/more.c4m": "",
  };
  const host = createMemoryHost({ files, cwd: "/w", hashing });
  const stack = new ConfigStack({ host });
  const result = await stack.run(sourceFromText("/etc/conf/main.c4m", files["/etc/conf/main.c4m"]));
  assert.ok(result.ok, JSON.stringify(result.diagnostics));
  assert.is(dump(stack), '{"x":1}');
});

test("components over the network", async () => {
  const respond = ({ url }: { url: string }) => {
    const body = new TextEncoder().encode(url === "https://h/lib/m.c4m" ? "x = 1" : "");
    return url.includes("none")
      ? { status: 404, statusText: "Not Found", headers: {}, body }
      : url.includes("moved")
        ? { status: 301, statusText: "Moved", headers: { location: url.includes("bad") ? "http://h/m.c4m" : "/lib/m.c4m" }, body }
        : { status: 200, statusText: "OK", headers: {}, body };
  };
  const codes = async (text: string) => (await runText(text, { world: { respond } })).problems.join();
  assert.is(await codes('use m from "https://h/lib/"'), "");
  assert.is(await codes('use moved from "https://h/"'), "");
  assert.is(await codes('use badmoved from "https://h/"'), "M002:1");
  assert.is(await codes('use none from "https://h"'), "M002:1");
  assert.is(await codes('use empty from "https://h"'), "M002:1");
  assert.is(await codes('use m from "http://h"'), "M003:1");
  assert.is((await runText('use m from "https://h"')).problems.join(), "M002:1");
});

test("using a component again doesn't define its functions again", async () => {
  const files = { "/w/m.c4m": "func f() { return 1 }\nx = f()\n" };
  const host = createMemoryHost({ files, cwd: "/w", hashing });
  const use = 'use m from "."\n';
  const run = await runText([use, "func f() { return 2 }\n", `${use}y = f()\n`], { host });
  assert.equal(run.problems, ["E003:2"]);
  assert.is(run.diagnostics.at(-1)?.message, "'x' is locked (a component set it)");
  host.files.write("/w/m.c4m", "func f() { return 3 }\n");
  run.stack.reload("/w/m");
  const result = await run.stack.run(sourceFromText("4.c4m", `${use}z = f()\n`));
  assert.ok(result.ok, JSON.stringify(result.diagnostics));
  assert.ok(dump(run.stack).includes('"z":3'));
});

test("preloaded components are not fetched", async () => {
  const stack = new ConfigStack({ host: createMemoryHost({ hashing }) });
  stack.components.preload("https://h/m", "x = 5");
  const result = await stack.run(sourceFromText("a.c4m", 'use m from "https://h"'));
  assert.ok(result.ok);
  assert.is(dump(stack), '{"x":5}');
});

test("a component's assignments lock, its parameters don't", async () => {
  const files = { "/w/m.c4m": "parameter p.q { default: 1 }\nx = 1\n" };
  const world = { files, cwd: "/w" };
  const run = await runText(['use m from "."\np.q = 2\n', "x = 2\n"], { world });
  assert.equal(run.problems, ["E003:1"]);
  assert.is(run.diagnostics.at(-1)?.notes?.[0]?.location?.file, "/w/m.c4m");
  assert.is(run.text("p.q"), "2");
});

test("errors in components have a chain that leads there", async () => {
  const run = await runText('use m from "."', { world: { files: { "/w/m.c4m": "l = [1]\nx = l[2]\n" }, cwd: "/w" } });
  const error = run.diagnostics.at(-1);
  assert.is(error?.location?.file, "/w/m.c4m");
  assert.is(error?.notes?.[0]?.location?.file, "1.c4m");
});

test("compiled files run elsewhere", async () => {
  const files = { "/w/m.c4m": "func f(n: int) { return n + 1 }\nq := 3\nexport q\nenum A, B\n" };
  const host = createMemoryHost({ files, cwd: "/w", hashing });
  const first = new ConfigStack({ host });
  const text = 'use m from "."\nx = f(q)\ny = B\nz = {"a": [<<1 h>>, <<2 h>>]}\nt = list[int]\ng = func f(int) -> int\n';
  const { compiled } = await first.compile(sourceFromText("a.c4m", text));
  const stored = deserializeModule(serializeModule(compiled!));
  assert.ok(stored);
  const second = new ConfigStack({ host: createMemoryHost({ hashing, cwd: "/other" }) });
  const result = second.runCompiled(stored!);
  assert.ok(result.ok, JSON.stringify(result.diagnostics));
  assert.is(dump(second), '{"x":4,"y":1,"z":{"a":[3600000000,7200000000]},"t":"list[int]","g":"func f(int) -> int"}');
});

test("files run once more only evaluate again", async () => {
  const host = createMemoryHost({ hashing });
  const stack = new ConfigStack({ host });
  const source = sourceFromText("a.c4m", "n := 0\nx = n + 1\n");
  const first = await stack.run(source);
  const again = await stack.run(source);
  assert.is(again.compiled, first.compiled);
  assert.is(stack.runtime.store.filesRun, 2);
});

test("names made at run time are known to the next file", async () => {
  const run = await runText(['s a { x = 1 }\nok = copy_object("s.a", "b")\nadd_override("n.m", "t")\n', "y = s.b.x\nz = n.m\n"]);
  assert.equal(run.problems, []);
  assert.is(`${run.text("y")} ${run.text("z")}`, '1 "t"');
});

test("an error ends the stack; what was assigned stays", async () => {
  const run = await runText(["x = 1\ny = [1][5]\nz = 2\n", "w = 1\n"]);
  assert.equal(run.problems, ["E006:2"]);
  assert.is(dump(run.stack), '{"x":1}');
  assert.is(run.stack.runtime.store.filesRun, 1);
});

test("a file sets the limits of those after it", async () => {
  const loop = "for i from 0 to 50 { }\n";
  const run = await runText([`policy { max_steps: 20 }\n${loop}`, loop], { readsPolicy: true });
  assert.equal(run.problems, ["E022:1"]);
  assert.equal((await runText([`policy { max_steps: 20 }\n${loop}`, loop])).problems, []);
});

test("the validator is told what ran", async () => {
  const seen: string[] = [];
  const validator = (_: unknown, request: ValidationRequest) => {
    seen.push(`${request.files.join("+")} ${request.level} ${request.isComplete}`);
    return [];
  };
  await runText(["x = 1", "y = 2", "z = [1][1]"], { validator });
  assert.equal(seen, ["1.c4m all true", "1.c4m+2.c4m all true", "1.c4m+2.c4m+3.c4m all false"]);
});

/** Static imports of a file, transitively. */
function reach(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const match of text.matchAll(/^(?:import|export) (?!type )[^;]*? from "([^"]+)"/gm)) {
    const specifier = match[1] as string;
    if (specifier.startsWith(".")) reach(resolve(dirname(file), specifier.replace(/\.js$/, ".ts")), seen);
    else seen.add(specifier);
  }
  return seen;
}

test("running compiled files needs neither parser nor checker", () => {
  const root = process.cwd();
  const files = [...reach(join(root, "runtime/stack/stack.ts"))].map((file) =>
    file.startsWith("/") ? relative(root, file) : file,
  );
  const heavy = files.filter((file) =>
    /^chevrotain|^grammar\/(parse|parser|scanner|tokens)|^compiler\/(compile|check\/|lower)/.test(file),
  );
  assert.equal(heavy, []);
});

test.run();
