/** The library as its users call it, and as a bundle in a place without any system. */
import { join } from "node:path";
import { createContext as createPlace, runInContext } from "node:vm";
import { build } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as library from "../../runtime/library.js";

const { checkText, compile, evaluateText, formatText, parse, print, renderDiagnostics } = library;

test("a configuration becomes plain data", async () => {
  const { ok, attributes, output, diagnostics } = await evaluateText(`
    level: 3
    ratio: 2.0
    server web {
      ports: [80, 443]
      limits: {"cpu": 2}
      wait: <<2 min>>
    }
    echo("ready")
  `);
  assert.ok(ok);
  assert.equal(diagnostics, []);
  assert.is(output, "ready\n");
  assert.equal(attributes, {
    level: 3,
    ratio: 2,
    server: { web: { ports: [80, 443], limits: { cpu: 2 }, wait: 120_000_000 } },
  });
});

test("large integers keep their digits", async () => {
  const { attributes, json } = await evaluateText("big: high()\nsafe: 9007199254740991\n");
  assert.equal(attributes, { big: 9223372036854775807n, safe: 9007199254740991 });
  assert.match(json, /"big": 9223372036854775807/);
});

test("a member called __proto__ is a member like any other", async () => {
  const { attributes } = await evaluateText('d: {"__proto__": 1}\n');
  assert.equal(Object.entries(attributes.d as object), [["__proto__", 1]]);
});

test("types are told on request", async () => {
  const { typed } = await evaluateText('names: ["a"]\n');
  assert.equal(typed, { names: { type: "list[string]", value: ["a"] } });
});

test("several files share one context; an error stops the stack", async () => {
  const files = [
    { name: "base.c4m", text: "level: 1\n" },
    { name: "site.c4m", text: "level: level + 1\n" },
    { name: "bad.c4m", text: 'level: "x"\n' },
    { name: "never.c4m", text: "level: 9\n" },
  ];
  const result = await evaluateText(files);
  assert.not.ok(result.ok);
  assert.equal(result.attributes, { level: 2 });
  assert.equal(
    result.diagnostics.map((d) => `${d.location?.file} ${d.code}`),
    ["bad.c4m C4M-T002"],
  );
  assert.is(renderDiagnostics(result.diagnostics, files).split("\n").slice(1, 3).join("\n"), '  level: "x"\n         ^^^');
});

test("a schema gives defaults and verdicts", async () => {
  const schema = "root {\n  user_def_ok: false\n  field port { type: int; default: 80; range: (1, 65535) }\n}\n";
  assert.equal((await evaluateText("\n", { schema })).attributes, { port: 80 });
  const wrong = await evaluateText("port: 70000\n", { schema });
  assert.equal(
    wrong.diagnostics.map((d) => d.code),
    ["C4M-S006"],
  );
  const faulty = await evaluateText("port: 80\n", { schema: "root { }\n" });
  assert.not.ok(faulty.ok);
  assert.equal(
    faulty.diagnostics.map((d) => d.code),
    ["C4M-S102"],
  );
});

test("components, files, environment, clock and hashes come from the caller", async () => {
  const { attributes, diagnostics } = await evaluateText(
    'use ports from "lib"\nsecret: read_file("/etc/secret")\nhome: env("HOME")\ntime: now()\ndigest: sha256("abc")\n',
    {
      files: { "lib/ports.c4m": "port: 8080\n", "/etc/secret": "s3cret" },
      environment: { HOME: "/home/me" },
      now: 1000,
    },
  );
  assert.equal(diagnostics, []);
  assert.equal(attributes, {
    port: 8080,
    secret: "s3cret",
    home: "/home/me",
    time: 1000,
    digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  });
});

test("limits end runaway programs", async () => {
  const { diagnostics } = await evaluateText("for i from 0 to high() { x := i }\n", { limits: { maxSteps: 1000 } });
  assert.equal(
    diagnostics.map((d) => d.code),
    ["C4M-E022"],
  );
});

test("checking runs nothing", async () => {
  const found = await checkText('echo("never")\nabort("never")\nx: 1 + "a"\n');
  assert.equal(
    found.map((d) => `${d.code} ${d.location?.line}`),
    ["C4M-T003 3"],
  );
});

test("formatting keeps what cannot be parsed", () => {
  assert.is(formatText("a=1\n\n\n\nb   : 2").text, formatText(formatText("a=1\n\n\n\nb   : 2").text).text);
  const broken = formatText("a = = 1");
  assert.is(broken.text, "a = = 1");
  assert.ok(library.hasErrors(broken.diagnostics));
});

test("the stages are there", () => {
  const { ast, source, diagnostics } = parse("a:   1\n");
  assert.equal(diagnostics, []);
  assert.is(print(ast, source), "a: 1\n");
  assert.ok(compile("a: 1\n").module !== undefined);
  assert.is(library.findArticle("T003")?.code, "C4M-T003");
  assert.type(library.evaluate, "function");
  assert.type(library.validate, "function");
});

test("the bundle for browsers runs where there is no system", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(process.cwd(), "runtime/library.ts")],
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    globalName: "c4m",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  const reached = Object.keys(metafile.inputs);
  const outside = Object.values(metafile.inputs).flatMap((input) => input.imports.filter((i) => i.external).map((i) => i.path));
  assert.equal(outside, []);
  assert.equal(
    reached.filter((path) => path.startsWith("runtime/host/")).sort(),
    ["host", "memory-files", "memory-host", "pure-hashing"].map((name) => `runtime/host/${name}.ts`),
  );
  // What every browser has, and nothing else: no process, no Buffer, no require.
  const place = createPlace({ TextEncoder, TextDecoder, URL });
  runInContext(outputFiles[0]!.text, place);
  const program =
    'name: "web"\nloud: name.upper()\ndigest: sha512("")\nfor i from 0 to 3 { echo(i) }\nshare: parse_json("[1, 2.5]")\n';
  const result = await runInContext(`c4m.evaluateText(${JSON.stringify(program)})`, place);
  assert.equal(JSON.parse(JSON.stringify(result.attributes)).loud, "WEB");
  assert.is(result.output, "0\n1\n2\n");
  const wrong = await runInContext('c4m.evaluateText("x: 1 +")', place);
  assert.is(wrong.diagnostics[0].code, "C4M-P001");
});

test.run();
