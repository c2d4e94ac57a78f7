/** Old spellings where attributes are read: `exec.heartbeat_rate` in an expression. Trees without any come back as the same objects. */
import type { Expression } from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";
import { fill, indexOf, mapped, match } from "./patterns.js";
import { legacyFields } from "./table.js";

/** Hears of each old spelling: where, what, what to say, and the replacement. */
export type Find = (span: Span, old: string, message: string, fix: { readonly span: Span; readonly text: string }) => void;

const fields = indexOf(legacyFields);

/** Dotted path of a chain of members, if it is one. */
function chain(node: Expression): string[] | undefined {
  if (node.kind === "name") return [node.name];
  if (node.kind !== "member") return undefined;
  const base = chain(node.object);
  return base === undefined ? undefined : [...base, node.member.text];
}

/** A function that reads expressions with old spellings as current ones. */
export function expressionReader(find: Find): (node: Expression) => Expression {
  const rewrite = (node: Expression): Expression => {
    switch (node.kind) {
      case "member": {
        const path = chain(node);
        const known = path === undefined ? undefined : match(fields, path);
        if (path !== undefined && known?.entry.kind === "rename") {
          const to = fill(known.entry.to, known.stars);
          find(node.span, path.join("."), `'${path.join(".")}' is spelled '${to.join(".")}' now`, {
            span: node.span,
            text: to.join("."),
          });
          const [head, ...rest] = to as [string, ...string[]];
          return rest.reduce<Expression>(
            (object, text) => ({ kind: "member", object, member: { text, span: node.span }, span: node.span }),
            { kind: "name", name: head, span: node.span },
          );
        }
        if (path !== undefined) return node;
        const object = rewrite(node.object);
        return object === node.object ? node : { ...node, object };
      }
      case "index": {
        const [object, index] = [rewrite(node.object), rewrite(node.index)];
        return object === node.object && index === node.index ? node : { ...node, object, index };
      }
      case "call": {
        const args = mapped(node.args, rewrite);
        return args === node.args ? node : { ...node, args };
      }
      case "method": {
        const [receiver, args] = [rewrite(node.receiver), mapped(node.args, rewrite)];
        return receiver === node.receiver && args === node.args ? node : { ...node, receiver, args };
      }
      case "unary": {
        const operand = rewrite(node.operand);
        return operand === node.operand ? node : { ...node, operand };
      }
      case "binary": {
        const [left, right] = [rewrite(node.left), rewrite(node.right)];
        return left === node.left && right === node.right ? node : { ...node, left, right };
      }
      case "paren": {
        const inner = rewrite(node.inner);
        return inner === node.inner ? node : { ...node, inner };
      }
      case "tuple":
      case "list": {
        const items = mapped(node.items, rewrite);
        return items === node.items ? node : { ...node, items };
      }
      case "dict": {
        const entries = mapped(node.entries, (entry) => {
          const [key, value] = [rewrite(entry.key), rewrite(entry.value)];
          return key === entry.key && value === entry.value ? entry : { key, value };
        });
        return entries === node.entries ? node : { ...node, entries };
      }
      default:
        return node;
    }
  };
  return rewrite;
}
