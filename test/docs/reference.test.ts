/** The generated documentation is that of the sources: `npm run docs` would change nothing. Its links lead somewhere. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { catalogue } from "../../grammar/catalogue.js";
import { builtins } from "../../runtime/builtins/index.js";
import { createHost } from "../../runtime/host/create.js";
import { anchor } from "../../runtime/reference/markdown/markdown.js";
import { referencePages } from "../../runtime/reference/markdown/pages.js";
import { prepareShipped } from "../../runtime/shipped/prepare.js";
import { toolCodes } from "../../runtime/tool-codes.js";
import { listFields } from "../../runtime/validate/describe.js";

const root = process.cwd();
const prepared = prepareShipped(join(root, "configs"), "0.0.0", createHost());
const pages = referencePages({
  store: prepared.runtime.store,
  schema: prepared.schema.schema,
  commandLine: prepared.contents.commandLine,
});

for (const [name, text] of pages)
  test(`docs/${name} is up to date`, () => {
    const present = readFileSync(join(root, "docs", name), "utf8");
    // Not assert.is: its difference of large texts takes minutes.
    if (present !== text) {
      const [old, now] = [present.split("\n"), text.split("\n")];
      const line = now.findIndex((one, i) => one !== old[i]);
      throw new Error(`docs/${name}:${line + 1} is out of date; run npm run docs\nthere: ${old[line]}\nnow:   ${now[line]}`);
    }
  });

/** Lines outside of code blocks. */
function prose(text: string): string[] {
  let fence = "";
  return text.split("\n").filter((line) => {
    const mark = /^(`{3,})/.exec(line)?.[1];
    if (fence !== "") {
      if (mark === fence) fence = "";
      return false;
    }
    if (mark === undefined) return true;
    fence = mark;
    return false;
  });
}

test("links between pages lead to headings", () => {
  const headings = new Map(
    [...pages].map(
      ([name, text]) =>
        [name, new Set(prose(text).flatMap((line) => (/^#+ /.test(line) ? [anchor(line.replace(/^#+ /, ""))] : [])))] as const,
    ),
  );
  const broken: string[] = [];
  for (const [name, text] of pages) {
    for (const [, target = ""] of prose(text)
      .join("\n")
      .matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = "", heading] = target.split("#");
      const page = file === "" ? name : join(dirname(name), file);
      if (!headings.has(page) || (heading !== undefined && !headings.get(page)?.has(heading))) broken.push(`${name}: ${target}`);
    }
  }
  assert.equal(broken, []);
});

test("every table has as many cells in each row as in its head", () => {
  const wrong: string[] = [];
  for (const [name, text] of pages) {
    let cells = 0;
    for (const line of prose(text)) {
      if (!line.startsWith("| ")) {
        if (!line.startsWith("|--")) cells = 0;
        continue;
      }
      const count = line.replaceAll("\\|", "").split("|").length;
      if (cells === 0) cells = count;
      else if (count !== cells) wrong.push(`${name}: ${line.slice(0, 80)}`);
    }
  }
  assert.equal(wrong, []);
});

test("nothing is missing", () => {
  const page = (name: string): string => pages.get(name) as string;
  for (const code of [...Object.keys(catalogue), ...Object.keys(toolCodes)])
    assert.ok(page("errors.md").includes(`\n### ${code}\n`), code);
  for (const { name, hidden, path } of listFields(prepared.schema.schema))
    if (!hidden && !path.includes("getopts")) assert.ok(page("reference/settings.md").includes(`| \`${name}\` |`), path);
  for (const { name } of builtins) assert.ok(page("reference/builtins.md").includes(name), name);
  assert.is(page("reference/keys.md").split("\n#### ").length, 542);
});

test.run();
