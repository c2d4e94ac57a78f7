/**
 * Runs every program of `docs/language.md`. Fences:
 *
 * | fence | means |
 * |---|---|
 * | `c4m` | a program, run in a context of its own |
 * | `c4m then` | runs after the program before, in the same context |
 * | `c4m schema` | a schema for the next program |
 * | `c4m component NAME` | a component beside the next program |
 * | `json` | the tree of attributes after the program before |
 * | `text` | what the program before prints |
 * | `error` | everything reported about the program before, `CODE LINE` a line; without it nothing may be reported |
 *
 * Fences of other kinds are not looked at.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluateText, type SourceText } from "../../runtime/library.js";

interface Program {
  readonly line: number;
  readonly files: SourceText[];
  readonly components: Record<string, string>;
  schema: string | undefined;
  json?: string;
  text?: string;
  error?: string;
}

function programs(markdown: string): Program[] {
  const found: Program[] = [];
  let components: Record<string, string> = {};
  let schema: string | undefined;
  const lines = markdown.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w+)?(?: (.*))?$/.exec(lines[i] as string);
    if (fence === null) continue;
    const start = i + 1;
    while (lines[++i] !== "```") if (i >= lines.length) throw new Error(`the block at line ${start} is not closed`);
    const body = `${lines.slice(start, i).join("\n")}\n`;
    const [, kind, option] = fence;
    const last = found.at(-1);
    if (kind === "c4m") {
      if (option === "schema") schema = body;
      else if (option?.startsWith("component ")) components[`${option.slice("component ".length)}.c4m`] = body;
      else if (option === "then") last?.files.push({ name: `${last.files.length + 1}.c4m`, text: body });
      else {
        found.push({ line: start, files: [{ name: "1.c4m", text: body }], components, schema });
        components = {};
        schema = undefined;
      }
    } else if ((kind === "json" || kind === "text" || kind === "error") && last !== undefined) {
      assert.is(last[kind], undefined, `two ${kind} blocks for the program at line ${last.line}`);
      last[kind] = body;
    }
  }
  return found;
}

const guide = programs(readFileSync("docs/language.md", "utf8"));

test("the guide has programs of all kinds", () => {
  assert.ok(guide.length > 60, String(guide.length));
  for (const kind of ["json", "text", "error", "schema"] as const) assert.ok(guide.some((p) => p[kind] !== undefined));
});

for (const program of guide) {
  test(`docs/language.md line ${program.line}`, async () => {
    const result = await evaluateText(program.files, {
      files: program.components,
      environment: { HOME: "/home/me", SCAN_DIRS: "/srv:/opt" },
      ...(program.schema === undefined ? {} : { schema: program.schema }),
    });
    const many = program.files.length > 1;
    const place = (file: string | undefined) => (many || file !== "1.c4m" ? `${file}:` : "");
    const found = result.diagnostics.map((d) => `${d.code} ${place(d.location?.file)}${d.location?.line}\n`).join("");
    assert.is(found, program.error ?? "", result.diagnostics.map((d) => d.message).join("; "));
    if (program.json !== undefined) assert.equal(JSON.parse(result.json), JSON.parse(program.json));
    if (program.text !== undefined) assert.is(result.output, program.text);
    else if (program.json !== undefined) assert.is(result.output, "");
  });
}

test.run();
