/** Names of commits: `HEAD`, loose refs and `packed-refs` (`collection.md` 5.3), for ordinary repositories and linked worktrees. */
import { type Files, HostError } from "../../host/host.js";
import { GitProblem, isObjectId } from "./bytes.js";
import type { Location } from "./discover.js";

/** What HEAD says. */
export interface Head {
  /** The last symbolic name on the way, if HEAD is symbolic; it need not exist. */
  readonly ref: string | undefined;
  /** The object it ends at; undefined while nothing is committed. */
  readonly id: string | undefined;
}

export interface Ref {
  readonly id: string;
  /** What an annotated tag finally points to, where `packed-refs` knows; null if the object is known to be no tag. */
  readonly peeled: string | null | undefined;
}

/** A repository's refs. */
export interface RefReader {
  head(): Head;
  /** Refs under `refs/tags/`, by the name behind that. */
  tags(): Map<string, Ref>;
}

const deepest = 10;
/** Refs that every worktree has for itself. */
const ownRefs = /^(?!refs\/)|^refs\/(?:bisect|worktree|rewritten)\//;

function isAbsent(error: unknown): boolean {
  return error instanceof HostError && ["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code);
}

/** Refs in files. */
export class FileRefs implements RefReader {
  readonly #files: Files;
  readonly #location: Location;
  #packed: Map<string, Ref> | undefined;

  constructor(files: Files, location: Location) {
    this.#files = files;
    this.#location = location;
  }

  head(): Head {
    let name = "HEAD";
    for (let depth = 0; depth <= deepest; depth++) {
      const text = this.#read(name);
      const symbolic = text === undefined ? undefined : /^ref:\s*(\S+)/.exec(text)?.[1];
      if (symbolic === undefined) {
        const id = text?.split(/\s/)[0] ?? this.#packedRefs().get(name)?.id;
        if (name === "HEAD" && id === undefined) throw new GitProblem("HEAD is missing");
        if (id !== undefined && !isObjectId(id)) throw new GitProblem(`${name} is neither a name nor an object id`);
        return { ref: name === "HEAD" ? undefined : name, id };
      }
      if (symbolic.split("/").includes("..")) throw new GitProblem(`${name} points outside of the repository`);
      name = symbolic;
    }
    throw new GitProblem("HEAD is symbolic without end");
  }

  tags(): Map<string, Ref> {
    const found = new Map<string, Ref>();
    for (const [name, ref] of this.#packedRefs()) if (name.startsWith("refs/tags/")) found.set(name.slice(10), ref);
    this.#walk("refs/tags", (name, id) => found.set(name.slice(10), { id, peeled: undefined }));
    return found;
  }

  #walk(directory: string, use: (name: string, id: string) => void): void {
    let names: string[];
    try {
      names = this.#files.list(`${this.#location.commonDirectory}/${directory}`);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    for (const entry of names) {
      const name = `${directory}/${entry}`;
      const path = `${this.#location.commonDirectory}/${name}`;
      if (this.#files.find(path)?.kind === "directory") {
        this.#walk(name, use);
        continue;
      }
      const id = this.#read(name)?.trim();
      if (id !== undefined && isObjectId(id)) use(name, id);
    }
  }

  /** The text of a loose ref; of a symbolic link (an old form of HEAD) what it amounts to. */
  #read(name: string): string | undefined {
    const { gitDirectory, commonDirectory } = this.#location;
    const path = `${ownRefs.test(name) ? gitDirectory : commonDirectory}/${name}`;
    try {
      if (name === "HEAD" && this.#files.lstat(path).kind === "symlink") {
        const target = this.#files.readLink(path);
        if (target.startsWith("refs/")) return `ref: ${target}`;
      }
      return this.#files.readText(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #packedRefs(): Map<string, Ref> {
    if (this.#packed !== undefined) return this.#packed;
    let text = "";
    try {
      text = this.#files.readText(`${this.#location.commonDirectory}/packed-refs`);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    const found = new Map<string, Ref>();
    const fullyPeeled = /^# pack-refs with:.* fully-peeled( |$)/m.test(text);
    let last: string | undefined;
    for (const line of text.split("\n")) {
      if (line.startsWith("^")) {
        const ref = last === undefined ? undefined : found.get(last);
        if (last !== undefined && ref !== undefined) found.set(last, { id: ref.id, peeled: line.slice(1).trim() });
      }
      const [, id, name] = /^([0-9a-f]{40,64}) (\S+)/.exec(line) ?? [];
      if (id === undefined || name === undefined) continue;
      found.set(name, { id, peeled: fullyPeeled ? null : undefined });
      last = name;
    }
    this.#packed = found;
    return found;
  }
}
