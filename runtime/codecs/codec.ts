/**
 * What a codec is (`marks-and-codecs.md` 4.1). A codec knows one kind of file: it claims files of that kind, finds the mark in them, tells the hash of
 * the unmarked content, and says what the file's content must be with another mark or without one. It never writes: it returns `Content` (ranges of the
 * old file and new bytes), and `write.ts` puts that in place atomically. So every codec is a pure reader, and big files never have to fit in memory.
 */
import type { JsonObject } from "../json.js";
import type { BrokenMark } from "../marks/locate.js";
import type { Settings } from "../settings/settings.js";
import type { Candidate, CodecHost, Content } from "./candidate.js";
import { type CertificateOptions, certificateOptions } from "./certs/options.js";
import { type AdHocPrograms, adHocSigner } from "./macho/signer.js";
import type { WriteResult } from "./write.js";
import type { ArchiveLimits } from "./zip/content.js";

export type LogLevel = "error" | "warn" | "info" | "trace";

/** The part of the configuration that codecs use (`marks-and-codecs.md` 15). */
export interface CodecOptions {
  /** Is this an operation that marks (insert, build, load …)? */
  readonly chalking: boolean;
  readonly onlyShebangs: boolean;
  readonly onlyExecutable: boolean;
  readonly textOnlyExtensions: ReadonlySet<string>;
  readonly sidecarExtensions: ReadonlySet<string>;
  readonly commentOfLanguage: ReadonlyMap<string, string>;
  readonly languageOfExtension: ReadonlyMap<string, string>;
  /** The user's decision about a text file; undefined if the configuration has none. */
  readonly customLogic?: (
    path: string,
    language: string,
    extension: string,
    hasShebang: boolean,
    isExecutable: boolean,
  ) => boolean;
  /** Extensions of zip archives and of Python byte code; letter case counts. */
  readonly zipExtensions?: ReadonlySet<string>;
  readonly pycExtensions?: ReadonlySet<string>;
  readonly certificates?: CertificateOptions;
  /** Is an entry of an archive (`/` and its name) excluded by `ignore_patterns`? */
  readonly ignored?: (path: string) => boolean;
  /** What is inflated counts against these limits; set within archives only. */
  readonly archive?: ArchiveLimits;
  /** Time of new entries, and the zone in which it is written. */
  readonly archiveTime?: { readonly milliseconds: number; readonly minutesEast: number };
  /** Our version, for the marks of things that hold none. */
  readonly version?: string;
  /** Does the operation's mark template use a key? For those marks, too; absent: it uses all. */
  readonly usesInMark?: (key: string) => boolean;
  /** Makes signatures that need no key; undefined if no program can do that here. */
  readonly adHocSigner?: AdHocSigner;
  /** Configured priority of a codec; undefined for its own. */
  readonly priority: (codec: string) => bigint | undefined;
  readonly enabled: (codec: string) => boolean;
}

/** Signs a Mach-O file without a key. Returns what went wrong. */
export type AdHocSigner = (path: string, identifier: string) => string | undefined;

export interface CodecContext {
  readonly options: CodecOptions;
  log(level: LogLevel, message: string): void;
  /** Defects of codecs are thrown instead of logged (fuzzing). */
  readonly strict?: true;
}

/** Why a codec cannot change a file. */
export interface Refusal {
  readonly refused: string;
}

/** A hash that another thread computes. */
export interface PendingHash {
  /** Rejects with a `HostError` if the file cannot be read. */
  readonly done: Promise<void>;
  cancel(): void;
}

/** A file that a codec has claimed. */
export interface Claim {
  readonly codec: string;
  /** ARTIFACT_TYPE, `_OP_ARTIFACT_TYPE`. */
  readonly artifactType: string;
  readonly file: Candidate;
  /** The mark in the file; a placeholder is none. */
  readonly mark: JsonObject | undefined;
  /** HASH: hex SHA-256 of the unmarked content. Computed when first asked for; must be asked for before the file is changed. */
  unmarkedHash(): string;
  /** Begins to compute it in another thread, for large files. When the result is there, `unmarkedHash` gives it at once. Undefined: not possible here. */
  hashBeside?(): PendingHash | undefined;
  /** The file's content with this mark in the place of the old one, if any. */
  withMark(mark: string): Content | Refusal;
  /** The file's content without its mark. Only asked for if there is one. */
  withoutMark(): Content | Refusal;
  /** Nothing can be written: the codec itself makes up the mark of what it found, so that it is reported. */
  readonly readOnly?: true;
  /** Two artifacts of a run with equal METADATA_ID and equal identity are one. */
  readonly identity?: string;
  /** Codec-specific keys before the artifact is marked, and at the end of the operation. */
  chalkTimeKeys?(): JsonObject;
  runTimeKeys?(wanted: (key: string) => boolean): JsonObject;
  /** For validation only: the hash by which an older release would have come to this CHALK_ID, if there is one. */
  legacyHash?(chalkId: string): string | undefined;
  /** Writes or (undefined) removes a mark that is kept elsewhere than in the file. */
  place?(mark: string | undefined): WriteResult;
  /** The last touch to the finished file, before it takes the place of the old one; returns what went wrong. */
  finish?(path: string): string | undefined;
  /** What the file contains, if its content can be marked, too. */
  readonly container?: Container;
}

/** An archive, for the commands that work on its content. */
export interface Container {
  /** Claims the entries one after the other; `close` the claim's file before going on. */
  entries(context: CodecContext): Iterable<ContainedClaim>;
  /** Puts new content in the place of an entry, for `withMark` and `withoutMark`. */
  replace(name: string, content: Uint8Array): void;
  /** Adds an executable entry, or replaces it; its content is read at once. */
  add(name: string, file: Candidate, content: Content): void;
}

export interface ContainedClaim {
  /** Name in the archive. */
  readonly name: string;
  readonly claim: Claim;
}

/** Something found in a text that is no file. */
export interface TextFinding {
  readonly codec: string;
  readonly artifactType: string;
  readonly mark: JsonObject;
  readonly hash: string;
  readonly identity: string;
  runTimeKeys(wanted: (key: string) => boolean): JsonObject;
}

export interface Codec {
  /** Name of the plugin section. */
  readonly name: string;
  readonly priority: bigint;
  /**
   * Looks at a file, changes nothing. Undefined: not mine. May throw `HostError` or `FileChanged`; the next codec is then tried.
   */
  claim(file: Candidate, context: CodecContext): Claim | undefined;
  /** Instead of `claim`, where a file can hold several artifacts. */
  claimAll?(file: Candidate, context: CodecContext): readonly Claim[];
  /** Looks at a text, such as the value of an environment variable. */
  searchText?(text: string, host: CodecHost, context: CodecContext): readonly TextFinding[];
}

export function isRefusal(result: Content | Refusal): result is Refusal {
  return "refused" in result;
}

/** The same result every time, computed at most once. */
export function once<T extends {}>(compute: () => T): () => T {
  let result: T | undefined;
  return () => {
    result ??= compute();
    return result;
  };
}

/** Text after the last dot of the file name; names that begin with a dot and have no other have none. Letter case is kept. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1);
}

/** Reports each broken mark of a file once (1.7). */
export function reportBroken(path: string, broken: readonly BrokenMark[], context: CodecContext): void {
  for (const { kind, offset, reason } of broken) {
    const message =
      kind === "no start"
        ? `a chalk mark seems to be present at byte ${offset}, but it is not in valid chalk JSON`
        : `Invalid JSON in a chalk mark, at byte ${offset}: ${reason}`;
    context.log("error", `${path}: ${message}`);
  }
}

/** Tells about keys that occur twice in a mark (1.6). */
export function duplicateReporter(path: string, context: CodecContext): (key: string) => void {
  return (key) => context.log("warn", `${path}: key ${key} occurs twice in the chalk mark; the last value counts`);
}

/** What else codecs can use in an operation. */
export interface CodecSurroundings {
  readonly version?: string;
  readonly usesInMark?: (key: string) => boolean;
  readonly ignored?: (path: string) => boolean;
  readonly archiveTime?: { readonly milliseconds: number; readonly minutesEast: number };
  /** Runs programs for signing. */
  readonly programs?: AdHocPrograms;
}

/** The options that the configuration asks for. */
export function codecOptions(settings: Settings, chalking: boolean, surroundings: CodecSurroundings = {}): CodecOptions {
  const signer = surroundings.programs === undefined ? undefined : adHocSigner(surroundings.programs);
  // It has no default, and to find that out the whole schema would be read.
  const logic = settings.isSet("source_marks.custom_logic") ? settings.value("source_marks.custom_logic") : undefined;
  return {
    chalking,
    onlyShebangs: settings.bool("source_marks.only_mark_shebangs", true),
    onlyExecutable: settings.bool("source_marks.only_mark_when_execute_set", false),
    textOnlyExtensions: new Set(settings.strings("source_marks.text_only_extensions", [])),
    sidecarExtensions: new Set(settings.strings("sidecar_extensions", []).map((extension) => extension.toLowerCase())),
    zipExtensions: new Set(settings.strings("zip_extensions", [])),
    pycExtensions: new Set(settings.strings("pyc_extensions", [])),
    certificates: certificateOptions(settings),
    ...(surroundings.ignored === undefined ? {} : { ignored: surroundings.ignored }),
    ...(surroundings.version === undefined ? {} : { version: surroundings.version }),
    ...(surroundings.usesInMark === undefined ? {} : { usesInMark: surroundings.usesInMark }),
    ...(surroundings.archiveTime === undefined ? {} : { archiveTime: surroundings.archiveTime }),
    ...(signer === undefined ? {} : { adHocSigner: signer }),
    commentOfLanguage: settings.stringMap("source_marks.language_to_comment_map"),
    languageOfExtension: settings.stringMap("source_marks.extensions_to_languages_map"),
    ...(logic === undefined || logic === null
      ? {}
      : {
          customLogic: (path, language, extension, hasShebang, isExecutable) =>
            settings.call(logic, [path, language, extension, hasShebang, isExecutable]) !== false,
        }),
    priority: (codec) => (settings.isSet(`plugin.${codec}.priority`) ? settings.bigint(`plugin.${codec}.priority`) : undefined),
    enabled: (codec) => !settings.exists(`plugin.${codec}.enabled`) || settings.bool(`plugin.${codec}.enabled`, true),
  };
}
