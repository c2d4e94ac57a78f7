/**
 * Bytes and broken programs: whatever the text, the outcome is a list of diagnostics with places inside of the file. Nothing is thrown, nothing hangs, and
 * no failure is an internal one.
 */
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { articles } from "../../compiler/articles.js";
import { catalogue } from "../../grammar/catalogue.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { decodeSource } from "../../grammar/source.js";
import { createMemoryHost } from "../../runtime/host/memory-host.js";
import { pureHashing } from "../../runtime/host/pure-hashing.js";
import { evaluateText, formatText, hasErrors, renderDiagnostics } from "../../runtime/library.js";
import { ConfigStack } from "../../runtime/stack/stack.js";
import { commandLineOf, readLine } from "./command-line.js";
import { runs } from "./settings.js";

const folder = "test/conformance/language";
const seeds = readdirSync(folder)
  .filter((name) => name.endsWith(".c4m"))
  .map((name) => readFileSync(`${folder}/${name}`));
/** What ships, and the examples of the articles: other habits than those of the corpus. */
const shipped = readdirSync("configs")
  .filter((name) => /\.c4m$/.test(name))
  .map((name) => readFileSync(`configs/${name}`));
const examples = [...articles.values()]
  .flatMap(({ wrong, right }) => [wrong, right])
  .flatMap(({ config = [] }) => config)
  .map((text) => Buffer.from(text));
const schemaFolder = "test/conformance/schema";
const schemas = readdirSync(schemaFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => readFileSync(`${schemaFolder}/${entry.name}/spec.c42spec`, "utf8"));

const limits = { maxSteps: 20_000, maxTime: 500 };

function checkDiagnostics(diagnostics: readonly Diagnostic[], text: string): void {
  const lines = text.split("\n").length;
  for (const d of diagnostics) {
    assert.ok(d.code in catalogue, d.code);
    assert.not.match(d.message, /internal failure|undefined|\[object/, `${d.code} ${d.message}\n${JSON.stringify(text)}`);
    if (d.location === undefined || d.location.file !== "config.c4m") continue;
    assert.ok(
      d.location.line >= 1 && d.location.line <= lines + 1 && d.location.col >= 1,
      `${d.code} is at ${d.location.line}:${d.location.col}`,
    );
    assert.ok(d.location.endLine > d.location.line || d.location.endCol >= d.location.col, `${d.code} ends before it begins`);
  }
}

/** Runs bytes as a configuration and looks at everything that can be seen. */
async function survive(bytes: Uint8Array): Promise<void> {
  const { source, diagnostics } = decodeSource("config.c4m", bytes);
  const host = createMemoryHost({ hashing: pureHashing, home: "/home/me", cwd: "/" });
  const stack = new ConfigStack({ host, output: () => {}, limits, policy: "trial" });
  const result = await stack.run(source, "all", diagnostics);
  checkDiagnostics(result.diagnostics, source.text);
  renderDiagnostics(result.diagnostics, { name: "config.c4m", text: source.text }, { color: true, width: 80 });
  const formatted = formatText(source.text);
  if (!hasErrors(formatted.diagnostics)) assert.is(formatText(formatted.text).text, formatted.text, JSON.stringify(source.text));
}

test("random bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (bytes) => survive(bytes)),
    runs(300),
  );
});

const pieces = [
  ..."abx_$ \n\t;,.:=+-*/%<>!&|(){}[]`~'\"\\#0159é\u0000\r",
  ..."if elif else for from to func var enum export return break continue use parameter true false and or not is result".split(
    " ",
  ),
  ...'int string list dict tuple typespec list[int] func() -> := == != <= >= && || << >> """ /* */ // <<5min>> 10.0.0.1 1e9 0.5 1.2.3 12:30:00'.split(
    " ",
  ),
  ..."len echo split attr_get parse_json format keys \"text\" 'c' \\u20ac x.y a.b.c f(x) {1:2} [1,2] (1,2)".split(" "),
];

test("random tokens", async () => {
  const text = fc
    .array(fc.constantFrom(...pieces), { maxLength: 60 })
    .chain((words) => fc.constantFrom(" ", "", "\n").map((by) => words.join(by)));
  await fc.assert(
    fc.asyncProperty(text, (program) => survive(new TextEncoder().encode(program))),
    runs(1500),
  );
});

/** Deletes, repeats, replaces or moves a piece of a file, a few times. */
const mutation = fc.record({
  kind: fc.constantFrom("delete", "repeat", "insert", "swap", "truncate"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 12 }),
  piece: fc.constantFrom(...pieces),
});

interface Mutation {
  readonly kind: string;
  readonly at: number;
  readonly to: number;
  readonly length: number;
  readonly piece: string;
}

function mutate(text: string, changes: readonly Mutation[]): string {
  let result = text;
  for (const { kind, at, to, length, piece } of changes) {
    const start = Math.floor(at * result.length);
    const end = Math.min(result.length, start + length);
    const taken = result.slice(start, end);
    const without = result.slice(0, start) + result.slice(end);
    const place = Math.floor(to * without.length);
    if (kind === "delete") result = without;
    else if (kind === "repeat") result = result.slice(0, end) + taken.repeat(3) + result.slice(end);
    else if (kind === "insert") result = result.slice(0, start) + piece + result.slice(start);
    else if (kind === "swap") result = without.slice(0, place) + taken + without.slice(place);
    else result = result.slice(0, start);
  }
  return result;
}

test("mutations of programs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 4 }), (seed, changes) =>
      survive(new TextEncoder().encode(mutate(seed.toString("utf8"), changes))),
    ),
    runs(2000),
  );
});

test("mutations of examples", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...examples), fc.array(mutation, { minLength: 1, maxLength: 3 }), (seed, changes) =>
      survive(new TextEncoder().encode(mutate(seed.toString("utf8"), changes))),
    ),
    runs(1000),
  );
});

test("mutations of shipped configurations", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...shipped), fc.array(mutation, { minLength: 1, maxLength: 4 }), (seed, changes) =>
      survive(new TextEncoder().encode(mutate(seed.toString("utf8"), changes))),
    ),
    runs(60),
  );
});

test("mutations of schemas", async () => {
  const configs = ["\n", "a: 1\n", "x y { a: 1 }\n"];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...schemas),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...configs),
      async (seed, changes, config) => {
        const schema = mutate(seed, changes);
        const { diagnostics } = await evaluateText(config, { schema, limits });
        checkDiagnostics(
          diagnostics.filter((d) => d.location?.file === "config.c4m"),
          config,
        );
        assert.ok(
          diagnostics.every((d) => !/internal failure/.test(d.message)),
          schema,
        );
      },
    ),
    runs(500),
  );
});

test("any command line against a specification", async () => {
  const { stack, spec } = await commandLineOf();
  const word = fc.oneof(
    fc.constantFrom(
      "copy",
      "list",
      "help",
      "--",
      "-",
      "",
      "--verbose",
      "-v",
      "-vx",
      "--mode",
      "--mode=fast",
      "--mode=",
      "=",
      ":",
      "--color:never",
      "--show",
      "name,size,",
      "-vm",
    ),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
      for (const d of readLine(stack, spec, argv)) {
        assert.match(d.code, /^C4M-G0/);
        assert.ok(d.message !== "");
      }
    }),
    runs(2000),
  );
});

test.run();
