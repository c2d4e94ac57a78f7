/**
 * The vocabulary of c4m: Chevrotain token types and the token objects that our scanner fills them with (`language.md` 1.4, 1.9).
 *
 * Operators of one level share a token type (`+` and `-` are both `Additive`): the parser then needs one look at the type to know how tightly an
 * operator binds. Newlines are not tokens; every token remembers whether one stands before it, and the parser decides by context whether that
 * newline ends a statement (`language.md` 1.3).
 */
import type { IToken, TokenType } from "chevrotain";
import type { OtherValue } from "./ast.js";

let lastIndex = 0;

/** A token type as Chevrotain knows them, without loading it. Types are told apart by their index, which counts from 1. */
function token(name: string, label: string): TokenType {
  return {
    name,
    LABEL: label,
    tokenTypeIdx: ++lastIndex,
    CATEGORIES: [],
    categoryMatches: [],
    categoryMatchesMap: {},
    isParent: false,
  };
}

/** The first, as in Chevrotain, whose own it stands for. */
export const EndOfFile = token("EOF", "the end of the file");

export const Identifier = token("Identifier", "a name");
export const IntLiteral = token("IntLiteral", "a number");
export const FloatLiteral = token("FloatLiteral", "a number");
export const StringLiteral = token("StringLiteral", "a string");
export const CharLiteral = token("CharLiteral", "a character");
export const OtherLiteral = token("OtherLiteral", "a literal");
export const BoolLiteral = token("BoolLiteral", "a bool");
/** What the scanner leaves of a token that it could not read: an operand that raises no further errors. */
export const Damaged = token("Damaged", "an unreadable token");

export const Or = token("Or", "`or`");
export const And = token("And", "`and`");
export const Equality = token("Equality", "`==`");
export const Relational = token("Relational", "`<`");
export const Additive = token("Additive", "`+`");
export const Modulo = token("Modulo", "`%`");
export const Multiplicative = token("Multiplicative", "`*`");
export const Not = token("Not", "`not`");

export const Assign = token("Assign", "`=`");
export const Colon = token("Colon", "`:`");
export const SetVariable = token("SetVariable", "`:=`");
export const Tilde = token("Tilde", "`~`");
export const Dot = token("Dot", "`.`");
export const Comma = token("Comma", "`,`");
export const Semicolon = token("Semicolon", "`;`");
export const LeftParen = token("LeftParen", "`(`");
export const RightParen = token("RightParen", "`)`");
export const LeftBracket = token("LeftBracket", "`[`");
export const RightBracket = token("RightBracket", "`]`");
export const LeftBrace = token("LeftBrace", "`{`");
export const RightBrace = token("RightBrace", "`}`");
export const Arrow = token("Arrow", "`->`");
export const Backtick = token("Backtick", "a backtick");

export const Var = token("Var", "`var`");
export const Func = token("Func", "`func`");
export const Enum = token("Enum", "`enum`");
export const Export = token("Export", "`export`");
export const If = token("If", "`if`");
export const Elif = token("Elif", "`elif`");
export const Else = token("Else", "`else`");
export const For = token("For", "`for`");
export const From = token("From", "`from`");
export const To = token("To", "`to`");
export const Break = token("Break", "`break`");
export const Continue = token("Continue", "`continue`");
export const Return = token("Return", "`return`");

/** Everything that Chevrotain must know about. */
export const vocabulary: TokenType[] = [
  ...[Identifier, IntLiteral, FloatLiteral, StringLiteral, CharLiteral, OtherLiteral, BoolLiteral, Damaged],
  ...[Or, And, Equality, Relational, Additive, Modulo, Multiplicative, Not],
  ...[Assign, Colon, SetVariable, Tilde, Dot, Comma, Semicolon, Arrow, Backtick],
  ...[LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace],
  ...[Var, Func, Enum, Export, If, Elif, Else, For, From, To, Break, Continue, Return],
];

/** Reserved words; the word operators are spellings of operator tokens. */
export const keywords: ReadonlyMap<string, TokenType> = new Map([
  ["var", Var],
  ["func", Func],
  ["enum", Enum],
  ["export", Export],
  ["if", If],
  ["elif", Elif],
  ["else", Else],
  ["for", For],
  ["from", From],
  ["to", To],
  ["break", Break],
  ["continue", Continue],
  ["return", Return],
  ["true", BoolLiteral],
  ["True", BoolLiteral],
  ["false", BoolLiteral],
  ["False", BoolLiteral],
  ["and", And],
  ["or", Or],
  ["not", Not],
  ["is", Equality],
]);

/** How a newline before a token counts. */
export const NewLine = {
  /** None before this token. */
  none: 0,
  /** One, but the token before it asks for more (`language.md` 1.3, rule 2). */
  swallowed: 1,
  /** One that ends a statement outside brackets and headers. */
  significant: 2,
  /** One after a broken literal that swallowed closing brackets: it ends the statement even inside brackets. */
  closing: 3,
} as const;

/** Decoded value of a literal token; for strings their text, for `<<…>>` the value of its domain. */
export type Payload = bigint | number | boolean | string | OtherValue;

/** A token as an object (`token-list.ts`); `payload` is the decoded value of a literal. */
export class Token implements IToken {
  readonly tokenTypeIdx: number;
  readonly image: string;
  readonly startOffset: number;
  /** Offset behind the last character (Chevrotain's own `endOffset` is inclusive; ours feeds spans). */
  readonly end: number;
  readonly newLine: number;
  readonly payload: Payload | undefined;
  constructor(typeIndex: number, image: string, startOffset: number, end: number, newLine: number, payload: Payload | undefined) {
    this.tokenTypeIdx = typeIndex;
    this.image = image;
    this.startOffset = startOffset;
    this.end = end;
    this.newLine = newLine;
    this.payload = payload;
  }

  get tokenType(): TokenType {
    return typeOf[this.tokenTypeIdx] as TokenType;
  }
}

/** Several string tokens folded into one. */
export class FoldedToken extends Token {
  readonly pieces: number;
  constructor(
    typeIndex: number,
    image: string,
    startOffset: number,
    end: number,
    newLine: number,
    payload: Payload | undefined,
    pieces: number,
  ) {
    super(typeIndex, image, startOffset, end, newLine, payload);
    this.pieces = pieces;
  }
}

/** What stands before the first token and behind the last one. */
export const outside = new Token(EndOfFile.tokenTypeIdx as number, "", 0, 0, Number.NaN, undefined);

const tableSize = Math.max(...vocabulary.map((type) => type.tokenTypeIdx as number), EndOfFile.tokenTypeIdx as number) + 1;

/** Token types by their index. */
const typeOf: (TokenType | undefined)[] = Array.from({ length: tableSize }, () => undefined);
for (const type of [...vocabulary, EndOfFile]) typeOf[type.tokenTypeIdx as number] = type;

/** A table over all token types, for tests on the hot paths of scanner and parser. */
export function tokenTable(types: readonly TokenType[]): Uint8Array {
  const table = new Uint8Array(tableSize);
  for (const [index, type] of types.entries()) table[type.tokenTypeIdx as number] = index + 1;
  return table;
}

/** The choice of a rule by the type of the next token: a list whose index is the type. */
export function byType<R>(choices: readonly { readonly types: readonly TokenType[]; readonly rule: R }[]): (R | undefined)[] {
  const chosen: (R | undefined)[] = Array.from({ length: tableSize }, () => undefined);
  for (const { types, rule } of choices) for (const type of types) chosen[type.tokenTypeIdx as number] = rule;
  return chosen;
}
