/** Diagnostics as text, JSON, SARIF and GitHub annotations (`diagnostics.md` 1). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../../grammar/diagnostic.js";
import { displayWidth, renderGithub, renderJson, renderSarif, renderText, summary } from "../../../runtime/render/index.js";

const at = (line: number, col: number, endCol: number, endLine = line, file = "a.c4m") => ({ file, line, col, endLine, endCol });
const problem = (over: Partial<Diagnostic> = {}): Diagnostic => ({
  code: "C4M-T001",
  severity: "error",
  phase: "check",
  message: "wrong type",
  location: at(1, 5, 8),
  ...over,
});
const text = (source: string, over: Partial<Diagnostic> = {}, options = {}) => renderText([problem(over)], () => source, options);

test("head, source line, carets, note, hint, schema", () => {
  const shown = text("x = abc\nabc = 1\n", {
    notes: [{ message: "first set here", location: at(2, 1, 4) }, { message: "no place" }],
    hint: "write 1",
    schema: { file: "chalk.c42spec", line: 7 },
  });
  assert.is(
    shown,
    "a.c4m:1:5: error[C4M-T001]: wrong type\n  x = abc\n      ^^^\na.c4m:2:1: note: first set here\n  abc = 1\n  ^^^\nnote: no place\nhint: write 1\nschema: chalk.c42spec:7\n",
  );
});

test("without a place or a source only the head is shown", () => {
  assert.is(
    renderText([problem({ location: undefined })], () => undefined),
    "error[C4M-T001]: wrong type\n",
  );
  assert.is(
    renderText([problem()], () => undefined),
    "a.c4m:1:5: error[C4M-T001]: wrong type\n",
  );
  assert.is(
    renderText([problem({ location: at(9, 1, 2) })], () => "one line"),
    "a.c4m:9:1: error[C4M-T001]: wrong type\n",
  );
  assert.is(
    renderText([], () => undefined),
    "",
  );
});

const lines = (shown: string) => shown.split("\n").slice(1, 3);

test("carets stand under tabs, wide and combining characters, emoji", () => {
  assert.equal(lines(text("\tx = abc", { location: at(1, 6, 9) })), ["      x = abc", "          ^^^"]);
  assert.equal(lines(text("日本 = abc", { location: at(1, 6, 9) })), ["  日本 = abc", "         ^^^"]);
  assert.equal(lines(text("日本 = 1", { location: at(1, 1, 3) })), ["  日本 = 1", "  ^^^^"]);
  assert.equal(lines(text("e\u0301 = abc", { location: at(1, 6, 9) })), ["  e\u0301 = abc", "      ^^^"]);
  assert.equal(lines(text("😀 = abc", { location: at(1, 5, 8) })), ["  😀 = abc", "       ^^^"]);
});

test("at the end of a line, past it, over several lines, and nothing at all", () => {
  assert.is(lines(text("abc", { location: at(1, 4, 4) }))[1], "     ^");
  assert.is(lines(text("abc", { location: at(1, 9, 12) }))[1], "     ^");
  assert.is(lines(text("if x {\ny\n}", { location: at(1, 4, 2, 3) }))[1], "     ^^^");
  assert.is(lines(text("abc\r\n", { location: at(1, 1, 4) }))[0], "  abc");
});

test("long lines are cut around the carets", () => {
  const source = `${"x".repeat(200)}BAD${"y".repeat(200)}`;
  const [line, carets] = lines(text(source, { location: at(1, 201, 204) }, { width: 60 })) as [string, string];
  assert.ok(displayWidth(line) <= 60);
  assert.is(line.indexOf("BAD"), carets.indexOf("^^^"));
  assert.ok(line.startsWith("  …") && line.endsWith("…"));
  const wide = `${"日".repeat(100)}BAD${"日".repeat(100)}`;
  const cut = lines(text(wide, { location: at(1, 101, 104) }, { width: 60 })) as [string, string];
  assert.ok(displayWidth(cut[0]) <= 60, cut[0]);
  assert.is(displayWidth(cut[0].slice(0, cut[0].indexOf("BAD"))), cut[1].indexOf("^^^"));
});

test("no escape sequence of a source or message reaches the terminal; colour only on demand", () => {
  const hostile = text("x = \x1b[31mabc", { message: "bad \x1b]0;t\x07" });
  assert.not.ok(hostile.includes("\x1b"));
  assert.ok(text("x = abc", {}, { color: true }).includes("\x1b[31m"));
});

test("width of text", () => {
  assert.is(displayWidth("abc"), 3);
  assert.is(displayWidth("日本語"), 6);
  assert.is(displayWidth("👩‍👩‍👧"), 2);
  assert.is(displayWidth("🇩🇪"), 2);
  assert.is(displayWidth("한국"), 4);
  assert.is(displayWidth("e\u0301"), 1);
  assert.is(displayWidth("\ta"), 5);
});

test("summary", () => {
  assert.is(summary([]), "no problems");
  assert.is(summary([problem(), problem(), problem({ severity: "warning" })]), "2 errors, 1 warning");
  assert.is(summary([problem({ severity: "note" })]), "1 note");
});

test("JSON records have exactly the members of the chapter", () => {
  const full = problem({
    notes: [{ message: "n", location: at(2, 1, 2) }],
    hint: "h",
    fix: { location: at(1, 1, 2), text: "t" },
    path: "",
    kind: "k",
    expected: "int",
    actual: "string",
    suggestions: ["a"],
    schema: { file: "s", line: 1 },
  });
  assert.equal(JSON.parse(renderJson([full])), [
    {
      code: "C4M-T001",
      severity: "error",
      phase: "check",
      message: "wrong type",
      file: "a.c4m",
      line: 1,
      col: 5,
      endLine: 1,
      endCol: 8,
      notes: [{ message: "n", file: "a.c4m", line: 2, col: 1 }],
      hint: "h",
      fix: { file: "a.c4m", line: 1, col: 1, endLine: 1, endCol: 2, text: "t" },
      path: "",
      kind: "k",
      expected: "int",
      actual: "string",
      suggestions: ["a"],
      schema: { file: "s", line: 1 },
    },
  ]);
  assert.equal(Object.keys(JSON.parse(renderJson([problem({ location: undefined, notes: [] })]))[0]), [
    "code",
    "severity",
    "phase",
    "message",
  ]);
});

test("SARIF", () => {
  const log = JSON.parse(
    renderSarif([problem({ notes: [{ message: "n", location: at(2, 1, 2) }] }), problem({ severity: "warning" })], "1.0"),
  );
  assert.is(log.version, "2.1.0");
  const run = log.runs[0];
  assert.equal(
    run.tool.driver.rules.map((r: { id: string }) => r.id),
    ["C4M-T001"],
  );
  assert.is(run.results.length, 2);
  assert.equal(run.results[0].locations[0].physicalLocation, {
    artifactLocation: { uri: "a.c4m" },
    region: { startLine: 1, startColumn: 5, endLine: 1, endColumn: 8 },
  });
  assert.is(run.results[0].relatedLocations[0].message.text, "n");
  assert.is(run.results[1].level, "warning");
  assert.ok(renderSarif([problem({ location: at(1, 1, 2, 1, "/x y/a.c4m") })], "1").includes("file:///x%20y/a.c4m"));
});

test("GitHub annotations", () => {
  assert.is(
    renderGithub([problem({ message: "50% of\nit", location: at(1, 5, 8, 1, "a,b:c.c4m") })]),
    "::error file=a%2Cb%3Ac.c4m,line=1,endLine=1,col=5,endColumn=8,title=C4M-T001::50%25 of%0Ait\n",
  );
  assert.is(renderGithub([problem({ severity: "note", location: undefined })]), "::notice title=C4M-T001::wrong type\n");
});

test.run();
