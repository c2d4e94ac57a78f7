/**
 * `format()`: replaces `{name}` by values (`builtins.md` 2.2, `language.md` 3.9). Unlike plain names, a name is looked up among the root's attributes
 * first, then in the section of the call, then among the variables that are visible there.
 */
import { variableValue } from "../evaluate/expressions.js";
import { Failure } from "../failure.js";
import { effectiveValue, lookup } from "../store.js";
import { concat } from "../text.js";
import { valueText } from "../text-form.js";
import { kindOf } from "../value-types.js";
import { CharValue, QuantityValue, TextValue, type Value } from "../values.js";
import type { BuiltinCall } from "./call.js";

function fail(message: string, text: string, at: number): Failure {
  const column = [...text.slice(0, at)].length + 1;
  return new Failure("C4M-E012", `${message} (character ${column} of the format string)`, { actual: `column ${column}` });
}

function attributeValue(call: BuiltinCall, path: readonly string[]): Value | undefined {
  const node = lookup(call.runtime.store, path);
  return node?.kind === "attribute" ? effectiveValue(node) : undefined;
}

function nameValue(call: BuiltinCall, name: string): Value | undefined {
  const fromRoot = attributeValue(call, name.split("."));
  if (fromRoot !== undefined) return fromRoot;
  const { frame, node } = call.site;
  const scope = node?.scope;
  if (scope === undefined || frame === undefined || name.includes(".")) return undefined;
  const fromSection = attributeValue(call, [...scope.section, name]);
  if (fromSection !== undefined) return fromSection;
  const variable = scope.variables.find(([visible]) => visible === name);
  return variable === undefined ? undefined : variableValue(frame, variable[1]);
}

function isPrintable(value: Value): boolean {
  const simple =
    typeof value === "string" || typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";
  return simple || value instanceof CharValue || value instanceof QuantityValue || value instanceof TextValue;
}

function replacement(call: BuiltinCall, text: string, name: string, at: number): string {
  if (name === "") throw fail("empty name in {}", text, at);
  const value = nameValue(call, name);
  if (value === undefined) throw fail(`no attribute or variable '${name}' has a value here`, text, at);
  if (!isPrintable(value)) throw fail(`'${name}' is a ${kindOf(value)}, which cannot be formatted`, text, at);
  return valueText(value);
}

/** The text with its names replaced. Throws C4M-E012. */
export function formatText(text: string, call: BuiltinCall): string {
  let result = "";
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    if (character !== "{" && character !== "}") {
      at++;
      continue;
    }
    result = concat(result, text.slice(from, at));
    if (text[at + 1] === character) {
      result += character;
      at += 2;
    } else if (character === "}") throw fail("'}' without '{'", text, at);
    else {
      const end = text.indexOf("}", at);
      if (end < 0) throw fail("'{' is not closed", text, at);
      result = concat(result, replacement(call, text, text.slice(at + 1, end), at));
      at = end + 1;
    }
    from = at;
  }
  return concat(result, text.slice(from));
}
