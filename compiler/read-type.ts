/**
 * Types from text (`language.md` 2.4, and everything that 3.10 writes). Compiled configuration names types by their text, so this runs at start-up:
 * it goes from characters to types in one pass and does not load the parser of the language.
 */
import { anyFunction, basic, freshVariable, type Type, type TypeVariable } from "./types.js";
import { unifiable } from "./unify.js";

/** What is wrong with a type text, and where. */
export interface TypeTextProblem {
  readonly message: string;
  /** UTF-16 offset into the text. */
  readonly offset: number;
}

const basicNames: ReadonlySet<string> = new Set(
  "void bool int float char string Duration Size IPAddr CIDR Date Time DateTime".split(" "),
);

/** Number of parameters of the types that take some; a tuple takes two or more. */
const containers: { readonly [name: string]: { readonly least: number; readonly most: number } } = {
  list: { least: 1, most: 1 },
  dict: { least: 2, most: 2 },
  tuple: { least: 2, most: Number.POSITIVE_INFINITY },
};

const deepestNesting = 500;

/** Tokens: names with or without backtick, `->`, `||`, `(...)`, and single characters. */
const token = /\s*(`?[\p{L}\p{Nl}_$][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]*|->|\|\||\(\.\.\.\)|\S)/uy;

/** The variable of that name in a declaration's name space, made at its first mention. */
export function variableNamed(name: string, variables: Map<string, TypeVariable>): TypeVariable {
  let variable = variables.get(name);
  if (variable === undefined) {
    variable = freshVariable(name);
    variables.set(name, variable);
  }
  return variable;
}

/** Thrown inside the reader only. */
class Refusal extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class TypeReader {
  private readonly variables = new Map<string, TypeVariable>();
  private readonly text: string;
  private current = "";
  private start = 0;
  private end = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  whole(): Type {
    const type = this.type();
    if (this.current !== "") this.refuse(`the type should end before '${this.current}'`);
    return type;
  }

  private advance(): string {
    const before = this.current;
    token.lastIndex = this.end;
    const found = token.exec(this.text);
    this.current = found?.[1] ?? "";
    this.start = found === null ? this.text.trimEnd().length : token.lastIndex - this.current.length;
    this.end = found === null ? this.text.length : token.lastIndex;
    return before;
  }

  private refuse(message: string): never {
    throw new Refusal(message, this.start);
  }

  private accept(wanted: string): boolean {
    if (this.current !== wanted) return false;
    this.advance();
    return true;
  }

  private expect(wanted: string): void {
    if (!this.accept(wanted)) this.refuse(`'${wanted}' is expected here`);
  }

  private type(): Type {
    if (++this.depth > deepestNesting) this.refuse("the type is nested too deeply");
    const start = this.start;
    const alternatives = [this.atom()];
    while (this.current === "or" || this.current === "||") {
      this.advance();
      alternatives.push(this.atom());
    }
    this.depth--;
    if (alternatives.length === 1) return alternatives[0]!;
    const overlap = alternatives.some((type, i) => alternatives.slice(i + 1).some((other) => unifiable(type, other)));
    if (overlap) throw new Refusal("alternatives of a union must differ", start);
    return freshVariable(undefined, alternatives);
  }

  private atom(): Type {
    if (this.accept("(...)")) return anyFunction;
    if (this.current === "(") return this.signature();
    if (this.current.startsWith("`") && this.current.length > 1) return variableNamed(this.advance().slice(1), this.variables);
    if (basicNames.has(this.current)) return basic(this.advance() as Parameters<typeof basic>[0]);
    if (this.current in containers) return this.container(this.advance());
    if (this.accept("typespec")) return { kind: "typespec", inner: this.typespecVariable() };
    if (this.accept("func")) return this.accept("(...)") || this.current !== "(" ? anyFunction : this.signature();
    return this.refuse(this.current === "" ? "a type is expected" : `'${this.current}' is not a type`);
  }

  private typespecVariable(): Type {
    if (!this.accept("[")) return freshVariable();
    if (!this.current.startsWith("`") || this.current.length < 2) this.refuse("typespec takes a type variable");
    const variable = variableNamed(this.advance().slice(1), this.variables);
    this.expect("]");
    return variable;
  }

  private container(name: string): Type {
    this.expect("[");
    const parts = [this.type()];
    while (this.accept(",")) parts.push(this.type());
    const { least, most } = containers[name]!;
    if (parts.length < least || parts.length > most) this.refuse(`wrong number of types for ${name}`);
    this.expect("]");
    if (name === "list") return { kind: "list", item: parts[0]! };
    return name === "dict" ? { kind: "dict", key: parts[0]!, value: parts[1]! } : { kind: "tuple", items: parts };
  }

  private signature(): Type {
    this.expect("(");
    const parameters: Type[] = [];
    let variadic = false;
    while (this.current !== ")") {
      if (parameters.length > 0) this.expect(",");
      if (variadic) this.refuse("only the last parameter can be starred");
      variadic = this.accept("*");
      parameters.push(this.type());
    }
    this.expect(")");
    return { kind: "function", parameters, variadic, result: this.accept("->") ? this.type() : basic("void") };
  }
}

/** Types without variables are immutable, so one object serves for every occurrence of a text. */
const closedTypes = new Map<string, Type>();
const mostClosedTypes = 1000;

/** Reads a type text; returns the type, or what is wrong with it. Each call makes fresh type variables. */
export function readType(text: string): { readonly type: Type } | { readonly problem: TypeTextProblem } {
  const known = closedTypes.get(text);
  if (known !== undefined) return { type: known };
  try {
    const type = new TypeReader(text).whole();
    const isClosed = !/`|typespec|\bor\b|\|\|/.test(text);
    if (isClosed && closedTypes.size < mostClosedTypes) closedTypes.set(text, type);
    return { type };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return { problem: { message: refusal.message, offset: refusal.offset } };
  }
}

/** The type that a text denotes, or undefined if it is none. Accepts everything that `typeText` writes. */
export function typeFromText(text: string): Type | undefined {
  const read = readType(text);
  return "type" in read ? read.type : undefined;
}
