/**
 * Codec for 64-bit little-endian ELF programs and libraries (`marks-and-codecs.md` 5): the mark is a section of its own, `.chalk.mark`, which is not
 * loaded and survives `strip`. The unmarked form of a file is the file with a section `.chalk.free` in its place, so that original, marked and
 * unmarked files have one hash.
 */
import type { JsonObject } from "../../json.js";
import { isMark } from "../../marks/format.js";
import { bytesOfHex } from "../../marks/identifiers.js";
import { LONGEST_MARK, readContainedMark } from "../../marks/locate.js";
import { type ByteSource, type Candidate, type Content, hashContent } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, once, type PendingHash, type Refusal } from "../codec.js";
import { type ElfEdit, placeSection } from "./edit.js";
import {
  cutPosition,
  type ElfLayout,
  FREE_LENGTH,
  FREE_SECTION,
  hasUndescribedData,
  isElfMagic,
  MARK_SECTION,
  readElfLayout,
} from "./layout.js";

/**
 * The mark in the content of a chalk section; undefined if there is none. `problem` hears why.
 */
export function readMarkSection(
  file: ByteSource,
  section: { readonly offset: number; readonly size: number },
  problem: (reason: string) => void,
  duplicate?: (key: string) => void,
): JsonObject | undefined {
  const { offset, size } = section;
  const content = size > LONGEST_MARK ? { error: "it is too long" } : readContainedMark(file.read(offset, size), duplicate);
  if (content instanceof Map) return isMark(content) ? content : undefined;
  problem((content as { error: string }).error);
  return undefined;
}

class ElfClaim implements Claim {
  readonly codec = "elf";
  readonly artifactType = "ELF";
  readonly file: Candidate;
  readonly mark: JsonObject | undefined;
  private readonly layout: ElfLayout;

  constructor(file: Candidate, layout: ElfLayout, mark: JsonObject | undefined) {
    this.file = file;
    this.layout = layout;
    this.mark = mark;
  }

  private readonly unmarked = once((): ElfEdit | Refusal => placeSection(this.layout, FREE_SECTION, FREE_LENGTH));

  /** What HASH is the hash of: without the chalk section's data, which is this hash in the unmarked form. */
  private hashedContent(): Content {
    const edit = this.unmarked();
    return "refused" in edit ? [{ start: 0, end: this.file.size }] : [...edit.before, ...edit.after];
  }

  private knownHash: string | undefined;

  unmarkedHash(): string {
    this.knownHash ??= hashContent(this.file, this.hashedContent());
    return this.knownHash;
  }

  hashBeside(): PendingHash | undefined {
    const pending = this.file.hashBeside(this.hashedContent());
    if (pending === undefined) return undefined;
    const keep = (hash: string) => {
      this.knownHash ??= hash;
    };
    const done = pending.result.then(keep);
    // It is waited for only if a mark is going to be written.
    done.catch(() => undefined);
    return { done, cancel: pending.cancel };
  }

  withMark(mark: string) {
    const data = new TextEncoder().encode(mark);
    return join(placeSection(this.layout, MARK_SECTION, data.length), () => data);
  }

  withoutMark() {
    return join(this.unmarked(), () => bytesOfHex(this.unmarkedHash()));
  }
}

function join(edit: ElfEdit | Refusal, data: () => Uint8Array) {
  return "refused" in edit ? edit : [...edit.before, data(), ...edit.after];
}

export const elfCodec: Codec = {
  name: "elf",
  priority: 45n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    if (!isElfMagic(file.head())) return undefined;
    const layout = readElfLayout(file);
    if ("rejected" in layout) {
      if (layout.level !== "silent") context.log(layout.level, `elf @ ${file.path}: ${layout.rejected}`);
      return undefined;
    }
    if (layout.chalk === undefined && hasUndescribedData(file, layout, cutPosition(layout))) {
      context.log("trace", `elf @ ${file.path}: data is appended to the program, which a new section would drop`);
      return undefined;
    }
    const problem = (reason: string) =>
      context.log("warn", `${file.path}: the chalk section holds no mark, treated as unmarked: ${reason}`);
    const { chalk } = layout;
    const mark =
      chalk === undefined || chalk.free
        ? undefined
        : readMarkSection(file, chalk.section, problem, duplicateReporter(file.path, context));
    return new ElfClaim(file, layout, mark);
  },
};
