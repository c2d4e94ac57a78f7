/**
 * Habits of other languages: what somebody who writes `else if`, `x += 1` or `path: /var/log` should write here. A table from the words around a syntax error
 * to its hint. It is looked at for errors only, and never changes what is reported or where. Names are in `foreign-names.ts`.
 */
import type { Code } from "./catalogue.js";

interface Habit {
  readonly codes: readonly string[];
  /** Matches the statement up to the error, its tokens joined by blanks; strings stand as `""`. */
  readonly before?: RegExp;
  /** Matches the token at which the error is, and some that follow on its line. */
  readonly after?: RegExp;
  readonly hint: string | ((before: string, after: string) => string);
}

/** What ends a block in other languages. */
export const foreignEnds: ReadonlySet<string> = new Set(["end", "endif", "endfor", "fi", "done"]);

/** What begins one. */
export const foreignBeginnings: ReadonlySet<string> = new Set(["then", "do", "begin"]);

const loops = "Loops count: `for i from 0 to len(items) { … items[i] … }`.";
const noSuffix = "There is no `++` or `--`: write `x := x + 1`.";
const branches = "A further branch begins with `elif`.";
const functions = "Functions are declared with `func`: `func f(x: int) { return x }`.";
const noLambda = "Functions have names: declare `func f(x) { … }` and refer to it with `func f`.";
const plainVariables = "Variables are assigned with `x := …`, attributes with `x: …`, without a word before them.";
const noLoop = "There are only counting loops: `for i from 0 to n { … }`.";
const quotes = "Texts stand in double quotes.";
const noConditional = "There are no conditional expressions: use `if … { … } else { … }`.";
const noDash = "Names have no `-`: write `_`, or quote the tag of a section.";
const comments = "Comments begin with `#` or `//`, or stand between `/*` and `*/`.";

const typeWords = "int|bool|float|string|char|str|auto";
const timeUnits = "us|ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|weeks?|y|years?";
const sizeUnits = "b|kb?|mb?|gb?|tb?|ki|mi|gi|ti|kib|mib|gib|tib|bytes?";

/** In order: the first that fits is the hint. */
const habits: readonly Habit[] = [
  // Functions.
  {
    codes: ["P003"],
    before: /^func \S+ \(.*\)$/,
    after: /^(->|:|= >)/,
    hint: "Functions have no result type; it is inferred: `func f(x: int) { return x }`.",
  },
  { codes: ["P003", "P002"], before: /^(def|function|fn|fun|sub|proc|define) \S+/, hint: functions },
  { codes: ["P032"], before: /[(,] ?\w+$/, after: /^\w/, hint: "The type stands behind the name of a parameter: `x: int`." },
  {
    codes: ["P032"],
    after: /^(=|:=)/,
    hint: "Parameters have no defaults: declare a second function, or test for an empty value.",
  },
  { codes: ["P023"], before: /(^| )func \( \w+( , \w+)*$/, after: /^[),]/, hint: noLambda },
  { codes: ["P002"], before: /(^| )(lambda|\\)$/, hint: noLambda },
  { codes: ["P002", "P001", "P005"], before: /(=|:|:=|\(|,) (\( (\w+( , \w+)* )?\)|\w+)$/, after: /^= >/, hint: noLambda },
  { codes: ["P002"], before: /^return /, after: /^,/, hint: "A tuple stands in parentheses: `return (a, b)`." },
  {
    codes: ["P032"],
    after: /^\{/,
    hint: "Parentheses stand behind the name of a function, also without parameters: `func f() { … }`.",
  },
  { codes: ["P009"], before: /^export$/, after: /^func/, hint: "Later files see functions anyway; `export` is for variables." },
  // Branches.
  { codes: ["P003"], before: /(^| )else$/, after: /^if( |$)/, hint: branches },
  { codes: ["P003", "P002", "P035"], before: /^(elseif|elsif|elsf|elif)( |$)/, hint: branches },
  { codes: ["P003"], before: /^(if|.* (elif|if)) /, after: /^=( |$)(?!=)/, hint: "Values are compared with `==`." },
  { codes: ["P005"], before: /^(if|.* (elif|if)) /, after: /^(=|:=)( |$)(?!=)/, hint: "Values are compared with `==`." },
  { codes: ["P003", "P002"], before: /^(foreach|each)( |$)/, hint: loops },
  { codes: ["P003", "P005", "P002"], after: /^(not )?in( |$)/, before: /^(?!for )/, hint: "Write `contains(items, x)`." },
  { codes: ["P003", "P005", "P002"], after: /^(AND|And|OR|Or|NOT|Not)( |$)/, hint: "The operators are `and`, `or` and `not`." },
  { codes: ["P002"], after: /^(if|unless)( |$)/, hint: noConditional },
  { codes: ["P002", "P003"], before: /^(unless)( |$)/, hint: "Write `if not (…) { … }`." },
  { codes: ["P002", "P003"], before: /^(case|when)( |$)/, hint: "There is no `switch`: use `if`, `elif` and `else`." },
  { codes: ["P002", "P003"], before: /^(switch|match)( |$)/, hint: "There is no `switch`: use `if`, `elif` and `else`." },
  {
    codes: ["P003"],
    after: /^(; )?(then|do|begin|:)( |$)/,
    hint: "Blocks stand between `{` and `}`; there is no other word for it.",
  },
  // Loops.
  { codes: ["P028"], hint: loops },
  {
    codes: ["P003"],
    before: /^for /,
    after: /^(step|by|STEP)( |$)/,
    hint: "Loops count by one: compute the value from the index.",
  },
  { codes: ["P003", "P002"], before: /^(while|until|loop|repeat|do)( |$)/, hint: noLoop },
  // Declarations and assignments.
  { codes: ["P002", "P005", "P008"], before: /\$$/, after: /^\{/, hint: 'Environment variables are read with `env("NAME")`.' },
  {
    codes: ["P023"],
    before: /^var /,
    after: /^:?=/,
    hint: "`var` only declares a type (`var x: int`); to assign, write `x := …` without `var`.",
  },
  { codes: ["P002"], before: /^var /, after: /^:?=/, hint: "`var` only declares a type: assign on a line of its own, `x := …`." },
  { codes: ["P002"], before: /^export /, after: /^:?=/, hint: "Assign first, and export the name on a line of its own." },
  { codes: ["P002"], before: /^enum /, after: /^=/, hint: "Constants are numbered from 0 in the order of their names." },
  {
    codes: ["P002"],
    before: /^enum /,
    after: /^\{/,
    hint: "The names of an enumeration stand without braces: `enum Low, Mid, High`.",
  },
  { codes: ["P023"], before: /^var /, hint: "Variables are declared with their type: `var x: int`." },
  {
    codes: ["P003"],
    before: new RegExp(`^(let|const|val|global|local|set|my|mut|auto|final|static|public|private|${typeWords}) \\S+$`),
    after: /^(:?=|:)/,
    hint: plainVariables,
  },
  { codes: ["P003"], before: /^\S+ \S+$/, after: /^(:?=|:)/, hint: quietTag },
  { codes: ["P001"], before: /^\S+( \. \S+)* ([-+*/%])$/, after: /^=/, hint: (before) => writtenOut(before) },
  { codes: ["P001"], before: /(\+ \+|- -)$/, hint: noSuffix },
  { codes: ["P013"], before: /^\S+ (\+ \+|- -)/, hint: noSuffix },
  { codes: ["P016"], before: /^-$/, after: /^- \w+ \w/, hint: comments },
  { codes: ["P016"], before: /^[-+]$/, hint: noSuffix },
  { codes: ["P016"], hint: "Write parentheses around the second: `-(-x)`." },
  {
    codes: ["P001"],
    before: /=$/,
    after: /^>/,
    hint: "Assign with `:=`, `=` or `:`; the entries of a dict are written `key: value`.",
  },
  {
    codes: ["P002"],
    before: new RegExp(`^\\S+ : (${typeWords}|Duration|Size|list|dict|\\S+ \\[.*\\])$`),
    after: /^:?=/,
    hint: "An attribute has the type of its value: `x: 5`; a variable is declared with `var x: int`.",
  },
  {
    codes: ["P002"],
    before: /^\S+( \. \S+)* (=|:|:=) /,
    after: /^(=|:=)/,
    hint: "One assignment to a line; values are compared with `==`.",
  },
  { codes: ["P013"], before: /^\S+( - \S+)+$/, hint: noDash },
  { codes: ["P002", "P003"], before: /^\S+( \S+)?( - \S+)+$/, after: /^(\w|"|\{)/, hint: noDash },
  { codes: ["P003"], before: /^\S+ \S+$/, after: /^-/, hint: noDash },
  { codes: ["P003"], before: /^\S+ \S+$/, after: /^\./, hint: "A tag with a dot stands in double quotes." },
  { codes: ["P003"], before: /^\S+ \S+$/, after: /^[\w"]/, hint: "A section has a name and at most one tag: nest the sections." },
  {
    codes: ["P002"],
    before: /^\S+ (:|=) \S+$/,
    after: /^\{/,
    hint: "The tag of a section follows its name without a sign: `name tag { … }`.",
  },
  {
    codes: ["P013"],
    before: /^""$/,
    after: /^:/,
    hint: "Names of attributes stand without quotes: `name: value`, and sections are written `name { … }`.",
  },
  { codes: ["P013"], before: /^- - -$/, hint: "This is no YAML: assign with `name: value`, nest with `name { … }`." },
  // Values.
  {
    codes: ["P002", "P005", "P008", "P006"],
    before: /(^| )[\d.]+$/,
    after: new RegExp(`^(${timeUnits}|${sizeUnits})( (?!:?=|:)|$)`, "i"),
    hint: (before, after) => `Amounts stand in angle brackets: \`<<${lastWord(before)} ${firstWord(after)}>>\`.`,
  },
  {
    codes: ["P002", "P005", "P008"],
    before: /(^| )0$/,
    after: /^x[\da-f]+( |$)/i,
    hint: (_, after) => `Numbers are decimal: \`${BigInt(`0${firstWord(after)}`)}\`.`,
  },
  { codes: ["P002", "P005", "P008"], before: /(^| )0$/, after: /^[ob][\d]+( |$)/i, hint: "Numbers are decimal." },
  {
    codes: ["P002", "P005", "P008"],
    before: /(^| )\d+$/,
    after: /^_[\d_]+( |$)/,
    hint: (before, after) => `Numbers have no separators: \`${lastWord(before)}${firstWord(after).replaceAll("_", "")}\`.`,
  },
  {
    codes: ["P001"],
    before: /(=|:|:=|[([,+*/%-])$/,
    after: /^\. \d/,
    hint: (_, after) => `A digit stands before the dot: \`0.${after.split(" ")[1]}\`.`,
  },
  {
    codes: ["P002", "P005", "P008"],
    before: /(^| )(f|r|b|u|rb|fr|F|R)$/,
    after: /^""/,
    hint: 'Strings have no prefix; `format("… {name} …")` fills in values.',
  },
  {
    codes: ["P002", "P005", "P008"],
    before: /""$/,
    after: /^(""|\w)/,
    hint: "Texts are joined with `+`, and items are separated by commas.",
  },
  { codes: ["P009"], after: /^""/, before: /\.$/, hint: "Texts are joined with `+`." },
  { codes: ["P001"], before: /(=|:|:=)$/, after: /^\//, hint: quotes },
  { codes: ["P001"], before: /\*$/, after: /^\*/, hint: "There is no operator for powers." },
  { codes: ["P001"], before: /<$/, after: /^>/, hint: "Values are compared with `!=`." },
  { codes: ["P001"], before: /(!=|==)$/, after: /^=/, hint: "Values are compared with `==` and `!=`." },
  { codes: ["P002"], before: /^\S+( \. \S+)* (=|:|:=) .*$/, after: /^,/, hint: "Statements end with the line, or with `;`." },
  { codes: ["P002"], before: /^\S+( \. \S+)* (=|:) [A-Za-z]\w*( [-/.] \w+)*$/, after: /^[\w/@.]+ ?(?![:=])/, hint: quotes },
  {
    codes: ["P002"],
    before: /^\w+$/,
    after: /^[\d"[]/,
    hint: "Attributes are assigned with `:` or `=`, functions called with parentheses.",
  },
  { codes: ["P007"], after: /^(=|->)/, hint: "The entries of a dict are written `key: value`." },
  {
    codes: ["P008", "P007"],
    before: /^\S+ (=|:) \{/,
    hint: "Entries of a dict are separated by commas; a section is opened without a sign: `name { … }`.",
  },
  { codes: ["P006"], after: /^:/, hint: "Part of a list or text is `slice(x, from, to)`." },
  { codes: ["P002"], before: / : \w+$/, after: /^\[/, hint: "The type of a list is written `list[int]`." },
  { codes: ["P024"], after: /^</, hint: "Parameters of types stand in square brackets: `list[int]`." },
  { codes: ["P002", "P009"], before: /`( \w+)*$/, hint: quotes },
  // Components.
  { codes: ["P029"], after: /^""/, hint: 'Write `use name from "directory"`, the name without `.c4m`.' },
  { codes: ["P030"], hint: 'The place stands in double quotes: `use name from "directory"`.' },
  { codes: ["P002"], before: /^use \S+$/, hint: 'A component has one name: `use name from "directory"`.' },
  { codes: ["P011"], after: /^from( |$)/, hint: 'Write `use name from "directory"`.' },
  { codes: ["P011"], after: /^[%<*/]/, hint: comments },
];

/** `let`-like words that are not in the table: `domain x = 5`. */
function quietTag(before: string): string {
  const [word, name] = before.split(" ");
  return `Assign with \`${name}: …\`, or open a section: \`${word} ${name} { … }\`.`;
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf(" ") + 1);
}

function firstWord(text: string): string {
  return text.split(" ", 1)[0] as string;
}

/** `x +` of `x += 1`: what to write instead. */
function writtenOut(before: string): string {
  const name = before.slice(0, -2).replaceAll(" ", "");
  return `Write it out: \`${name} ${name.includes(".") ? "=" : ":="} ${name} ${before.at(-1)} …\`.`;
}

/** The hint for a syntax error of that code, if it looks like a habit from elsewhere. */
export function habitHint(code: Code, before: string, after: string): string | undefined {
  const short = code.slice(4);
  for (const habit of habits) {
    if (!habit.codes.includes(short)) continue;
    if (habit.before !== undefined && !habit.before.test(before)) continue;
    if (habit.after !== undefined && !habit.after.test(after)) continue;
    return typeof habit.hint === "string" ? habit.hint : habit.hint(before, after);
  }
  return undefined;
}

const characterHints: ReadonlyMap<string, string> = new Map([
  ["?", noConditional],
  ["^", "The exclusive or of numbers is `xor(a, b)`."],
  ["@", quotes],
  ["\\", "A line goes on behind an operator, a comma, or inside brackets."],
  ...[..."“”„«»‘’"].map((quote) => [quote, 'Texts stand in plain double quotes: `"…"`.'] as const),
  ["–", "The minus sign is `-`."],
  ["—", "The minus sign is `-`."],
  ["\u00a0", "This is a space that does not break lines: use an ordinary one."],
]);

/** The hint for a character that begins no token here but means something elsewhere. */
export function foreignCharacterHint(character: string): string | undefined {
  return characterHints.get(character);
}
