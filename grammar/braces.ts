/**
 * Which braces of a file have no partner (`language.md` 8.2). Counting alone finds the outermost candidate; where the lines are indented as blocks usually are,
 * indentation tells which `{` its author forgot to close, and where.
 */
import * as T from "./tokens.js";

/** Offset of the last `}` that closes nothing, −1 if there is none. */
export function lastStrayBrace(tokens: readonly T.Token[]): number {
  let [open, last] = [0, -1];
  for (const token of tokens) {
    if (token.tokenType === T.LeftBrace) open++;
    else if (token.tokenType === T.RightBrace) {
      if (open > 0) open--;
      else last = token.startOffset;
    }
  }
  return last;
}

/** Whether there are as many `{` as `}`. */
export function isBalanced(tokens: readonly T.Token[]): boolean {
  let open = 0;
  for (const { tokenType } of tokens) {
    if (tokenType === T.LeftBrace) open++;
    else if (tokenType === T.RightBrace) open--;
  }
  return open === 0;
}

/** Nobody forgets more of them; beyond it's another kind of text, and counting has to do. */
const mostForgotten = 8;

/** A `{` and the column at which its line begins. */
interface Opener {
  readonly offset: number;
  readonly indent: number;
}

export interface Unclosed {
  /** Offsets of the `{` that no `}` closes, and the columns at which their lines begin. */
  readonly openers: ReadonlyMap<number, number>;
  /** They were found by indentation, so that their blocks end before the first line that is not indented. */
  readonly byIndent: boolean;
}

/** For files in which every `{` is closed. */
export const noneUnclosed: Unclosed = { openers: new Map(), byIndent: false };

/** The `{` of a file that are not closed; `columnOf` gives the column of a token (any unit, the same for all). */
export function unclosedBraces(tokens: readonly T.Token[], columnOf: (token: T.Token) => number): Unclosed {
  const counted = unclosedByCount(tokens);
  const openers = new Map(counted.map((offset) => [offset, 0]));
  if (counted.length === 0 || counted.length > mostForgotten) return { openers, byIndent: false };
  const found = unclosedByIndent(tokens, columnOf);
  // Another number: the indentation says something else than the braces, so it is no guide.
  if (found?.length !== counted.length) return { openers, byIndent: false };
  return { openers: new Map(found.map(({ offset, indent }) => [offset, indent])), byIndent: true };
}

/** How many `{` no `}` closes. */
export function countUnclosed(tokens: readonly T.Token[]): number {
  return unclosedByCount(tokens).length;
}

function unclosedByCount(tokens: readonly T.Token[]): number[] {
  const open: number[] = [];
  for (const token of tokens) {
    if (token.tokenType === T.LeftBrace) open.push(token.startOffset);
    else if (token.tokenType === T.RightBrace) open.pop();
  }
  return open;
}

/** A `}` that begins a line closes the innermost `{` whose line is not indented more. Undefined if one finds no such `{`. */
function unclosedByIndent(tokens: readonly T.Token[], columnOf: (token: T.Token) => number): Opener[] | undefined {
  const open: Opener[] = [];
  const unclosed: Opener[] = [];
  let indent = 0;
  for (const token of tokens) {
    const startsLine = token.newLine !== T.NewLine.none;
    if (startsLine || indent === 0) indent = columnOf(token);
    if (token.tokenType === T.LeftBrace) open.push({ offset: token.startOffset, indent });
    else if (token.tokenType === T.RightBrace) {
      while (startsLine && open.length > 0 && (open.at(-1) as Opener).indent > indent) unclosed.push(open.pop() as Opener);
      if (open.pop() === undefined) return undefined;
    }
  }
  return [...unclosed, ...open];
}

/** For each token, the lowest level of nesting that the braces from it to the end of the file reach; 0 is the level before it. */
export function lowestLevels(tokens: readonly T.Token[]): Int32Array {
  const lowest = new Int32Array(tokens.length + 1);
  for (let i = tokens.length - 1; i >= 0; i--) {
    const type = (tokens[i] as T.Token).tokenType;
    const step = type === T.LeftBrace ? 1 : type === T.RightBrace ? -1 : 0;
    lowest[i] = Math.min(0, step + (lowest[i + 1] as number));
  }
  return lowest;
}
