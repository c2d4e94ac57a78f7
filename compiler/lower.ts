/**
 * The last phase: from a checked tree to the intermediate representation (`ir.ts`). Runs only if there was no error, so every name has a
 * meaning and every call one entry; what is left to do is to look these up, to pool constants and types, and to drop the sugar.
 */
import type * as ast from "../grammar/ast.js";
import type { Span } from "../grammar/span.js";
import {
  type AttributeNode,
  type BlockDraft,
  type CallNode,
  type LoopDraft,
  type ModuleDraft,
  type ParameterDraft,
  type SectionDraft,
  type StatementDraft,
  type Target,
  TextAttribute,
} from "./check/session.js";
import { type SpineNode, spineOf } from "./check/spine.js";
import {
  type BlockIr,
  type ConstantIr,
  type DeclarationIr,
  type ExpressionIr,
  type FunctionIr,
  type IrSpan,
  irFormat,
  irSpan,
  type ModuleIr,
  type OperatorIr,
  type ParameterIr,
  type ScopeIr,
  type StatementIr,
  type VariableIr,
} from "./ir.js";
import { typeFromNode, typeText } from "./type-text.js";
import type { Type } from "./types.js";

/** Lowers a file that has been checked without errors. */
export function lowerModule(module: ModuleDraft): ModuleIr {
  return new Lowering(module).module();
}

/** So many types are looked for in a list before they are in a map. */
const mostRecent = 6;

class Lowering {
  private readonly types = new Map<string, number>();
  /** The same by the object: nothing is bound any more, so the text of a type is made once. */
  private readonly typeObjects = new Map<Type, number>();
  /** The first of them, and their indexes: most values are of few types. */
  private readonly recentTypes: Type[] = [];
  private readonly recentIndexes: number[] = [];
  private readonly ints = new Map<string, number>();
  private readonly strings = new Map<string, number>();
  private readonly others = new Map<string, number>();
  private readonly pool: ConstantIr[] = [];
  /** Statements that run before the text's own. */
  private readonly prelude: StatementIr[] = [];

  private readonly draft: ModuleDraft;

  constructor(draft: ModuleDraft) {
    this.draft = draft;
  }

  module(): ModuleIr {
    const { draft } = this;
    const { frame } = draft;
    const parameters = lastOfEachName([...draft.parameters.values()]).map((parameter) => this.parameter(parameter));
    const body = [...this.prelude, ...this.statements(draft.tree.items, draft.body)];
    const functions = [...draft.functions].map(([declaration]) => this.function(declaration));
    const cells = [...draft.cells].map(([name, { type, constant }]) => ({
      name,
      type: this.type(type),
      ...(constant === undefined ? {} : { constant: this.int(String(constant)) }),
    }));
    const declarations: DeclarationIr[] = [];
    for (let i = 0; i < draft.declared.length; i++) {
      const { node, path, span } = draft.declared[i]!;
      if (node.kind === "section") declarations.push({ kind: "section", path, type: -1, span: irSpan(span) });
      else declarations.push({ kind: "attribute", path, type: this.type(node.type), span: spanOf(node, span, span) });
    }
    return {
      format: irFormat,
      table: draft.source.table,
      types: [...this.types.keys()],
      constants: this.pool,
      slots: frame.slotNames.length,
      slotNames: frame.slotNames,
      functions,
      parameters,
      uses: draft.uses.map(({ module, location, span }) => ({
        module,
        ...(location === undefined ? {} : { location }),
        span: irSpan(span),
      })),
      cells,
      body,
      declarations,
    };
  }

  // ---- pools ---------------------------------------------------------------------------------------------------------------------------

  private type(type: Type): number {
    const recent = this.recentTypes.indexOf(type);
    if (recent >= 0) return this.recentIndexes[recent]!;
    const index = this.typeIndex(type);
    if (this.recentTypes.length < mostRecent) {
      this.recentTypes.push(type);
      this.recentIndexes.push(index);
    }
    return index;
  }

  private typeIndex(type: Type): number {
    const known = this.typeObjects.get(type);
    if (known !== undefined) return known;
    const text = typeText(type);
    let index = this.types.get(text);
    if (index === undefined) {
      index = this.types.size;
      this.types.set(text, index);
    }
    this.typeObjects.set(type, index);
    return index;
  }

  /** Index of a constant; equal ones (same text in the same pool) are one. */
  private pooled(pool: Map<string, number>, identity: string, constant: ConstantIr): number {
    const index = this.pool.push(constant) - 1;
    pool.set(identity, index);
    return index;
  }

  private int(digits: string): number {
    return this.ints.get(digits) ?? this.pooled(this.ints, digits, { t: "int", v: digits });
  }

  private string(text: string): number {
    return this.strings.get(text) ?? this.pooled(this.strings, text, { t: "string", v: text });
  }

  /** A constant of another type; `identity` tells it apart from others of all these types. */
  private other(identity: string, constant: ConstantIr): number {
    return this.others.get(identity) ?? this.pooled(this.others, identity, constant);
  }

  private literal(literal: ast.Literal): number {
    switch (literal.type) {
      case "string":
        return this.string(literal.value);
      case "int":
        return this.int(digitsOf(literal));
      default:
        return this.other(`${literal.type} ${literal.value}`, literalConstant(literal));
    }
  }

  // ---- declarations --------------------------------------------------------------------------------------------------------------------

  private function(declaration: ast.FunctionDeclaration): FunctionIr {
    const function_ = this.draft.functions.get(declaration)!;
    const { entry, frame, formals } = function_;
    return {
      name: function_.name,
      entry: entry!.key,
      type: this.type(function_.type),
      formals: formals.map((formal) => formal.name),
      slots: frame.slotNames.length,
      slotNames: frame.slotNames,
      isVoid: function_.isVoid,
      body: this.statements(declaration.body.items, function_.body),
      span: irSpan(declaration.name.span),
    };
  }

  private parameter(parameter: ParameterDraft): ParameterIr {
    const { declaration, target, properties, type } = parameter;
    const isAttribute = target.kind === "attribute";
    const path =
      declaration.target.kind === "attribute" ? declaration.target.path.map((name) => name.text) : [declaration.target.name.text];
    const { defaultIsCall, ...value } = this.parameterDefault(parameter);
    const validator = properties.get("validator");
    const sensitive = properties.get("sensitive");
    return {
      kind: isAttribute ? "attribute" : "variable",
      path,
      slot: this.parameterSlot(parameter),
      type: this.type(type),
      ...literalText("shortdoc", properties),
      ...literalText("doc", properties),
      ...value,
      ...(defaultIsCall ? { defaultIsCall } : {}),
      ...(validator?.kind === "funcref" ? { validator: this.functionReference(validator) } : {}),
      ...(sensitive?.kind === "literal" && sensitive.type === "bool" ? { sensitive: sensitive.value } : {}),
      span: irSpan(declaration.span),
    };
  }

  /** A variable parameter is given to a slot; if the variable is shared, the file starts by copying the slot to the cell. */
  private parameterSlot({ declaration, target }: ParameterDraft): number {
    if (target.kind === "attribute" || target.kind === "failed") return -1;
    if (target.kind === "variable" && !target.variable.exported) return target.variable.slot;
    const name = target.kind === "variable" ? target.variable.name : target.cell.name;
    const slot = target.kind === "variable" ? target.variable.slot : this.draft.frame.slotNames.push(name) - 1;
    const at = irSpan(declaration.span);
    this.prelude.push({ k: "set", to: { cell: name }, value: { k: "var", of: { slot }, name, at }, at });
    return slot;
  }

  private parameterDefault({ properties, callback, type }: ParameterDraft): { default?: ExpressionIr; defaultIsCall?: boolean } {
    const value = properties.get("default");
    if (value === undefined) return {};
    if (value.kind !== "funcref" || callback === undefined) return { default: this.expression(value) };
    const call: ExpressionIr = {
      k: "call",
      name: callback.name,
      entry: callback.key,
      args: [],
      argTypes: [],
      type: this.type(type),
      at: irSpan(value.name.span),
      whole: irSpan(value.span),
    };
    return { default: call, defaultIsCall: true };
  }

  private functionReference(reference: ast.FunctionReference): number {
    const { signature } = reference;
    const type = signature === undefined ? -1 : this.type(typeFromNode(signature));
    const name = reference.name.text;
    return this.other(`func ${name} ${type}`, { t: "func", v: name, type });
  }

  private typeConstant(node: ast.TypeNode): number {
    const type = this.type(typeFromNode(node));
    return this.other(`typespec ${type}`, { t: "typespec", type });
  }

  // ---- statements ----------------------------------------------------------------------------------------------------------------------

  private statements(items: readonly ast.Statement[], block: BlockDraft): StatementIr[] {
    const lowered: StatementIr[] = [];
    for (let i = 0; i < items.length; i++) {
      const statement = this.statement(items[i]!, block.statements[i]);
      if (statement !== undefined) lowered.push(statement);
    }
    return lowered;
  }

  private block(block: ast.Block, draft: BlockDraft): BlockIr {
    return { reset: draft.slots, items: this.statements(block.items, draft) };
  }

  /** What a statement does when it is run; declarations do nothing. */
  private statement(item: ast.Statement, draft: StatementDraft): StatementIr | undefined {
    switch (item.kind) {
      case "assign":
        return this.assignment(item, draft as Target);
      case "set":
        return { k: "set", to: variable(draft as Target), value: this.expression(item.value), at: irSpan(item.span) };
      case "unpack":
        return {
          k: "unpack",
          to: (draft as readonly Target[]).map(variable),
          value: this.expression(item.value),
          at: irSpan(item.span),
        };
      case "section": {
        const { path, body } = draft as SectionDraft;
        const block: BlockIr = item.body === undefined ? { reset: [0, 0], items: [] } : this.block(item.body, body!);
        return { k: "section", path, body: block, at: irSpan(item.header) };
      }
      case "if": {
        const blocks = draft as readonly BlockDraft[];
        return {
          k: "if",
          branches: item.branches.map(({ condition, body }, i) => ({
            condition: this.expression(condition),
            body: this.block(body, blocks[i]!),
          })),
          ...(item.otherwise === undefined ? {} : { otherwise: this.block(item.otherwise, blocks[item.branches.length]!) }),
          at: irSpan(item.span),
        };
      }
      case "for": {
        const { index, body } = draft as LoopDraft;
        return {
          k: "for",
          index: index.slot,
          from: this.expression(item.from),
          to: this.expression(item.to),
          body: this.block(item.body, body),
          at: irSpan(item.span),
        };
      }
      case "break":
      case "continue":
        return { k: item.kind, at: irSpan(item.span) };
      case "return":
        return {
          k: "return",
          ...(item.value === undefined ? {} : { value: this.expression(item.value) }),
          at: irSpan(item.span),
        };
      case "expression":
        return { k: "do", value: this.expression(item.expression), at: irSpan(item.span) };
      case "use":
        return { k: "use", component: this.draft.useOf.get(item)!, at: irSpan(item.span) };
      default:
        return undefined;
    }
  }

  private assignment(item: ast.AttributeAssignment, target: Target): StatementIr {
    if (target.kind !== "attribute") throw new Error("an attribute assignment without attribute reached lowering");
    return {
      k: "assign",
      path: target.path,
      type: this.type(target.node.type),
      lock: item.lock,
      value: this.expression(item.value),
      target: spanOf(target.node, item.path[0]!.span, item.path[item.path.length - 1]!.span),
      at: irSpan(item.span),
    };
  }

  // ---- expressions ---------------------------------------------------------------------------------------------------------------------

  private expression(expression: ast.Expression): ExpressionIr {
    switch (expression.kind) {
      case "literal":
        return { k: "const", c: this.literal(expression) };
      case "binary":
        // The most frequent spine has one node with a literal.
        if (expression.left.kind !== "literal") return this.spine(expression);
        return this.binary(expression, this.expression(expression.left), this.expression(expression.right));
      case "method":
      case "index":
        return this.spine(expression);
      case "name":
      case "member":
        return this.reference(expression);
      case "call":
        return this.call(expression, this.expressions(expression.args));
      case "unary":
        return this.unary(expression);
      case "paren":
        return this.expression(expression.inner);
      case "tuple":
      case "list":
        return { k: expression.kind, items: this.expressions(expression.items) };
      case "dict":
        return {
          k: "dict",
          entries: expression.entries.map(({ key, value }) => [this.expression(key), this.expression(value)] as const),
        };
      case "type":
        return { k: "const", c: this.typeConstant(expression.type) };
      case "funcref":
        return { k: "const", c: this.functionReference(expression) };
      default:
        throw new Error(`an expression that did not parse reached lowering at ${expression.span.start}`);
    }
  }

  private expressions(items: readonly ast.Expression[]): ExpressionIr[] {
    const lowered: ExpressionIr[] = [];
    for (let i = 0; i < items.length; i++) lowered.push(this.expression(items[i]!));
    return lowered;
  }

  private spine(expression: SpineNode): ExpressionIr {
    const { innermost, spine } = spineOf(expression);
    let value = this.expression(innermost);
    for (let i = spine.length - 1; i >= 0; i--) value = this.onSpine(spine[i]!, value);
    return value;
  }

  /** A node whose left part is lowered already. */
  private onSpine(node: SpineNode, left: ExpressionIr): ExpressionIr {
    if (node.kind === "binary") return this.binary(node, left, this.expression(node.right));
    if (node.kind === "method") return this.call(node, [left, ...this.expressions(node.args)]);
    const { index } = node;
    const at = irSpan(node.span);
    if (this.draft.tupleIndexes.has(node) && index.kind === "literal") return { k: "item", a: left, i: Number(index.value), at };
    return { k: "index", a: left, b: this.expression(index), at };
  }

  private binary(node: ast.BinaryExpression, a: ExpressionIr, b: ExpressionIr): ExpressionIr {
    const at = irSpan(node.operatorSpan);
    switch (node.operator) {
      case "&&":
        return { k: "and", a, b, at };
      case "||":
        return { k: "or", a, b, at };
      default: {
        const op: OperatorIr = node.operator;
        return { k: "op", op, a, b, at };
      }
    }
  }

  private reference(node: ast.NameExpression | ast.MemberExpression): ExpressionIr {
    const target = this.draft.targets.get(node)!;
    const at = irSpan(node.span);
    if (target.kind === "attribute") return { k: "attr", path: target.path, at };
    return { k: "var", of: variable(target), name: node.kind === "name" ? node.name : node.member.text, at };
  }

  private unary(node: ast.UnaryExpression): ExpressionIr {
    const { operand, operator } = node;
    const at = irSpan(node.operatorSpan);
    // -9223372036854775808 can only be had this way: its literal alone is out of range.
    if (operator === "-" && operand.kind === "literal" && operand.type === "int") {
      return { k: "const", c: this.int(String(-operand.value)) };
    }
    const k = operator === "!" ? "not" : operator === "-" ? "neg" : "plus";
    return { k, a: this.expression(operand), at };
  }

  private call(node: CallNode, args: readonly ExpressionIr[]): ExpressionIr {
    const record = this.draft.calls.get(node)!;
    const entry = record.entry ?? record.draft?.entry;
    if (entry === undefined) throw new Error(`a call of '${record.name}' without entry reached lowering`);
    const scope = entry.origin === "builtin" ? this.draft.formatScopes.get(node) : undefined;
    return {
      k: "call",
      name: record.name,
      entry: entry.key,
      args,
      argTypes: record.argTypes.map((type) => this.type(type)),
      type: this.type(record.type),
      ...(scope === undefined ? {} : { scope: scopeIr(scope) }),
      at: irSpan(node.callee.span),
      whole: irSpan(node.span),
    };
  }
}

/** From the first span to the last. Where that is the place at which the attribute was declared it's the same object, of which a file has thousands. */
function spanOf(node: AttributeNode, first: Span, last: Span): IrSpan {
  if (first === last && node instanceof TextAttribute && node.span === first) return node.irSpan;
  return [first.start, last.end];
}

/** A name that is declared twice is what the later statement says (`language.md` 7.4). */
function lastOfEachName(parameters: readonly ParameterDraft[]): readonly ParameterDraft[] {
  const identity = ({ target }: ParameterDraft) =>
    target.kind === "variable" ? target.variable : target.kind === "attribute" ? target.node : target;
  const last = new Map(parameters.map((parameter) => [identity(parameter), parameter]));
  return parameters.filter((parameter) => last.get(identity(parameter)) === parameter);
}

function scopeIr(scope: { section: readonly string[]; variables: readonly (readonly [string, Target])[] }): ScopeIr {
  return { section: scope.section, variables: scope.variables.map(([name, target]) => [name, variable(target)] as const) };
}

function variable(target: Target): VariableIr {
  if (target.kind === "cell") return { cell: target.cell.name };
  if (target.kind !== "variable") throw new Error("a name without meaning reached lowering");
  return target.variable.exported ? { cell: target.variable.name } : { slot: target.variable.slot };
}

function literalText(name: "shortdoc" | "doc", properties: ReadonlyMap<string, ast.Expression>): { [name: string]: string } {
  const value = properties.get(name);
  return value?.kind === "literal" && value.type === "string" ? { [name]: value.value } : {};
}

/** An int as canonical text: what is written, unless it has needless zeros. */
function digitsOf(literal: ast.Literal & { readonly type: "int" }): string {
  return literal.raw.charCodeAt(0) === 48 && literal.raw.length > 1 ? String(literal.value) : literal.raw;
}

function literalConstant(literal: ast.Literal): ConstantIr {
  switch (literal.type) {
    case "bool":
      return { t: "bool", v: literal.value };
    case "int":
    case "Duration":
    case "Size":
      return { t: literal.type, v: String(literal.value) };
    case "float":
    case "char":
      return { t: literal.type, v: literal.value };
    default:
      return { t: literal.type, v: literal.value };
  }
}
