/** The formatter: round trip and idempotence over every program that parses, and its style. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasErrors } from "../../grammar/diagnostic.js";
import { parse } from "../../grammar/parse.js";
import { print } from "../../grammar/print.js";
import { decodeSource, sourceFromText } from "../../grammar/source.js";
import { filesBelow, shape } from "./helpers.js";

function format(text: string): string {
  const source = sourceFromText("test.c4m", text);
  return print(parse(source).ast, source);
}

const programs = [join(process.cwd(), "test/conformance"), join(process.cwd(), "configs")].flatMap((folder) => {
  try {
    return filesBelow(folder, [".c4m", ".c42spec"]);
  } catch {
    return [];
  }
});

test("parsing a formatted program gives the same tree, formatting it again the same text", () => {
  let count = 0;
  for (const path of programs) {
    const { source } = decodeSource(path, readFileSync(path));
    const before = parse(source);
    if (hasErrors(before.diagnostics)) continue;
    const text = print(before.ast, source);
    const again = sourceFromText(path, text);
    const after = parse(again);
    assert.equal(
      after.diagnostics.filter((d) => d.severity === "error").map((d) => d.message),
      [],
      `${path}\n${text}`,
    );
    assert.equal(shape(after.ast), shape(before.ast), path);
    assert.is(print(after.ast, again), text, path);
    count++;
  }
  assert.ok(count > 300, `${count} programs`);
});

/** Text before and after formatting. */
const styles: readonly (readonly [title: string, before: string, after: string])[] = [
  ["indentation and one statement per line", "a{b=1;c:2}", "a {\n  b = 1\n  c: 2\n}\n"],
  ["a block of one simple statement stays on its line", "if x {y=1}", "if x { y = 1 }\n"],
  ["empty blocks", "a {\n\n}", "a {}\n"],
  ["blank lines collapse", "\n\na = 1\n\n\n\nb = 2\n\n", "a = 1\n\nb = 2\n"],
  [
    "own-line comments stay before what follows",
    "a {\n    # why\n    b = 1\n    # end\n}",
    "a {\n  # why\n  b = 1\n  # end\n}\n",
  ],
  ["trailing comments stay behind", "a = 1     # one\nb = 2 // two", "a = 1  # one\nb = 2  // two\n"],
  ["comments behind an opening brace", "a { # here\n b = 1\n}", "a {  # here\n  b = 1\n}\n"],
  ["comments inside an expression move up", "a = 1 + # why\n 2", "# why\na = 1 + 2\n"],
  [
    "short lists are joined unless the first item has its own line",
    "a = [1,\n 2]\nb = [\n1,2]",
    "a = [1, 2]\nb = [\n  1,\n  2,\n]\n",
  ],
  ["comments in lists", "a = [\n1, # one\n# two\n2\n]", "a = [\n  1,  # one\n  # two\n  2,\n]\n"],
  [
    "branches",
    "if a {\nx=1\n}\nelif b {\nx=2\n}\n# else\nelse {\nx=3\n}",
    "if a {\n  x = 1\n} elif b {\n  x = 2\n}\n# else\nelse {\n  x = 3\n}\n",
  ],
  ["operators as written", "a = not(x and y)||z", "a = not (x and y) || z\n"],
  [
    "types",
    "var a,b:dict[string,int],c:(int,*string)->bool||int",
    "var a, b: dict[string, int], c: (int, *string) -> bool or int\n",
  ],
  ["strings as written", 'a = "x" +\n "y"', 'a = "x" +\n "y"\n'],
  ["a name before a dict stays a statement of its own", "x; {}", "x\n;\n{}\n"],
  ["parameters", 'parameter a.b{default:=1\ndoc="x"}', 'parameter a.b {\n  default := 1\n  doc = "x"\n}\n'],
  ["chains of calls", "a.b( 1 ).c [ 0 ].d()", "a.b(1).c[0].d()\n"],
];

for (const [title, before, after] of styles)
  test(title, () => {
    assert.is(format(before), after);
    assert.is(format(after), after);
  });

test("long lines break where they were broken", () => {
  const items = Array.from({ length: 12 }, (_, i) => `"item number ${i}"`);
  const text = format(`a = f(${items.join(",\n")})`);
  assert.is(text.split("\n").length, 15);
  assert.is(format(text), text);
});

test("long chains do not exhaust the stack", () => {
  const chain = `a = ${Array(20_000).fill("1").join(" + ")}\nb = x${".f()".repeat(20_000)}\n`;
  assert.is(format(chain), chain);
});

test.run();
