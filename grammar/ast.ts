/**
 * The abstract syntax tree of one c4m file (`language.md` 2). Nodes are plain immutable data with exact spans and nothing computed: names are
 * not resolved, types are not known. Sugar stays visible (method calls, the spelling of an operator, parentheses), because the formatter prints
 * from this tree and diagnostics point into it; the compiler takes the sugar away when it lowers.
 *
 * Where the parser recovered from an error it leaves a `bad` node: later stages give it the error type and report nothing about it.
 */
import type { Span } from "./span.js";

/** A name with its place. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}

/** A comment, kept for the formatter. `ownLine`: nothing but blanks stands before it on its line. */
export interface Comment {
  readonly text: string;
  readonly span: Span;
  readonly ownLine: boolean;
}

export interface FileNode {
  readonly kind: "file";
  readonly items: readonly Statement[];
  readonly comments: readonly Comment[];
  readonly span: Span;
}

/** Statements between the braces of a section, branch, loop or function; the span includes the braces. */
export interface Block {
  readonly kind: "block";
  readonly items: readonly Statement[];
  readonly span: Span;
}

// ---- statements ------------------------------------------------------------------------------------------------------------------------

export type Statement =
  | EnumDeclaration
  | FunctionDeclaration
  | ExportDeclaration
  | ParameterDeclaration
  | IfStatement
  | ForStatement
  | SectionStatement
  | AttributeAssignment
  | VariableAssignment
  | UnpackAssignment
  | VariableDeclaration
  | UseStatement
  | ReturnStatement
  | LoopControl
  | ExpressionStatement
  | BadStatement;

export interface EnumDeclaration {
  readonly kind: "enum";
  readonly names: readonly Name[];
  readonly span: Span;
}

export interface Formal {
  readonly name: Name;
  readonly type: TypeNode | undefined;
}

export interface FunctionDeclaration {
  readonly kind: "function";
  readonly name: Name;
  readonly formals: readonly Formal[];
  readonly body: Block;
  /** From `func` to the closing parenthesis. */
  readonly header: Span;
  readonly span: Span;
}

export interface ExportDeclaration {
  readonly kind: "export";
  readonly names: readonly Name[];
  readonly span: Span;
}

export interface ParameterProperty {
  readonly name: Name;
  readonly value: Expression;
  readonly span: Span;
}

export interface ParameterDeclaration {
  readonly kind: "parameter";
  /** An attribute path, or the name of a file variable. */
  readonly target:
    | { readonly kind: "attribute"; readonly path: readonly Name[] }
    | { readonly kind: "variable"; readonly name: Name };
  readonly properties: readonly ParameterProperty[];
  readonly hasBody: boolean;
  readonly span: Span;
}

export interface Branch {
  readonly condition: Expression;
  readonly body: Block;
}

export interface IfStatement {
  readonly kind: "if";
  /** `if` and every `elif`, in order. */
  readonly branches: readonly Branch[];
  readonly otherwise: Block | undefined;
  readonly span: Span;
}

export interface ForStatement {
  readonly kind: "for";
  readonly index: Name;
  readonly from: Expression;
  readonly to: Expression;
  readonly body: Block;
  readonly span: Span;
}

export interface SectionStatement {
  readonly kind: "section";
  readonly name: Name;
  /** `quoted` tells how the tag was written. */
  readonly tag: (Name & { readonly quoted: boolean }) | undefined;
  /** Absent in `item "one"`. */
  readonly body: Block | undefined;
  /** Name and tag. */
  readonly header: Span;
  readonly span: Span;
}

export interface AttributeAssignment {
  readonly kind: "assign";
  readonly path: readonly Name[];
  readonly operator: "=" | ":";
  /** `~`: lock after assigning. */
  readonly lock: boolean;
  readonly value: Expression;
  readonly span: Span;
}

export interface VariableAssignment {
  readonly kind: "set";
  readonly name: Name;
  readonly value: Expression;
  readonly span: Span;
}

export interface UnpackAssignment {
  readonly kind: "unpack";
  readonly names: readonly Name[];
  readonly value: Expression;
  readonly span: Span;
}

export interface VariableGroup {
  readonly names: readonly Name[];
  readonly type: TypeNode;
}

export interface VariableDeclaration {
  readonly kind: "var";
  readonly groups: readonly VariableGroup[];
  readonly span: Span;
}

export interface UseStatement {
  readonly kind: "use";
  readonly module: Name;
  /** The folded text of the string after `from`. */
  readonly from: Name | undefined;
  readonly span: Span;
}

export interface ReturnStatement {
  readonly kind: "return";
  readonly value: Expression | undefined;
  readonly span: Span;
}

export interface LoopControl {
  readonly kind: "break" | "continue";
  readonly span: Span;
}

export interface ExpressionStatement {
  readonly kind: "expression";
  readonly expression: Expression;
  readonly span: Span;
}

/** What is left of a statement that did not parse. Names whose targets were read still count as defined (`language.md` 8.2). */
export interface BadStatement {
  readonly kind: "bad";
  readonly defines:
    | { readonly kind: "attribute" | "variable" | "section" | "function"; readonly path: readonly Name[] }
    | undefined;
  readonly span: Span;
}

// ---- expressions -----------------------------------------------------------------------------------------------------------------------

export type Expression =
  | Literal
  | NameExpression
  | MemberExpression
  | IndexExpression
  | CallExpression
  | MethodCallExpression
  | UnaryExpression
  | BinaryExpression
  | ParenthesizedExpression
  | TupleExpression
  | ListExpression
  | DictExpression
  | TypeLiteral
  | FunctionReference
  | BadExpression;

/** A value written as one token. `value` is decoded; for `other` it is the canonical value of one of the literal domains. */
export type Literal = { readonly span: Span; readonly kind: "literal"; readonly raw: string } & LiteralValue;

/** The value of a literal token. `int` may be 2^63 when it stands directly under a unary minus; the checker decides (C4M-T030). */
export type LiteralValue =
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "char"; readonly value: number }
  /** `pieces` > 1: folded from that many string tokens joined by `+` (`language.md` 1.6). Raw bytes are surrogate-escaped, see runtime/text.ts. */
  | { readonly type: "string"; readonly value: string; readonly pieces: number }
  | OtherValue;

/** Values of the domains of `language.md` 4. Duration in microseconds, Size in bytes, the others as canonical text. */
export type OtherValue =
  | { readonly type: "Duration" | "Size"; readonly value: bigint }
  | { readonly type: "IPAddr" | "CIDR" | "Date" | "Time" | "DateTime"; readonly value: string };

export interface NameExpression {
  readonly kind: "name";
  readonly name: string;
  readonly span: Span;
}

export interface MemberExpression {
  readonly kind: "member";
  readonly object: Expression;
  readonly member: Name;
  readonly span: Span;
}

export interface IndexExpression {
  readonly kind: "index";
  readonly object: Expression;
  readonly index: Expression;
  readonly span: Span;
}

/** `f(args)` */
export interface CallExpression {
  readonly kind: "call";
  readonly callee: Name;
  readonly args: readonly Expression[];
  readonly span: Span;
}

/** `receiver.f(args)`, the same call as `f(receiver, args)`. */
export interface MethodCallExpression {
  readonly kind: "method";
  readonly receiver: Expression;
  readonly callee: Name;
  readonly args: readonly Expression[];
  readonly span: Span;
}

export interface UnaryExpression {
  readonly kind: "unary";
  readonly operator: "+" | "-" | "!";
  /** As written: `not` or the sign itself. */
  readonly spelling: string;
  readonly operatorSpan: Span;
  readonly operand: Expression;
  readonly span: Span;
}

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%";

export interface BinaryExpression {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  /** As written: `and`, `or`, `is`, or the sign itself. */
  readonly spelling: string;
  readonly operatorSpan: Span;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

export interface ParenthesizedExpression {
  readonly kind: "paren";
  readonly inner: Expression;
  readonly span: Span;
}

export interface TupleExpression {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
  readonly span: Span;
}

export interface ListExpression {
  readonly kind: "list";
  readonly items: readonly Expression[];
  readonly span: Span;
}

export interface DictExpression {
  readonly kind: "dict";
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
  readonly span: Span;
}

/** A type used as a value. */
export interface TypeLiteral {
  readonly kind: "type";
  readonly type: TypeNode;
  readonly span: Span;
}

/** `func name` or `func name(int) -> int`. */
export interface FunctionReference {
  readonly kind: "funcref";
  readonly name: Name;
  readonly signature: SignatureNode | undefined;
  readonly span: Span;
}

export interface BadExpression {
  readonly kind: "bad";
  readonly span: Span;
}

// ---- types -----------------------------------------------------------------------------------------------------------------------------

export type BasicTypeName =
  | "void"
  | "bool"
  | "int"
  | "float"
  | "char"
  | "string"
  | "Duration"
  | "Size"
  | "IPAddr"
  | "CIDR"
  | "Date"
  | "Time"
  | "DateTime";

export type TypeNode =
  | { readonly kind: "basic"; readonly name: BasicTypeName; readonly span: Span }
  | { readonly kind: "variable"; readonly name: string; readonly span: Span }
  | { readonly kind: "list"; readonly item: TypeNode; readonly span: Span }
  | { readonly kind: "dict"; readonly key: TypeNode; readonly value: TypeNode; readonly span: Span }
  | { readonly kind: "tuple"; readonly items: readonly TypeNode[]; readonly span: Span }
  | { readonly kind: "typespec"; readonly variable: string | undefined; readonly span: Span }
  | { readonly kind: "union"; readonly alternatives: readonly TypeNode[]; readonly span: Span }
  | SignatureNode
  /** `func` alone: some function, signature unknown. */
  | { readonly kind: "anyfunc"; readonly span: Span }
  | { readonly kind: "bad"; readonly span: Span };

export interface SignatureNode {
  readonly kind: "signature";
  readonly parameters: readonly TypeNode[];
  /** The last parameter is starred. */
  readonly variadic: boolean;
  /** Absent means `void`. */
  readonly result: TypeNode | undefined;
  readonly span: Span;
}
