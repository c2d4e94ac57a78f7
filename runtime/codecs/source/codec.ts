/**
 * Codec for scripts and other source text (`marks-and-codecs.md` 7): the mark stands in a comment line of its own at the end, or wherever the author put a
 * placeholder. Files are bytes throughout; they need not be UTF-8 behind the shebang.
 */
import type { FileStat } from "../../host/host.js";
import { isMark, PLACEHOLDER } from "../../marks/format.js";
import { type LocatedMark, locateMark } from "../../marks/locate.js";
import { type Candidate, type Content, hashContent } from "../candidate.js";
import {
  type Claim,
  type Codec,
  type CodecContext,
  duplicateReporter,
  extensionOf,
  once,
  type Refusal,
  reportBroken,
} from "../codec.js";
import { detectLanguage, type Language } from "./language.js";

const LF = 0x0a;
/** Text is handled in memory; what is longer is data. */
const LONGEST_TEXT = 1 << 30;
const encode = (text: string) => new TextEncoder().encode(text);

/** Could this user start the file? */
function isExecutable(stat: FileStat, machine: { effectiveUid(): number; gid(): number }): boolean {
  if ((stat.mode & 0o111) === 0) return false;
  const user = machine.effectiveUid();
  if (user === 0) return true;
  if (stat.uid === user) return (stat.mode & 0o100) !== 0;
  if (stat.gid === machine.gid()) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}

/** The text with a mark: in place of the old one or of a placeholder, else on a comment line at the end (7.3). */
function textWithMark(text: Uint8Array, found: LocatedMark | undefined, comment: string, mark: string): Content {
  if (found !== undefined) return [text.subarray(0, found.start), encode(mark), text.subarray(found.end)];
  return text.at(-1) === LF ? [text, encode(`${comment} ${mark}\n`)] : [text, encode(`\n${comment} ${mark}`)];
}

/** The text without mark (7.4): a line in our own form goes, anything else becomes the placeholder. */
function textWithoutMark(text: Uint8Array, found: LocatedMark | undefined, comment: string): Content {
  if (found === undefined) return [text];
  const lead = encode(`\n${comment} `);
  const leadStart = found.start - lead.length;
  const ownLine =
    leadStart >= 0 &&
    lead.every((byte, index) => text[leadStart + index] === byte) &&
    (found.end === text.length || text[found.end] === LF);
  const rest = text.subarray(found.end);
  return ownLine ? [text.subarray(0, leadStart), rest] : [text.subarray(0, found.start), encode(PLACEHOLDER), rest];
}

/** Is the end of a PHP file outside code, where a comment line would be program output? */
function endsOutsidePhp(text: Uint8Array): boolean {
  const source = new TextDecoder("latin1").decode(text);
  return source.trimEnd().endsWith("?>") || !/<\?(php|=)/i.test(source);
}

function claimText(file: Candidate, language: Language, context: CodecContext): Claim | undefined {
  const text = file.read(0, file.size);
  const { found, broken } = locateMark(text, { duplicate: duplicateReporter(file.path, context) });
  reportBroken(file.path, broken, context);
  if (found === undefined && context.options.chalking && language.name === "php" && endsOutsidePhp(text)) {
    context.log("warn", `${file.path}: not marked, because a comment behind the closing ?> would be output; add a placeholder`);
    return undefined;
  }
  const unmarked = once(() => textWithoutMark(text, found, language.comment));
  return {
    codec: "source",
    artifactType: language.name,
    file,
    mark: isMark(found?.object) ? found.object : undefined,
    unmarkedHash: once(() => hashContent(file, unmarked())),
    withMark: (mark): Content | Refusal => textWithMark(text, found, language.comment, mark),
    withoutMark: unmarked,
  };
}

export const sourceCodec: Codec = {
  name: "source",
  priority: 1000n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    const { options } = context;
    const language = detectLanguage(file.path, file.head(), file.size, options);
    if (language === undefined) return undefined;
    if (file.size > LONGEST_TEXT) {
      context.log("warn", `${file.path}: too long for a source file, left alone`);
      return undefined;
    }
    const executable = isExecutable(file.stat, file.host.machine);
    if (options.chalking && ((options.onlyShebangs && !language.hasShebang) || (options.onlyExecutable && !executable)))
      return undefined;
    const { path } = file;
    if (options.customLogic?.(path, language.name, extensionOf(path), language.hasShebang, executable) === false)
      return undefined;
    return claimText(file, language, context);
  },
};
