/**
 * Codec for scripts and other source text (`marks-and-codecs.md` 7): the mark stands in a comment line of its own at the end, or wherever the author put a
 * placeholder. Files are bytes throughout; they need not be UTF-8 behind the shebang.
 */
import type { FileStat } from "../../host/host.js";
import { isMark, PLACEHOLDER } from "../../marks/format.js";
import { type LocatedMark, locateMark } from "../../marks/locate.js";
import { type Candidate, type Content, hashContent } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, extensionOf, once, reportBroken } from "../codec.js";
import { holdsMagic } from "../search.js";
import { detectLanguage, type Language } from "./language.js";

const LF = 0x0a;
const SIDECAR = ".chalk";
/** Up to here a text is simply read. */
const SHORT_TEXT = 16 << 20;
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
function textWithMark(file: Candidate, found: LocatedMark | undefined, comment: string, mark: string): Content {
  const { size } = file;
  if (found !== undefined) return [{ start: 0, end: found.start }, encode(mark), { start: found.end, end: size }];
  const endsInNewline = size > 0 && file.read(size - 1, 1)[0] === LF;
  return [{ start: 0, end: size }, encode(endsInNewline ? `${comment} ${mark}\n` : `\n${comment} ${mark}`)];
}

/** The text without mark (7.4): a line in our own form goes, anything else becomes the placeholder. */
function textWithoutMark(file: Candidate, found: LocatedMark | undefined, comment: string): Content {
  if (found === undefined) return [{ start: 0, end: file.size }];
  const lead = encode(`\n${comment} `);
  const start = found.start - lead.length;
  const before = start < 0 ? new Uint8Array(0) : file.read(start, lead.length);
  const ownLine =
    before.length === lead.length &&
    lead.every((byte, index) => before[index] === byte) &&
    (found.end === file.size || file.read(found.end, 1)[0] === LF);
  const rest = { start: found.end, end: file.size };
  return ownLine ? [{ start: 0, end: start }, rest] : [{ start: 0, end: found.start }, encode(PLACEHOLDER), rest];
}

/** Is the end of a PHP file outside code, where a comment line would be program output? */
function endsOutsidePhp(file: Candidate): boolean {
  const source = new TextDecoder("latin1").decode(file.read(0, file.size));
  return source.trimEnd().endsWith("?>") || !/<\?(php|=)/i.test(source);
}

/** The first mark or placeholder. Long files are read as a whole only if there is something in them. */
function findInText(file: Candidate, context: CodecContext): LocatedMark | undefined {
  if (file.size > SHORT_TEXT && !holdsMagic(file)) return undefined;
  const { found, broken } = locateMark(file.read(0, file.size), { duplicate: duplicateReporter(file.path, context) });
  reportBroken(file.path, broken, context);
  return found;
}

function claimText(file: Candidate, language: Language, context: CodecContext): Claim | undefined {
  const found = findInText(file, context);
  if (found === undefined && context.options.chalking && language.name === "php" && endsOutsidePhp(file)) {
    context.log("warn", `${file.path}: not marked, because a comment behind the closing ?> would be output; add a placeholder`);
    return undefined;
  }
  const unmarked = once(() => textWithoutMark(file, found, language.comment));
  return {
    codec: "source",
    artifactType: language.name,
    file,
    mark: isMark(found?.object) ? found.object : undefined,
    unmarkedHash: once(() => hashContent(file, unmarked())),
    withMark: (mark) => textWithMark(file, found, language.comment, mark),
    withoutMark: unmarked,
  };
}

/** `model.onnx.chalk` beside `model.onnx` holds that file's mark (12.3). */
function isSidecar(file: Candidate, context: CodecContext): boolean {
  if (!file.path.endsWith(SIDECAR)) return false;
  const model = file.path.slice(0, -SIDECAR.length);
  return context.options.sidecarExtensions.has(extensionOf(model).toLowerCase()) && file.host.files.find(model) !== undefined;
}

export const sourceCodec: Codec = {
  name: "source",
  priority: 1000n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    const { options } = context;
    const language = detectLanguage(file.path, file.head(), file.size, options);
    if (language === undefined || isSidecar(file, context)) return undefined;
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
