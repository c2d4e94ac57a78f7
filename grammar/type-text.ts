/**
 * Types as text at run time: what `typeof` prints, `to_type` reads and saved parameters carry (`language.md` 3.10, 9.2), and the syntax of source
 * code (2.4). A small recursive descent of its own, because the program that reads a stored value must not load the whole parser.
 */
import type { BasicTypeName, TypeNode } from "./ast.js";
import { identifierEnd, startsIdentifier } from "./characters.js";
import { overlap } from "./overlap.js";
import { basicTypeNames } from "./type-names.js";

export type TypeTextResult = { readonly type: TypeNode } | { readonly message: string; readonly offset: number };

const maximumDepth = 500;

/** Thrown inside this module only. */
class TypeTextError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Words that cannot name a type variable. */
const reserved = new Set(
  "var func enum export if elif else for from to break continue return true True false False and or not is".split(" "),
);

class TypeTextReader {
  readonly text: string;
  at = 0;
  depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(message: string, offset = this.at): never {
    throw new TypeTextError(message, offset);
  }

  skipBlanks(): void {
    while (" \t\r\n".includes(this.text.charAt(this.at)) && this.at < this.text.length) this.at++;
  }

  /** Consumes the punctuation if it comes next. */
  accept(sign: string): boolean {
    this.skipBlanks();
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  expect(sign: string): void {
    if (!this.accept(sign)) this.fail(`\`${sign}\` is expected`);
  }

  /** The identifier that comes next, not consumed; empty if there is none. */
  peekName(): string {
    this.skipBlanks();
    const first = this.text.codePointAt(this.at);
    if (first === undefined || !startsIdentifier(first)) return "";
    return this.text.slice(this.at, identifierEnd(this.text, this.at));
  }

  variable(): string {
    const name = this.peekName();
    if (name === "" || reserved.has(name)) this.fail("the name of a type variable is expected");
    this.at += name.length;
    return name;
  }

  type(): TypeNode {
    this.skipBlanks();
    const start = this.at;
    if (++this.depth > maximumDepth) this.fail(`nesting is deeper than ${maximumDepth} levels`);
    const alternatives = [this.atom()];
    while (this.orFollows()) alternatives.push(this.atom());
    this.depth--;
    if (alternatives.length === 1) return alternatives[0] as TypeNode;
    const clash = overlap(alternatives);
    if (clash) this.fail("this alternative of the union cannot be told from an earlier one", clash.span.start);
    return { kind: "union", alternatives, span: { start, end: this.at } };
  }

  orFollows(): boolean {
    if (this.accept("||")) return true;
    if (this.peekName() !== "or") return false;
    this.at += 2;
    return true;
  }

  atom(): TypeNode {
    this.skipBlanks();
    const start = this.at;
    if (this.accept("`")) return { kind: "variable", name: this.variable(), span: { start, end: this.at } };
    if (this.text.startsWith("(", this.at)) return this.signature(start);
    const name = this.peekName();
    if (name === "") this.fail("a type is expected");
    this.at += name.length;
    const span = { start, end: this.at };
    if (basicTypeNames.has(name)) return { kind: "basic", name: name as BasicTypeName, span };
    if (name === "func") {
      this.skipBlanks();
      return this.text.startsWith("(", this.at) ? this.signature(start) : { kind: "anyfunc", span };
    }
    if (name === "typespec") return this.typespec(start);
    if (name !== "list" && name !== "dict" && name !== "tuple") this.fail(`${name} is not a type`, start);
    return this.container(name, start);
  }

  typespec(start: number): TypeNode {
    const end = this.at;
    if (!this.accept("[")) {
      this.at = end;
      return { kind: "typespec", variable: undefined, span: { start, end } };
    }
    if (!this.accept("`")) this.fail("typespec takes one type variable, for example typespec[`x]");
    const variable = this.variable();
    this.expect("]");
    return { kind: "typespec", variable, span: { start, end: this.at } };
  }

  container(name: "list" | "dict" | "tuple", start: number): TypeNode {
    if (!this.accept("[")) this.fail(`${name} needs type parameters in brackets`);
    const items = [this.type()];
    while (this.accept(",")) items.push(this.type());
    this.expect("]");
    const span = { start, end: this.at };
    const [first, second] = items;
    if (name === "list" && first && items.length === 1) return { kind: "list", item: first, span };
    if (name === "dict" && first && second && items.length === 2) return { kind: "dict", key: first, value: second, span };
    if (name === "tuple" && items.length >= 2) return { kind: "tuple", items, span };
    return this.fail(`${name} takes another number of type parameters than ${items.length}`, start);
  }

  /** `(int, *string) -> bool`, or `(...)` for "some function". */
  signature(start: number): TypeNode {
    this.expect("(");
    if (this.accept("...")) {
      this.expect(")");
      return { kind: "anyfunc", span: { start, end: this.at } };
    }
    const parameters: TypeNode[] = [];
    let variadic = false;
    if (!this.accept(")")) {
      do {
        if (variadic) this.fail("only the last parameter may be starred");
        variadic = this.accept("*");
        parameters.push(this.type());
      } while (this.accept(","));
      this.expect(")");
    }
    const end = this.at;
    const result = this.accept("->") ? this.type() : undefined;
    if (result === undefined) this.at = end;
    return { kind: "signature", parameters, variadic, result, span: { start, end: this.at } };
  }
}

/** Reads a type; spans and the offset of a failure count from the start of the text. Surrounding blanks are allowed. */
export function parseTypeText(text: string): TypeTextResult {
  const reader = new TypeTextReader(text);
  try {
    const type = reader.type();
    reader.skipBlanks();
    if (reader.at < text.length) reader.fail("the type should end here");
    return { type };
  } catch (error) {
    if (error instanceof TypeTextError) return { message: error.message, offset: error.offset };
    throw error;
  }
}
