/**
 * Left spines. Chains such as `a + b + c …`, `x.f().g()…` and `m[0][1]…` are trees that lean to the left and may be of any length, so every phase
 * walks them in a loop: from the innermost expression outwards.
 */
import type { BinaryExpression, Expression, IndexExpression, MethodCallExpression } from "../../grammar/ast.js";

/** An expression whose first part is another expression. */
export type SpineNode = BinaryExpression | MethodCallExpression | IndexExpression;

const none: readonly SpineNode[] = [];

/** The nodes from an expression down its left side, outermost first, and the expression at the bottom. */
export function spineOf(expression: Expression): { innermost: Expression; spine: readonly SpineNode[] } {
  let spine: SpineNode[] | undefined;
  let innermost = expression;
  for (;;) {
    if (innermost.kind === "binary") {
      spine = push(spine, innermost);
      innermost = innermost.left;
    } else if (innermost.kind === "method") {
      spine = push(spine, innermost);
      innermost = innermost.receiver;
    } else if (innermost.kind === "index") {
      spine = push(spine, innermost);
      innermost = innermost.object;
    } else return { innermost, spine: spine ?? none };
  }
}

function push(spine: SpineNode[] | undefined, node: SpineNode): SpineNode[] {
  if (spine === undefined) return [node];
  spine.push(node);
  return spine;
}
