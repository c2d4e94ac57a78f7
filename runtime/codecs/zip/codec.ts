/**
 * Codec for zip archives (`marks-and-codecs.md` 8): the mark is an entry `chalk.json` at the root. HASH is that of the tree of files without any marks, so
 * entries are looked at by all codecs in turn, archives in archives included; nothing is unpacked for that.
 */
import { HostError } from "../../host/host.js";
import type { JsonObject } from "../../json.js";
import { isMark } from "../../marks/format.js";
import { chalkIdOfHash } from "../../marks/identifiers.js";
import { LONGEST_MARK, readContainedMark } from "../../marks/locate.js";
import { Candidate, type Content, contentBytes } from "../candidate.js";
import {
  type Claim,
  type Codec,
  type CodecContext,
  type ContainedClaim,
  type Container,
  duplicateReporter,
  extensionOf,
  isRefusal,
  once,
} from "../codec.js";
import { identify } from "../index.js";
import { type Archive, type Entry, readArchive, ZipError } from "./archive.js";
import { type ArchiveLimits, DEEPEST_ARCHIVE, type EntryHost, entryBytes, entryHost, newBudget } from "./content.js";
import { type ArchiveChanges, dosTime, editArchive } from "./edit.js";
import { isSidecarName, type TreeFile, treeHash, unmarkedContribution } from "./tree.js";

const MARK_NAME = "chalk.json";
const INJECTED_NAME = "chalk";
const PLAIN_MODE = 0o644;
const PROGRAM_MODE = 0o755;
const encode = (text: string) => new TextEncoder().encode(text);

const TYPES: Readonly<Record<string, string>> = {
  jar: "JAR",
  war: "WAR",
  ear: "EAR",
  pt: "PyTorch checkpoint",
  pth: "PyTorch checkpoint",
  keras: "Keras model",
};

/** First bytes of what upstream's macOS wrapper took for Mach-O (11.4). */
const WRAPPED_MAGICS: ReadonlySet<number> = new Set([0xcafebabe, 0xfeedface, 0xcefaedfe, 0xfeedfacf, 0xcffaedfe]);
const THIN_64 = 0xcffaedfe;

function magicOf(bytes: Uint8Array): number {
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

class ZipClaim implements Claim {
  readonly codec = "zip";
  readonly artifactType: string;
  readonly file: Candidate;
  readonly mark: JsonObject | undefined;
  private readonly archive: Archive;
  private readonly context: CodecContext;
  private readonly limits: ArchiveLimits;
  private readonly host: EntryHost;
  private readonly byName: ReadonlyMap<string, Entry>;
  private readonly put = new Map<string, { readonly bytes: Uint8Array; readonly mode: number }>();

  constructor(file: Candidate, archive: Archive, context: CodecContext, limits: ArchiveLimits) {
    this.file = file;
    this.archive = archive;
    this.context = context;
    this.limits = limits;
    this.artifactType = TYPES[extensionOf(file.path).toLowerCase()] ?? "ZIP";
    this.byName = new Map(archive.entries.map((entry) => [entry.name, entry]));
    this.host = entryHost(file, this.byName, limits.budget);
    this.mark = this.readMark();
  }

  /** Each pass over the whole archive may inflate as much as the first; archives inside share what theirs has left. */
  private startPass(): void {
    if (this.limits.depth === 0) this.limits.budget.left = newBudget(this.file.size).left;
  }

  /** File entries that belong to the user. */
  private content(): Entry[] {
    return this.archive.entries.filter(
      (entry) =>
        !entry.isDirectory &&
        entry.name !== MARK_NAME &&
        entry.name !== INJECTED_NAME &&
        !isSidecarName(entry.name, (name) => this.byName.has(name), this.context),
    );
  }

  private readMark(): JsonObject | undefined {
    const entry = this.byName.get(MARK_NAME);
    if (entry === undefined) return undefined;
    const { path } = this.file;
    const content =
      entry.size > LONGEST_MARK
        ? { error: "it is too long" }
        : readContainedMark(entryBytes(this.file, entry, this.limits.budget), duplicateReporter(path, this.context));
    if (content instanceof Map) return isMark(content) ? content : undefined;
    this.context.log("warn", `${path}: ${MARK_NAME} holds no mark, treated as unmarked: ${(content as { error: string }).error}`);
    return undefined;
  }

  /** The context for looking at entries: deeper, quiet. */
  private inner(context: CodecContext, chalking: boolean): CodecContext {
    const archive = { depth: this.limits.depth + 1, budget: this.limits.budget };
    return { options: { ...context.options, chalking, archive }, log: context.log };
  }

  private readonly quiet = once((): CodecContext => ({ ...this.inner(this.context, false), log: () => {} }));

  private claimEntry(entry: Entry, context: CodecContext): Claim | undefined {
    const path = `/${entry.name}`;
    if (context.options.ignored?.(path) === true) return undefined;
    const claim = identify(path, this.host, context);
    if (this.limits.budget.left < 0) throw new ZipError("the archive holds far more data than its size allows for");
    return claim;
  }

  private plain(entry: Entry): { readonly file: Candidate; readonly content: Content } {
    return { file: Candidate.open(this.host, `/${entry.name}`), content: [{ start: 0, end: entry.size }] };
  }

  readonly unmarkedHash = once((): string => {
    const files = this.content().map(
      (entry): TreeFile => ({
        name: entry.name,
        open: () => {
          const claim = this.claimEntry(entry, this.quiet());
          return claim === undefined ? this.plain(entry) : { file: claim.file, content: unmarkedContribution(claim) };
        },
      }),
    );
    return treeHash(this.file.host, files);
  });

  /** Hash of the files as they are: `_CURRENT_HASH`. */
  private plainHash(): string {
    const files = this.archive.entries.filter((entry) => !entry.isDirectory);
    return treeHash(
      this.file.host,
      files.map((entry) => ({ name: entry.name, open: () => this.plain(entry) })),
    );
  }

  /** Hashes as earlier releases of upstream made them: Java classes and the like empty; or nothing unmarked, names without `/`. */
  legacyHash(chalkId: string): string | undefined {
    const emptied = (entry: Entry): ReturnType<TreeFile["open"]> => {
      const opened = this.plain(entry);
      const magic = magicOf(opened.file.head());
      if (WRAPPED_MAGICS.has(magic) && magic !== THIN_64) {
        opened.file.close();
        return { bytes: new Uint8Array(0) };
      }
      opened.file.close();
      const claim = this.claimEntry(entry, this.quiet());
      return claim === undefined ? this.plain(entry) : { file: claim.file, content: unmarkedContribution(claim) };
    };
    const entries = this.content();
    const variants = [
      () =>
        treeHash(
          this.file.host,
          entries.map((entry) => ({ name: entry.name, open: () => emptied(entry) })),
        ),
      () =>
        treeHash(
          this.file.host,
          entries.map((entry) => ({ name: entry.name, open: () => this.plain(entry) })),
          "",
        ),
    ];
    for (const variant of variants) {
      this.startPass();
      const hash = variant();
      if (chalkIdOfHash(hash) === chalkId) return hash;
    }
    return undefined;
  }

  private changes(put: ArchiveChanges["put"], remove: Iterable<string>): ArchiveChanges {
    const { archiveTime = { milliseconds: 0, minutesEast: 0 } } = this.context.options;
    return { put, remove: new Set(remove), time: dosTime(archiveTime.milliseconds, archiveTime.minutesEast) };
  }

  withMark(mark: string): Content {
    const put = new Map(this.put).set(MARK_NAME, { bytes: encode(mark), mode: PLAIN_MODE });
    return editArchive(this.archive, this.changes(put, []));
  }

  /** Without the mark, the injected chalk, and the marks of entries (8.4). Entries without mark stay as they are. */
  withoutMark(): Content {
    const put = new Map<string, { readonly bytes: Uint8Array; readonly mode: number }>();
    const remove = [MARK_NAME, INJECTED_NAME];
    this.startPass();
    for (const entry of this.archive.entries) {
      if (entry.isDirectory || entry.name === MARK_NAME || entry.name === INJECTED_NAME) continue;
      if (isSidecarName(entry.name, (name) => this.byName.has(name), this.context)) {
        if (this.holdsMark(entry)) remove.push(entry.name);
        continue;
      }
      const claim = this.claimEntry(entry, this.quiet());
      if (claim === undefined) continue;
      try {
        if (claim.mark === undefined || claim.readOnly === true || claim.place !== undefined) continue;
        const content = claim.withoutMark();
        if (!isRefusal(content)) put.set(entry.name, { bytes: contentBytes(claim.file, content), mode: entry.mode });
      } finally {
        claim.file.close();
      }
    }
    return editArchive(this.archive, this.changes(put, remove));
  }

  /** What only has the name of a sidecar is the user's, and so is a damaged one: HASH leaves both out, so that nobody has checked them yet. */
  private holdsMark(entry: Entry): boolean {
    if (entry.size > LONGEST_MARK) return false;
    try {
      return readContainedMark(entryBytes(this.file, entry, this.limits.budget)) instanceof Map;
    } catch (error) {
      if (!isArchiveFault(error)) throw error;
      return false;
    }
  }

  runTimeKeys(wanted: (key: string) => boolean): JsonObject {
    if (!wanted("_CURRENT_HASH")) return new Map();
    try {
      const file = Candidate.open(this.file.host, this.file.path);
      try {
        const claim = new ZipClaim(file, readArchive(file), { ...this.context, log: () => {} }, freshLimits(file));
        return new Map([["_CURRENT_HASH", claim.plainHash()]]);
      } finally {
        file.close();
      }
    } catch (error) {
      if (!isArchiveFault(error)) throw error;
      return new Map();
    }
  }

  readonly container: Container = {
    entries: (context) => this.claimContent(this.inner(context, context.options.chalking)),
    replace: (name, bytes) => void this.put.set(name, { bytes, mode: this.byName.get(name)?.mode ?? PLAIN_MODE }),
    add: (name, file, content) => void this.put.set(name, { bytes: contentBytes(file, content), mode: PROGRAM_MODE }),
  };

  private *claimContent(context: CodecContext): Generator<ContainedClaim> {
    this.startPass();
    for (const entry of this.content()) {
      const claim = this.claimEntry(entry, context);
      if (claim !== undefined) yield { name: entry.name, claim };
    }
  }
}

function freshLimits(file: Candidate): ArchiveLimits {
  return { depth: 0, budget: newBudget(file.size) };
}

/** Something that a damaged archive can cause, as opposed to a defect of ours. */
function isArchiveFault(error: unknown): error is Error {
  return error instanceof ZipError || error instanceof RangeError || error instanceof HostError;
}

export const zipCodec: Codec = {
  name: "zip",
  priority: 1n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    const { zipExtensions, archive: limits = freshLimits(file) } = context.options;
    if (zipExtensions?.has(extensionOf(file.path)) !== true) return undefined;
    const [first, second] = file.head();
    if (first !== 0x50 || second !== 0x4b) return undefined;
    try {
      if (limits.depth > DEEPEST_ARCHIVE) throw new ZipError("archives are nested too deeply");
      const archive = readArchive(file);
      if (archive.entries.every((entry) => entry.isDirectory)) return undefined;
      const claim = new ZipClaim(file, archive, context, limits);
      // Reads and checks every entry; an archive with a damaged one is left alone.
      claim.unmarkedHash();
      return claim;
    } catch (error) {
      if (!isArchiveFault(error)) throw error;
      context.log("error", `${file.path}: ${error.message}`);
      return undefined;
    }
  },
};
