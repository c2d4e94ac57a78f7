/** The comments of a file, handed out once each, to the part of the formatter that reaches them first. */
import type { Comment } from "./ast.js";
import type { SourceFile } from "./source.js";

export class CommentQueue {
  readonly #text: string;
  readonly #comments: readonly Comment[];
  readonly #taken: Uint8Array;

  constructor(source: SourceFile, comments: readonly Comment[]) {
    this.#text = source.text;
    this.#comments = comments;
    this.#taken = new Uint8Array(comments.length);
  }

  /** Index of the first comment that starts at or after the offset. */
  #from(offset: number): number {
    let low = 0;
    let high = this.#comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#comments[middle] as Comment).span.start < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether any comment, taken or not, starts in the range. */
  any(start: number, end: number): boolean {
    const comment = this.#comments[this.#from(start)];
    return comment !== undefined && comment.span.start < end;
  }

  /** Offset of the first occurrence of `sign` at or after `offset` that is not part of a comment. */
  find(sign: string, offset: number): number {
    let at = this.#text.indexOf(sign, offset);
    for (let index = this.#from(offset); index < this.#comments.length && at >= 0; index++) {
      const { span } = this.#comments[index] as Comment;
      if (span.start > at) break;
      if (at < span.end) at = this.#text.indexOf(sign, span.end);
    }
    return at;
  }

  /** Takes the comments that start in the range and were not taken yet. */
  take(start: number, end: number): Comment[] {
    const result: Comment[] = [];
    for (let index = this.#from(start); index < this.#comments.length; index++) {
      const comment = this.#comments[index] as Comment;
      if (comment.span.start >= end) break;
      if (this.#taken[index] === 1) continue;
      this.#taken[index] = 1;
      result.push(comment);
    }
    return result;
  }

  /** Takes the comments behind `start` on its line, up to `end`. */
  takeTrailing(start: number, end: number): Comment[] {
    const result: Comment[] = [];
    let at = start;
    for (let index = this.#from(start); index < this.#comments.length; index++) {
      const comment = this.#comments[index] as Comment;
      if (comment.span.start >= end || this.#text.slice(at, comment.span.start).includes("\n")) break;
      at = comment.span.end;
      if (this.#taken[index] === 1) continue;
      this.#taken[index] = 1;
      result.push(comment);
    }
    return result;
  }
}

/** A comment as it is printed: as written, without blanks at its end. */
export function commentText(comment: Comment): string {
  return comment.text.trimEnd();
}

/** Comments behind something on its line. */
export function trailing(comments: readonly Comment[]): string {
  return comments.map((comment) => `  ${commentText(comment)}`).join("");
}
