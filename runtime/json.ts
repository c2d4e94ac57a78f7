/**
 * The data of reports and marks, and its one textual form: upstream's compact style (`runtime-core.md` 6.1, `marks-and-codecs.md` 1.2), which other
 * implementations read and which hashes and log readers depend on. Integers and floats stay apart: a `number` that is an integer prints as an integer;
 * `Float` forces the float form.
 */

/** A float even if its value is whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type Json = null | boolean | number | bigint | string | Float | readonly Json[] | JsonObject;
/** Insertion-ordered; a Map because keys such as "1" must keep their place. */
export type JsonObject = ReadonlyMap<string, Json>;
