/** The grammar as a whole: Chevrotain finds it well-formed, nesting up to the limit fits the stack, and light modules stay light. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Parser } from "../../grammar/parser.js";
import { problems } from "./helpers.js";

/** Opening and closing part of one level, what stands around and inside. */
const nestings: readonly (readonly [open: string, close: string, before?: string, inside?: string])[] = [
  ["(", ")", "x = ", "1"],
  ["1 + (", ")", "x = ", "1"],
  ["(1, ", ")", "x = ", "1"],
  ["f(", ")", "x = ", "1"],
  ["a.f(1, ", ")", "x = ", "1"],
  ["x[", "]", "x = ", "1"],
  ["[1, ", "]", "x = ", "1"],
  ["{1: ", "}", "x = ", "1"],
  ["not ", "", "x = ", "y"],
  ["list[", "]", "var x: ", "int"],
  ["dict[int, ", "]", "x = ", "int"],
  ["(int, ", ")", "var x: ", "int"],
  ["func (", ")", "x = ", "int"],
  ["() -> ", "", "var x: ", "int"],
  ["a {", "}"],
  ["a b {", "}"],
  ["if x {", "}"],
  ["if x { } elif y {", "}"],
  ["if x { } else {", "}"],
  ["for i from 0 to 1 {", "}"],
];

for (const [open, close, before = "", inside = ""] of nestings)
  test(`500 levels of ${open}${close}, and no more`, () => {
    const nested = (levels: number): string => before + open.repeat(levels) + inside + close.repeat(levels);
    assert.is(problems(nested(500)), "");
    for (const levels of [501, 10_000]) assert.ok(/^P038 \d+:\d+$/.test(problems(nested(levels))), problems(nested(levels)));
  });

/** The parser with Chevrotain's class under its rules, where the one that we ship has none. */
async function recordingParser(): Promise<typeof Parser> {
  const root = process.cwd();
  const folder = join(root, "build", `recording-${process.pid}`);
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "parser.mjs");
  const engine = join(root, "test/grammar/recording-engine.ts");
  const plugin: Plugin = {
    name: "recording",
    setup: ({ onResolve }) => onResolve({ filter: /\/engine\.js$/ }, () => ({ path: engine })),
  };
  const entryPoints = [join(root, "grammar/parser.ts")];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["chevrotain"],
    plugins: [plugin],
  });
  return ((await import(pathToFileURL(outfile).href)) as { Parser: typeof Parser }).Parser;
}

test("Chevrotain finds the grammar well-formed", async () => {
  const Recording = await recordingParser();
  assert.ok(Object.keys(new Recording(true).getGAstProductions()).length > 40);
});

test("no module loads Chevrotain", () => {
  for (const name of readdirSync(join(process.cwd(), "grammar"))) {
    const text = readFileSync(join(process.cwd(), "grammar", name), "utf8").replace(/^import type .*$/gm, "");
    assert.not.match(text, /from "chevrotain"/, name);
  }
});

test("light modules don't load the parser", () => {
  const root = join(process.cwd(), "grammar");
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, "utf8").replace(/^import type .*$/gm, "");
    for (const [, specifier] of text.matchAll(/from "([^"]+)"/g)) {
      assert.not.match(specifier as string, /\/(parser|scanner|tokens)/, file);
      const path = join(dirname(file), (specifier as string).replace(/\.js$/, ".ts"));
      if (existsSync(path)) visit(path);
    }
  };
  for (const entry of ["index.ts", "print.ts", "type-text.ts", "domains.ts", "source.ts"]) visit(join(root, entry));
  assert.ok(seen.size > 8);
});

test.run();
