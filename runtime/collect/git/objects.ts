/** The objects of a repository: loose files, packs, and those of other repositories that it borrows from (`collection.md` 5.3). */
import { type Files, HostError } from "../../host/host.js";
import { GitProblem, inflateUpTo } from "./bytes.js";
import { join } from "./discover.js";
import { type GitObject, type ObjectType, objectLimit, Pack } from "./pack.js";

const objectTypes: readonly string[] = ["commit", "tree", "blob", "tag"] satisfies ObjectType[];
/** How far one repository may borrow from another that borrows. */
const deepestAlternate = 5;

const isMissing = (error: unknown) => error instanceof HostError && (error.code === "ENOENT" || error.code === "ENOTDIR");

/** A reader of objects; `close` when done. */
export class ObjectStore {
  readonly #files: Files;
  readonly #idSize: number;
  readonly #directories: readonly string[];
  #packs: Pack[] | undefined;

  /** `directory` is `objects`; `idSize` 20 or 32 bytes. */
  constructor(files: Files, directory: string, idSize: number) {
    this.#files = files;
    this.#idSize = idSize;
    this.#directories = [...new Set(withAlternates(files, directory, 0))];
  }

  close(): void {
    for (const pack of this.#packs ?? []) pack.close();
    this.#packs = undefined;
  }

  /** Throws if the object is missing or broken. */
  read(id: string): GitObject {
    const found = this.#find(id);
    if (found === undefined) throw new GitProblem(`object ${id} is missing`);
    return found;
  }

  #find(id: string): GitObject | undefined {
    for (const directory of this.#directories) {
      const loose = this.#loose(`${directory}/${id.slice(0, 2)}/${id.slice(2)}`);
      if (loose !== undefined) return loose;
    }
    for (const pack of this.#openPacks()) {
      const offset = pack.find(id);
      if (offset !== undefined) return pack.read(offset, (base) => (base === id ? undefined : this.#find(base)));
    }
    return undefined;
  }

  #loose(path: string): GitObject | undefined {
    let compressed: Uint8Array;
    try {
      compressed = this.#files.readBytes(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const bytes = inflateUpTo(compressed, objectLimit);
    const end = bytes.indexOf(0);
    const [type, size] = new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0))).split(" ") as [string, string?];
    const data = bytes.subarray(end + 1);
    if (!objectTypes.includes(type) || Number(size) !== data.length) throw new GitProblem(`${path} is broken`);
    return { type: type as ObjectType, data };
  }

  #openPacks(): readonly Pack[] {
    this.#packs ??= this.#directories.flatMap((directory) => {
      let names: string[];
      try {
        names = this.#files.list(`${directory}/pack`);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
      const paths = names.filter((name) => name.endsWith(".idx")).map((name) => `${directory}/pack/${name.slice(0, -4)}`);
      return paths.flatMap((path) => {
        try {
          return [new Pack(this.#files, path, this.#idSize)];
        } catch (error) {
          // `git gc` may have replaced it since the directory was read.
          if (isMissing(error)) return [];
          throw error;
        }
      });
    });
    return this.#packs;
  }
}

function withAlternates(files: Files, directory: string, depth: number): string[] {
  let text = "";
  if (depth < deepestAlternate)
    try {
      text = files.readText(`${directory}/info/alternates`);
    } catch {}
  const others = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return [directory, ...others.flatMap((line) => withAlternates(files, join(directory, line), depth + 1))];
}
