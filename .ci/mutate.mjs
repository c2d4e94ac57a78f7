// Looks at recovery from errors: changes valid c4m files in one place and counts how often that gives one error on the line of the change
// (`language.md` 8.2). A tool for those who work on grammar and checker, not a test: some changes are no mistakes, and of some nobody can say where they are.
// Usage: node .ci/mutate.mjs [--kind NAME,...] [--each N] [--show N] [--seed N] [PATH ...]
//   PATH: files or folders (default: configs and test/conformance/language); --each: changes of a kind per file (8); --show: examples of each failure (3)
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { root, transpile } from "./transpile.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kind: { type: "string" }, each: { type: "string" }, show: { type: "string" }, seed: { type: "string" } },
});
const each = Number(values.each ?? 8);
const show = Number(values.show ?? 3);
const out = await transpile();
const load = (path) => import(pathToFileURL(join(out, path)).href);
const { compileSource, createContext } = await load("compiler/compile.js");
const { sourceFromText } = await load("grammar/source.js");
const { builtins } = await load("runtime/builtins/index.js");
const { scan } = await load("grammar/scanner.js");
const { Problems } = await load("grammar/problems.js");

let state = Number(values.seed ?? 1);
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];
function shuffled(list) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

const tokens = [")", "}", "]", "(", "{", "[", "=", ":", ":=", ",", ".", "x", "5", '"s"', "if", "+", "==", "not", "func", "return", ";"];
const operators = ["=", ":", ":=", "==", "!=", "+=", "=>", "->", "=<", "===", ";", "++", "&", "|", "<-", "::", "-", ","];
const foreign = { elif: "else if", true: "TRUE", false: "FALSE", and: "&", or: "|", "!=": "<>", "==": "===", ":=": "=:", func: "function", for: "foreach", "}": "end", "{": "then", "=": "=>", else: "otherwise" };
const isBracket = (token) => /^[()[\]{}]$/.test(token.image);
const replaced = (token, text) => [token.startOffset, token.end, text];
const behind = (token, text) => [token.end, token.end, text];
const before = (token, text) => [token.startOffset, token.startOffset, text];
function misspelled(word) {
  if (word.length < 3) return word + word.at(-1);
  const i = 1 + Math.floor(random() * (word.length - 2));
  return word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2);
}
const string = (quotes) => (text, token) => text.startsWith(quotes, token.startOffset) && text.slice(token.startOffset, token.end).split('"').length === 2 * quotes.length + 1;
const one = string('"');
const three = string('"""');
const keyword = /^(if|elif|else|for|from|to|func|return|break|continue|var|export|enum|and|or|not|is|true|false)$/;

/** Each kind of change: start, end and replacement of what it does to a token; nothing if it cannot be done to this one. */
const kinds = {
  deletion: (_, token) => replaced(token, ""),
  duplication: (text, token) => behind(token, ` ${text.slice(token.startOffset, token.end)}`),
  replacement: (_, token) => replaced(token, ` ${pick(tokens)} `),
  insertion: (_, token) => before(token, ` ${pick(tokens)} `),
  character: (_, token) => before(token, pick([..."@?^&|\\é'\"`$"])),
  closingQuote: (text, token) => one(text, token) && [token.end - 1, token.end, ""],
  openingQuote: (text, token) => one(text, token) && [token.startOffset, token.startOffset + 1, ""],
  closingQuotes: (text, token) => three(text, token) && [token.end - 3, token.end, ""],
  openingQuotes: (text, token) => three(text, token) && [token.startOffset, token.startOffset + 3, ""],
  bracketMissing: (_, token) => isBracket(token) && replaced(token, ""),
  bracketWrong: (_, token) => isBracket(token) && replaced(token, pick([..."()[]{}"].filter((other) => other !== token.image))),
  bracketTwice: (_, token) => isBracket(token) && behind(token, token.image),
  keyword: (_, token) => keyword.test(token.image) && replaced(token, misspelled(token.image)),
  name: (_, token) => token.tokenType.name === "Identifier" && replaced(token, misspelled(token.image)),
  operator: (_, token) => /^[=:<>!+\-*/%,.]+$/.test(token.image) && replaced(token, pick(operators.filter((other) => other !== token.image))),
  value: (_, token) => /Literal$/.test(token.tokenType.name) && replaced(token, pick(["5", "1.5", '"s"', "true", "[1]", '{"a": 1}', "<<1 h>>", "'c'", "(1, 2)"])),
  foreign: (_, token) => foreign[token.image] !== undefined && replaced(token, ` ${foreign[token.image]} `),
};

const errorsOf = (text) => compileSource(sourceFromText("x.c4m", text), createContext(builtins)).diagnostics.filter((d) => d.severity === "error");
const lineAt = (text, offset) => text.slice(0, offset).split("\n").length;
const walk = (path) => (statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => walk(join(path, name))) : [path]);
const paths = positionals.length > 0 ? positionals : [join(root, "configs"), join(root, "test/conformance/language")];
const files = paths.flatMap(walk).filter((path) => /\.(c4m|c42spec)$/.test(path));
const wanted = Object.entries(kinds).filter(([name]) => values.kind === undefined || values.kind.split(",").includes(name));
const table = new Map(wanted.map(([name]) => [name, { changes: 0, valid: 0, one: 0, more: 0, elsewhere: 0, slow: 0 }]));
const examples = [];

for (const file of files) {
  const text = readFileSync(file, "utf8");
  if (text.includes("\r") || errorsOf(text).length > 0) continue;
  const source = sourceFromText(file, text);
  const found = scan(source.text, new Problems(source)).tokens.all().filter((token) => token.end > token.startOffset);
  for (const [kind, change] of wanted) {
    const counts = table.get(kind);
    let left = each;
    for (const token of shuffled(found)) {
      const edit = left > 0 && change(text, token);
      if (!edit) continue;
      left--;
      const [start, end, replacement] = edit;
      const changed = text.slice(0, start) + replacement + text.slice(end);
      if (changed === text) continue;
      const began = performance.now();
      const errors = errorsOf(changed);
      counts.changes++;
      if (performance.now() - began > 1000) counts.slow++;
      const line = lineAt(text, start);
      const isElsewhere = errors.length > 0 && errors[0].location.line !== line;
      if (errors.length === 0) counts.valid++;
      else if (errors.length === 1) counts.one++;
      else counts.more++;
      if (isElsewhere) counts.elsewhere++;
      if (errors.length > 1 || isElsewhere) examples.push({ kind, file, line, edit, text, changed, errors });
    }
  }
}

console.log(`${"change".padEnd(16)}${["changes", "valid", "one", "more", "elsewhere", "slow"].map((title) => title.padStart(11)).join("")}`);
for (const [kind, counts] of table) console.log(kind.padEnd(16) + Object.values(counts).map((count) => String(count).padStart(11)).join(""));
for (const [kind] of table) {
  for (const { file, line, edit, text, changed, errors } of shuffled(examples.filter((example) => example.kind === kind)).slice(0, show)) {
    console.log(`\n${kind}: ${file}:${line}: ${JSON.stringify(text.slice(edit[0], edit[1]))} -> ${JSON.stringify(edit[2])}`);
    for (const [index, content] of changed.split("\n").entries()) if (Math.abs(index + 1 - line) < 3) console.log(`  ${String(index + 1).padStart(5)} | ${content}`);
    for (const error of errors.slice(0, 5)) console.log(`  ${error.code} ${error.location.line}:${error.location.col} ${error.message}`);
  }
}
