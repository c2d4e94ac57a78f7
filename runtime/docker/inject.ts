/**
 * Getting files into an image (`docker.md` 10.1-10.3): through named build contexts where the builder knows them, else through the context directory itself.
 * Files that differ between platforms travel through a helper stage that holds all of them.
 */
import type { Host } from "../host/host.js";
import { baseName, directoryOf } from "../paths.js";
import { amendIgnoreFile } from "./assemble.js";
import type { Temporary } from "./temporary.js";

/** A file, or a tree of files that is copied to the root, for one platform. */
export interface InjectedFile {
  /** Normalised. */
  readonly platform: string;
  /** In a directory that may be given to the builder as a whole. */
  readonly path: string;
  /** The directory `path` holds what is to be copied to `/`. */
  readonly isTree: boolean;
}

export interface Injection {
  readonly instructions: readonly string[];
  readonly helperStage: readonly string[] | undefined;
}

export interface InjectorOptions {
  readonly host: Host;
  readonly temporary: Temporary;
  /** `--build-context` can be used. */
  readonly namedContexts: boolean;
  /** `COPY --chmod` can be used. */
  readonly canSetMode: boolean;
  /** The context, if it is a local directory. */
  readonly contextDirectory: string | undefined;
  readonly updateIgnoreFile: boolean;
  /** How many platforms the build is for. */
  readonly platformCount: number;
}

/** A file cannot be added. */
export class InjectionError extends Error {}

export class Injector {
  private readonly options: InjectorOptions;
  private count = 0;
  private declaredPlatform = false;
  private ignoreFileDone = false;
  private inDirectory = false;
  /** `--build-context` words of what was injected so far; what is abandoned is taken out again. */
  private readonly words: string[] = [];

  constructor(options: InjectorOptions) {
    this.options = options;
  }

  /** Files of ours lie in the context directory: ignore files must let them through. */
  get usesDirectory(): boolean {
    return this.inDirectory;
  }

  get contextWords(): readonly string[] {
    return this.words;
  }

  /** Runs an attempt; what it injected is forgotten if it throws, but its numbers stay used. */
  attempt<R>(body: () => R): R {
    const [before, declared] = [this.words.length, this.declaredPlatform];
    try {
      return body();
    } catch (error) {
      this.words.length = before;
      this.declaredPlatform = declared;
      throw error;
    }
  }

  /**
   * Makes files available and says how the image gets them.
   * @param destination absolute path in the image; `/` plus a name
   * @param perPlatform the files of several platforms differ even if only one is given
   */
  inject(files: readonly InjectedFile[], destination: string, mode: string): Injection {
    if (this.options.namedContexts) return this.throughContexts(files, destination, mode);
    if (this.options.platformCount > 1)
      throw new InjectionError("a build for several platforms needs a builder that knows --build-context");
    const [file] = files;
    if (file === undefined) throw new InjectionError("there is no file to add");
    return this.throughDirectory(file, destination, mode);
  }

  private nameContext(path: string): string {
    const { host, temporary } = this.options;
    const name = `chalkcontext${this.count++}`;
    let directory = directoryOf(path);
    if (host.files.find(`${directory}/.dockerignore`) !== undefined) {
      directory = temporary.directory();
      host.files.copy(path, `${directory}/${baseName(path)}`);
    }
    this.words.push("--build-context", `${name}=${directory}`);
    return name;
  }

  private throughContexts(files: readonly InjectedFile[], destination: string, mode: string): Injection {
    const copies = files.map((file) => {
      const source = `COPY --chmod=${mode} --from=${this.nameContext(file.path)} ${baseName(file.path)}`;
      return { file, source };
    });
    const [only] = copies;
    if (copies.length === 1 && only !== undefined) {
      const target = only.file.isTree ? "/" : destination;
      return { instructions: [`${only.source} ${target}`], helperStage: undefined };
    }
    const isTree = copies.some(({ file }) => file.isTree);
    const stage = `chalk${destination.replace(/[/.]/g, "_")}`;
    const helperStage = [
      `FROM scratch AS ${stage}`,
      "ARG TARGETPLATFORM",
      ...copies.map(({ file, source }) => `${source} /${file.platform}`),
    ];
    const declaration = this.declaredPlatform ? [] : ["ARG TARGETPLATFORM"];
    this.declaredPlatform = true;
    return { instructions: [...declaration, `COPY --from=${stage} /$TARGETPLATFORM ${isTree ? "/" : destination}`], helperStage };
  }

  private throughDirectory(file: InjectedFile, destination: string, mode: string): Injection {
    const { host, temporary, contextDirectory, canSetMode } = this.options;
    if (contextDirectory === undefined)
      throw new InjectionError("files can only be added to a context that is a local directory");
    let name = `${baseName(destination)}.chalk`;
    while (host.files.find(`${contextDirectory}/${name}`) !== undefined) name += ".chalk";
    const path = `${contextDirectory}/${name}`;
    this.letThrough(contextDirectory);
    this.inDirectory = true;
    if (file.isTree) {
      temporary.onEnd(() => host.files.removeTree(path));
      copyTree(host, file.path, path);
    } else {
      temporary.onEnd(() => host.files.remove(path));
      // BuildKit fetches what it has seen under this name before only if it has changed, by size and time.
      host.files.share(file.path, path, Number.parseInt(mode, 8));
    }
    return {
      instructions: [`COPY ${canSetMode ? `--chmod=${mode} ` : ""}${name} ${file.isTree ? "/" : destination}`],
      helperStage: undefined,
    };
  }

  /** The context's ignore file must not hide our files. */
  private letThrough(directory: string): void {
    const { host, temporary, updateIgnoreFile } = this.options;
    const path = `${directory}/.dockerignore`;
    if (this.ignoreFileDone || !updateIgnoreFile || host.files.find(path) === undefined) return;
    this.ignoreFileDone = true;
    if (host.files.lstat(path).kind !== "file") throw new InjectionError(`${path} is not a regular file and stays as it is`);
    const original = host.files.readBytes(path);
    const amended = amendIgnoreFile(new TextDecoder().decode(original));
    if (amended === undefined) return;
    temporary.onEnd(() => host.files.write(path, original));
    host.files.write(path, amended);
  }
}

function copyTree(host: Host, from: string, to: string): void {
  host.files.makeDirectories(to);
  for (const name of host.files.list(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (host.files.stat(source).kind === "directory") copyTree(host, source, target);
    else host.files.share(source, target, 0o755);
  }
}
