/** A walk over the intermediate representation that treats all kinds of nodes alike, for questions that only look for some of them. */

/** A statement or expression, unread. */
export type IrNode = { readonly k: string; readonly [member: string]: unknown };

/** Visits every statement and expression at or below a value. */
export function visitNodes(value: unknown, visit: (node: IrNode) => void): void {
  if (Array.isArray(value)) for (const item of value) visitNodes(item, visit);
  else if (typeof value === "object" && value !== null) {
    const node = value as IrNode;
    if (typeof node.k === "string") visit(node);
    for (const part of Object.values(node)) visitNodes(part, visit);
  }
}
