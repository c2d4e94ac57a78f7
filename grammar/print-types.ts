/** Types as source text. A signature keeps the `func` that it was written with: where a type is an operand it is needed. */
import type { TypeNode } from "./ast.js";
import type { SourceFile } from "./source.js";

/** The canonical text of a type in source code (`language.md` 2.4). */
export function typeText(type: TypeNode, source: SourceFile): string {
  const text = (part: TypeNode): string => typeText(part, source);
  switch (type.kind) {
    case "basic":
      return type.name;
    case "variable":
      return `\`${type.name}`;
    case "list":
      return `list[${text(type.item)}]`;
    case "dict":
      return `dict[${text(type.key)}, ${text(type.value)}]`;
    case "tuple":
      return `tuple[${type.items.map(text).join(", ")}]`;
    case "typespec":
      return type.variable === undefined ? "typespec" : `typespec[\`${type.variable}]`;
    case "union":
      return type.alternatives.map(text).join(" or ");
    case "anyfunc":
      return "func";
    case "bad":
      return source.text.slice(type.span.start, type.span.end);
    case "signature": {
      const last = type.parameters.length - 1;
      const parameters = type.parameters.map((part, i) => (type.variadic && i === last ? `*${text(part)}` : text(part)));
      const result = type.result === undefined ? "" : ` -> ${text(type.result)}`;
      return `${source.text.startsWith("func", type.span.start) ? "func " : ""}(${parameters.join(", ")})${result}`;
    }
  }
}
