/**
 * Things that must have one type: items of a list, keys or values of a dict (`language.md` 3.3). Which of them is the mistake is a matter of counting:
 * one that differs from the others is blamed, also if it comes first, and those that differ in the same way are one mistake.
 */
import type { Expression } from "../../grammar/ast.js";
import { typeText } from "../type-text.js";
import { errorType, freshVariable, type Type } from "../types.js";
import { unifiable, unify } from "../unify.js";
import { type Body, inferValue } from "./infer.js";

/** Reports an element whose type differs. */
type Refuse = (element: Expression, expected: string, actual: string) => void;

interface Typed {
  readonly element: Expression;
  readonly type: Type;
}

export class Join {
  /** The type of the first element, and of those that agree with it. */
  private established: Type | undefined;
  private readonly body: Body;
  private readonly refuse: Refuse;
  private first: Expression | undefined;
  private agreeing = 0;
  /** The last element that differed. */
  private other: Typed | undefined;
  /** Nobody can tell yet whether the first or the second element is the odd one. */
  private undecided = false;

  constructor(body: Body, refuse: Refuse) {
    this.body = body;
    this.refuse = refuse;
  }

  /** Infers the type of an element and joins it to the others. */
  add(element: Expression): void {
    const type = inferValue(element, this.body);
    const established = (this.established ??= type);
    if (type === established || unify(established, type, this.body.session.trail)) {
      this.first ??= element;
      this.agreeing++;
      this.decide();
      return;
    }
    const typed = { element, type };
    const sameAgain = this.other !== undefined && unifiable(this.other.type, type, this.body.session.trail);
    if (this.undecided && sameAgain) {
      this.undecided = false;
      this.refuse(this.first as Expression, typeText(type), typeText(established));
    } else if (!sameAgain) {
      this.decide();
      this.undecided = this.agreeing === 1 && this.other === undefined;
      if (!this.undecided) this.report(typed);
    }
    this.other = typed;
  }

  /** The common type; the error type if there is none. */
  type(): Type {
    this.decide();
    return this.other === undefined ? (this.established ?? freshVariable()) : errorType;
  }

  /** The first element has been agreed with, or there are no others: the second one is the mistake. */
  private decide(): void {
    if (!this.undecided || this.other === undefined) return;
    this.undecided = false;
    this.report(this.other);
  }

  private report({ element, type }: Typed): void {
    this.refuse(element, typeText(this.established as Type), typeText(type));
  }
}
