/**
 * The intermediate representation as text for people (`chalk config ir`): one statement a line, names instead of numbers, types where they are
 * known. The text is for reading only; nothing parses it.
 */
import { position } from "../grammar/span.js";
import type {
  BlockIr,
  ConstantIr,
  ExpressionIr,
  FunctionIr,
  IrSpan,
  ModuleIr,
  ParameterIr,
  StatementIr,
  VariableIr,
} from "./ir.js";

/** The readable text of a module. */
export function printIr(module: ModuleIr): string {
  return new IrPrinter(module).print();
}

class IrPrinter {
  private readonly lines: string[] = [];
  private readonly module: ModuleIr;
  private names: readonly string[];

  constructor(module: ModuleIr) {
    this.module = module;
    this.names = module.slotNames;
  }

  print(): string {
    const { module } = this;
    this.line(0, `module ${JSON.stringify(module.table.file)}  # format ${module.format}`);
    for (const use of module.uses)
      this.line(1, `component ${use.module}${use.location === undefined ? "" : ` from ${JSON.stringify(use.location)}`}`);
    for (const cell of module.cells) {
      const value = cell.constant === undefined ? "" : ` = ${this.constant(module.constants[cell.constant]!)}`;
      this.line(1, `cell ${cell.name}: ${this.type(cell.type)}${value}`);
    }
    for (const parameter of module.parameters) this.parameter(parameter);
    for (const item of module.functions) this.function(item);
    this.line(1, `top level  # slots: ${slotList(module.slotNames)}`);
    this.statements(module.body, 2);
    this.line(1, "declares");
    for (const { kind, path, type } of module.declarations) {
      this.line(2, kind === "section" ? `section ${path.join(".")}` : `${path.join(".")}: ${this.type(type)}`);
    }
    return `${this.lines.join("\n")}\n`;
  }

  private line(depth: number, text: string): void {
    this.lines.push("  ".repeat(depth) + text);
  }

  private type(index: number): string {
    return this.module.types[index] ?? "?";
  }

  private place(span: IrSpan): string {
    return `  # line ${position(this.module.table, span[0]).line}`;
  }

  private function(item: FunctionIr): void {
    const outer = this.names;
    this.names = item.slotNames;
    this.line(
      1,
      `func ${item.name}(${item.formals.join(", ")}): ${this.type(item.type)}  # entry ${item.entry}; slots: ${slotList(item.slotNames)}`,
    );
    this.statements(item.body, 2);
    this.names = outer;
  }

  private parameter(parameter: ParameterIr): void {
    const name = parameter.kind === "variable" ? `var ${parameter.path[0]}` : parameter.path.join(".");
    const value = parameter.default === undefined ? "" : ` = ${this.expression(parameter.default)}`;
    this.line(
      1,
      `parameter ${name}: ${this.type(parameter.type)}${value}${parameter.sensitive ? " (sensitive)" : ""}${this.place(parameter.span)}`,
    );
  }

  private statements(items: readonly StatementIr[], depth: number): void {
    for (const item of items) this.statement(item, depth);
  }

  private block(header: string, block: BlockIr, depth: number): void {
    const [from, to] = block.reset;
    this.line(depth, `${header} {${from === to ? "" : `  # resets ${this.names.slice(from, to).join(", ")}`}`);
    this.statements(block.items, depth + 1);
    this.line(depth, "}");
  }

  private statement(item: StatementIr, depth: number): void {
    if (item.k === "section") this.block(`section ${item.path.join(".")}`, item.body, depth);
    else if (item.k === "for") {
      const header = `for ${this.slot(item.index)} from ${this.expression(item.from)} to ${this.expression(item.to)}`;
      this.block(header, item.body, depth);
    } else if (item.k === "if") {
      item.branches.forEach(({ condition, body }, i) => {
        this.block(`${i === 0 ? "if" : "elif"} ${this.expression(condition)}`, body, depth);
      });
      if (item.otherwise !== undefined) this.block("else", item.otherwise, depth);
    } else this.line(depth, this.simple(item) + this.place(item.at));
  }

  private simple(item: Exclude<StatementIr, { k: "section" | "for" | "if" }>): string {
    switch (item.k) {
      case "assign":
        return `${item.lock ? "~" : ""}${item.path.join(".")}: ${this.type(item.type)} = ${this.expression(item.value)}`;
      case "set":
        return `${this.variable(item.to)} := ${this.expression(item.value)}`;
      case "unpack":
        return `${item.to.map((to) => this.variable(to)).join(", ")} := ${this.expression(item.value)}`;
      case "return":
        return item.value === undefined ? "return" : `return ${this.expression(item.value)}`;
      case "do":
        return this.expression(item.value);
      case "use":
        return `use ${this.module.uses[item.component]?.module ?? "?"}`;
      default:
        return item.k;
    }
  }

  private slot(index: number): string {
    return `${this.names[index] ?? "?"}@${index}`;
  }

  private variable(variable: VariableIr): string {
    return "cell" in variable ? `cell ${variable.cell}` : this.slot(variable.slot);
  }

  private expression(expression: ExpressionIr): string {
    const parts = (list: readonly ExpressionIr[]) => list.map((part) => this.expression(part)).join(", ");
    switch (expression.k) {
      case "const":
        return this.constant(this.module.constants[expression.c]!);
      case "var":
        return this.variable(expression.of);
      case "attr":
        return expression.path.join(".");
      case "neg":
        return `-${this.expression(expression.a)}`;
      case "plus":
        return `+${this.expression(expression.a)}`;
      case "not":
        return `not (${this.expression(expression.a)})`;
      case "and":
      case "or":
        return `(${this.expression(expression.a)} ${expression.k} ${this.expression(expression.b)})`;
      case "op":
        return `(${this.expression(expression.a)} ${expression.op} ${this.expression(expression.b)})`;
      case "index":
        return `${this.expression(expression.a)}[${this.expression(expression.b)}]`;
      case "item":
        return `${this.expression(expression.a)}[${expression.i}]`;
      case "list":
        return `[${parts(expression.items)}]`;
      case "tuple":
        return `(${parts(expression.items)})`;
      case "dict":
        return `{${expression.entries.map(([key, value]) => `${this.expression(key)}: ${this.expression(value)}`).join(", ")}}`;
      case "call":
        return `${expression.entry}(${parts(expression.args)}): ${this.type(expression.type)}`;
    }
  }

  private constant(constant: ConstantIr): string {
    switch (constant.t) {
      case "string":
        return JSON.stringify(constant.v);
      case "char":
        return `'${String.fromCodePoint(constant.v)}'`;
      case "typespec":
        return this.type(constant.type);
      case "func":
        return `func ${constant.v}${constant.type < 0 ? "" : this.type(constant.type)}`;
      case "Duration":
        return `<<${constant.v} usec>>`;
      case "Size":
        return `<<${constant.v} bytes>>`;
      case "bool":
      case "int":
      case "float":
        return String(constant.v);
      default:
        return `<<${constant.v}>>`;
    }
  }
}

function slotList(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name, i) => `${name}@${i}`).join(", ");
}
