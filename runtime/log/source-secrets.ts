/**
 * Secrets that are written literally in the text of a configuration: values of fields whose name says so (`password`, `token`, header values), also in
 * comments, and passwords in URLs. Texts are looked at as they are, not as a parser reads them, since what has to be shown is as often as not a file that cannot be parsed.
 */
import { suggest } from "../../grammar/suggest.js";
import { redacted } from "./redact.js";

/** A piece of a text, as UTF-16 offsets. `quoted`: with its quotation marks. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
  readonly quoted: boolean;
}

export interface SecretOptions {
  /**
   * The text may have slips: words without quotation marks count too, unless the text gives them a value; so do fields whose names are misspelt and
   * values without `:` in front.
   */
  readonly slips?: boolean;
}

const secretFields = "(?:\\w+_)?(?:secret|password|passwd|token|api_key)|uid|headers";

/** The start of an assignment to a field that holds a secret. */
const secretAssignment = new RegExp(`(?<![\\w"])(?:${secretFields})[ \\t]*(?::=|[:=])`, "g");
const wholeField = new RegExp(`^(?:${secretFields})$`, "i");
/** What matters to find the end of a value: strings, brackets, line ends; words without quotation marks. */
const valuePart = /"""[\s\S]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*(?:"|$|(?=\n))|[([{]|[)\]}]|[\n;]|#|[^\s"()[\]{};,:#]+/g;
/** The same for any name. */
const anyAssignment = /(?<![\w"])(\w+)[ \t]*(?::=|[:=])|(?<=^[ \t]*)(\w+)[ \t]*(?=["{])/gm;
const plainNames = ["secret", "password", "passwd", "token", "api_key", "headers"];
const passwordInUrl = /(?<=:\/\/[^\s/:@"]*:)[^\s/@"]+(?=@)/g;
/** Words that can stand in a value without being one. */
const operators = /^(?:[-+*/%]|[<>=!]=?|and|or|not|true|false|if|else|return|<<)$/;

/** Is the word a variable or a function, as far as the text tells? */
function isName(text: string, word: string, after: number): boolean {
  if (!/^[A-Za-z_][\w.]*$/.test(word)) return operators.test(word) || /^\d{1,3}$/.test(word);
  if (operators.test(word) || /^[ \t]*\(/.test(text.slice(after, after + 20))) return true;
  return new RegExp(
    `(?<![\\w.])(?:${word.replaceAll(".", "\\.")}[ \\t]*(?::=|[:=])|(?:var|parameter[ \\t]+var)[ \\t]+${word.replaceAll(".", "\\.")}\\b)`,
  ).test(text);
}

/** Places behind which the value of a secret field begins. */
function* secretFieldsOf(text: string, slips: boolean): Generator<{ readonly index: number; readonly valueAt: number }> {
  for (const match of text.matchAll(slips ? anyAssignment : secretAssignment)) {
    const name = match[1] ?? match[2];
    const isSecret = name === undefined || wholeField.test(name) || suggest(name.toLowerCase(), plainNames).length > 0;
    if (isSecret) yield { index: match.index, valueAt: match.index + match[0].length };
  }
}

/** Where secrets stand, in order. */
export function secretSpans(text: string, { slips = false }: SecretOptions = {}): readonly SecretSpan[] {
  const spans: SecretSpan[] = [];
  let done = 0;
  for (const { index, valueAt } of secretFieldsOf(text, slips)) {
    if (index < done) continue;
    valuePart.lastIndex = valueAt;
    done = valuePart.lastIndex;
    let depth = 0;
    let inComment = false;
    for (let part = valuePart.exec(text); part !== null; part = valuePart.exec(text)) {
      const [word] = part;
      const to = valuePart.lastIndex;
      done = to;
      if (word === "#") inComment = true;
      else if (word === "\n") inComment = false;
      if (word.startsWith('"')) spans.push({ from: part.index, to, quoted: true });
      else if ("([{".includes(word)) depth++;
      else if (word === "\n" || word === ";" || ")]}".includes(word)) {
        if (depth === 0) break;
        if (")]}".includes(word)) depth--;
      } else if (slips && !inComment && word !== "#" && !isName(text, word, to))
        spans.push({ from: part.index, to, quoted: false });
    }
  }
  const fields = [...spans];
  for (const { index, 0: password } of text.matchAll(passwordInUrl)) {
    const to = index + password.length;
    if (!fields.some((span) => span.from <= index && to <= span.to)) spans.push({ from: index, to, quoted: false });
  }
  return spans.sort((a, b) => a.from - b.from);
}

/** What stands for a secret. */
export const replacementOf = ({ quoted }: SecretSpan): string => (quoted ? `"${redacted}"` : redacted);

/** The secret itself, without quotation marks. */
export function secretText(text: string, { from, to, quoted }: SecretSpan): string {
  const literal = text.slice(from, to);
  return quoted ? literal.replace(/^"""|^"/, "").replace(/"""$|"$/, "") : literal;
}

/** The text of a configuration without its secrets. It is for showing, and need not be valid. */
export function redactSource(text: string): string {
  let clean = "";
  let done = 0;
  for (const span of secretSpans(text)) {
    clean += text.slice(done, span.from) + replacementOf(span);
    done = span.to;
  }
  return clean + text.slice(done);
}
