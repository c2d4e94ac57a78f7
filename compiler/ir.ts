/**
 * The typed intermediate representation: what the checker knows about one file, in the form in which the evaluator runs it and in which it is
 * stored (`$CHALK_IR`, the shipped configuration). Names are resolved to slots, cells and absolute attribute paths, calls to one entry of the
 * function table, sugar is gone, every node that can fail at run time keeps the span to blame. All of it is JSON-compatible data except
 * that integers are decimal strings in the constant pool; `serialize.ts` writes it deterministically.
 *
 * Types are indexes into `types` (texts of `language.md` 3.10, parseable again), constants indexes into `constants`.
 */
import type { LineTable, Span } from "../grammar/span.js";

/** Raised whenever the meaning of any node changes; other numbers are recompiled from source. */
export const irFormat = 1;

/** A span as `[start, end]` offsets into the module's text. */
export type IrSpan = readonly [number, number];

export function irSpan(span: Span): IrSpan {
  return [span.start, span.end];
}

export interface ModuleIr {
  readonly format: number;
  readonly table: LineTable;
  /** Type texts; nodes refer to them by index. */
  readonly types: readonly string[];
  readonly constants: readonly ConstantIr[];
  /** Number of variable slots of the file's own frame. */
  readonly slots: number;
  /** Names of the slots, for messages and `format()`. */
  readonly slotNames: readonly string[];
  readonly functions: readonly FunctionIr[];
  readonly parameters: readonly ParameterIr[];
  /** Components that the file uses, each once, in order of their first `use`. */
  readonly uses: readonly ComponentUseIr[];
  /** Exported variables and enum constants that the file brings into the context. */
  readonly cells: readonly CellIr[];
  readonly body: readonly StatementIr[];
  /** Attributes and sections that the text declares, whether executed or not (lint, checks of unexecuted code). */
  readonly declarations: readonly DeclarationIr[];
}

export type ConstantIr =
  | { readonly t: "bool"; readonly v: boolean }
  | { readonly t: "int" | "Duration" | "Size"; readonly v: string }
  | { readonly t: "float" | "char"; readonly v: number }
  | { readonly t: "string" | "IPAddr" | "CIDR" | "Date" | "Time" | "DateTime"; readonly v: string }
  /** A reference to a function by name; `type` is its signature's type index, -1 if none was written. */
  | { readonly t: "func"; readonly v: string; readonly type: number }
  | { readonly t: "typespec"; readonly type: number };

export interface DeclarationIr {
  readonly kind: "attribute" | "section";
  readonly path: readonly string[];
  /** Type index of an attribute; -1 for sections. */
  readonly type: number;
  readonly span: IrSpan;
}

/** An exported variable (`constant` absent) or an enum constant (its value). One cell per name in the context. */
export interface CellIr {
  readonly name: string;
  readonly type: number;
  readonly constant?: number;
}

export interface FunctionIr {
  readonly name: string;
  /** Identifies the entry in the function table: `name` + the text of its type when it was first declared. */
  readonly entry: string;
  readonly type: number;
  readonly formals: readonly string[];
  /** Slots of the call frame: formals first, then `result` (slot `formals.length`), then locals. */
  readonly slots: number;
  readonly slotNames: readonly string[];
  readonly isVoid: boolean;
  readonly body: readonly StatementIr[];
  readonly span: IrSpan;
}

export interface ParameterIr {
  readonly kind: "attribute" | "variable";
  /** Attribute path from the root, or the one name of the variable. */
  readonly path: readonly string[];
  /** Slot of a variable parameter in the file's frame, or -1. */
  readonly slot: number;
  readonly type: number;
  readonly shortdoc?: string;
  readonly doc?: string;
  /** A constant expression, or a call of the default callback. */
  readonly default?: ExpressionIr;
  /** True if `default` calls a callback. */
  readonly defaultIsCall?: boolean;
  /** Constant index of the validator's function reference. */
  readonly validator?: number;
  readonly sensitive?: boolean;
  readonly span: IrSpan;
}

export interface ComponentUseIr {
  readonly module: string;
  /** The text after `from`; absent if none. */
  readonly location?: string;
  readonly span: IrSpan;
}

/** Where a variable lives: a slot of the running frame (file or call), or a cell of the context. */
export type VariableIr = { readonly slot: number } | { readonly cell: string };

// ---- statements ------------------------------------------------------------------------------------------------------------------------

/** `reset`: first and one-past-last slot of the block's own variables, which are unset whenever the block is entered. */
export interface BlockIr {
  readonly reset: readonly [number, number];
  readonly items: readonly StatementIr[];
}

export type StatementIr =
  /** Attribute assignment to an absolute path. `target` is the span of the path, `at` that of the whole statement. */
  | {
      readonly k: "assign";
      readonly path: readonly string[];
      readonly type: number;
      readonly lock: boolean;
      readonly value: ExpressionIr;
      readonly target: IrSpan;
      readonly at: IrSpan;
    }
  | { readonly k: "set"; readonly to: VariableIr; readonly value: ExpressionIr; readonly at: IrSpan }
  | { readonly k: "unpack"; readonly to: readonly VariableIr[]; readonly value: ExpressionIr; readonly at: IrSpan }
  /** Opens a section: from here on it exists. `path` is absolute, tag included. `at` is the span of the header. */
  | { readonly k: "section"; readonly path: readonly string[]; readonly body: BlockIr; readonly at: IrSpan }
  | {
      readonly k: "if";
      readonly branches: readonly { readonly condition: ExpressionIr; readonly body: BlockIr }[];
      readonly otherwise?: BlockIr;
      readonly at: IrSpan;
    }
  /** The index is a slot of the loop's body block, set before each round. */
  | {
      readonly k: "for";
      readonly index: number;
      readonly from: ExpressionIr;
      readonly to: ExpressionIr;
      readonly body: BlockIr;
      readonly at: IrSpan;
    }
  | { readonly k: "break" | "continue"; readonly at: IrSpan }
  | { readonly k: "return"; readonly value?: ExpressionIr; readonly at: IrSpan }
  | { readonly k: "do"; readonly value: ExpressionIr; readonly at: IrSpan }
  /** Runs a component; index into `uses`. `at` is this statement's own span. */
  | { readonly k: "use"; readonly component: number; readonly at: IrSpan };

// ---- expressions -----------------------------------------------------------------------------------------------------------------------

export type OperatorIr = "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%";

export type ExpressionIr =
  | { readonly k: "const"; readonly c: number }
  | { readonly k: "var"; readonly of: VariableIr; readonly name: string; readonly at: IrSpan }
  /** Reads an attribute by its absolute path. */
  | { readonly k: "attr"; readonly path: readonly string[]; readonly at: IrSpan }
  | { readonly k: "neg" | "plus" | "not"; readonly a: ExpressionIr; readonly at: IrSpan }
  | { readonly k: "and" | "or"; readonly a: ExpressionIr; readonly b: ExpressionIr; readonly at: IrSpan }
  /** `at` is the operator's span. */
  | { readonly k: "op"; readonly op: OperatorIr; readonly a: ExpressionIr; readonly b: ExpressionIr; readonly at: IrSpan }
  | { readonly k: "index"; readonly a: ExpressionIr; readonly b: ExpressionIr; readonly at: IrSpan }
  /** A tuple's item by literal index. */
  | { readonly k: "item"; readonly a: ExpressionIr; readonly i: number; readonly at: IrSpan }
  | { readonly k: "list" | "tuple"; readonly items: readonly ExpressionIr[] }
  | { readonly k: "dict"; readonly entries: readonly (readonly [ExpressionIr, ExpressionIr])[] }
  /**
   * Calls one entry of the function table. `args` types are static types of the arguments and `type` that of the result, for builtins that need
   * them (`typeof`, `attr_get`, `parse_json`). `scope` is present for `format` only.
   */
  | {
      readonly k: "call";
      readonly name: string;
      readonly entry: string;
      readonly args: readonly ExpressionIr[];
      readonly argTypes: readonly number[];
      readonly type: number;
      readonly scope?: ScopeIr;
      /** The callee's name. */
      readonly at: IrSpan;
      /** The whole call. */
      readonly whole: IrSpan;
    };

/** What `format()` may name at the place of the call. */
export interface ScopeIr {
  /** Absolute path of the section in which the call stands. */
  readonly section: readonly string[];
  readonly variables: readonly (readonly [string, VariableIr])[];
}
