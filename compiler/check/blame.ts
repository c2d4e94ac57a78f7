/**
 * Whose type is to blame for a clash (`language.md` 8.2). A variable or attribute that was defined with the wrong type clashes wherever it is used as what it
 * should have been: that is one mistake. So a report tells which names would have to have which other type for it to go away, and of
 * reports that tell the same only the first is shown (`consequences.ts`).
 */
import type { Expression } from "../../grammar/ast.js";
import { typeText } from "../type-text.js";
import type { Type } from "../types.js";
import type { Body } from "./infer.js";
import type { Target } from "./session.js";

const numbers = new WeakMap<object, number>();
let counted = 0;

function numberOf(thing: object): number {
  const known = numbers.get(thing);
  if (known !== undefined) return known;
  numbers.set(thing, ++counted);
  return counted;
}

/** The blame of what a name means, if it should be of type `wanted`. */
export function blameOfTarget(target: Target | undefined, wanted: string): readonly string[] {
  if (target === undefined || target.kind === "failed") return [];
  const thing = target.kind === "variable" ? target.variable : target.kind === "cell" ? target.cell : target.node;
  return [`${numberOf(thing)} ${wanted}`];
}

/** The same for an expression that is but a name. */
export function blameOf(expression: Expression, wanted: Type, body: Body): readonly string[] {
  let inner = expression;
  while (inner.kind === "paren") inner = inner.inner;
  if (inner.kind !== "name" && inner.kind !== "member") return [];
  return blameOfTarget(body.module.targets.get(inner), typeText(wanted));
}
