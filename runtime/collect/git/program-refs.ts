/** Refs of repositories that store them in another way than in files (reftable), by the git program (`collection.md` 5.3). */
import { GitProblem } from "./bytes.js";
import type { GitProgram } from "./program.js";
import type { Head, Ref, RefReader } from "./refs.js";

export class ProgramRefs implements RefReader {
  readonly #program: GitProgram;
  readonly #storage: string;
  #missing = false;

  /** `storage` is the value of `extensions.refstorage`, for messages. */
  constructor(program: GitProgram, storage: string) {
    this.#program = program;
    this.#storage = storage;
  }

  head(): Head {
    let ref: string;
    try {
      ref = this.#answer(["symbolic-ref", "--quiet", "HEAD"]);
    } catch (error) {
      if (this.#missing) throw error;
      return { ref: undefined, id: this.#answer(["rev-parse", "--verify", "HEAD"]) };
    }
    return { ref, id: this.#answer(["for-each-ref", "--format=%(objectname)", ref]) || undefined };
  }

  tags(): Map<string, Ref> {
    const format = "--format=%(objectname) %(*objectname) %(refname)";
    const lines = this.#answer(["for-each-ref", format, "refs/tags/"]).split("\n");
    return new Map(
      lines.flatMap((line): [string, Ref][] => {
        const [, id, peeled, name] = /^(\S+) (\S*) refs\/tags\/(.+)$/.exec(line) ?? [];
        if (id === undefined || name === undefined) return [];
        return [[name, { id, peeled: peeled === "" ? null : undefined }]];
      }),
    );
  }

  #answer(words: readonly string[]): string {
    const output = this.#program.run(words);
    this.#missing = output === undefined;
    if (output === undefined)
      throw new GitProblem(`refs are stored as '${this.#storage}', and there is no git program to read them`);
    return new TextDecoder().decode(output).trim();
  }
}
