/**
 * Codec for Python byte code (`marks-and-codecs.md` 9): the mark is raw JSON at the end of the file, behind the code object, where Python does not look. A
 * magic that is a constant of the program, and so belongs to no valid mark, means nothing.
 */
import { isMark } from "../../marks/format.js";
import { type LocatedMark, MOST_BROKEN } from "../../marks/locate.js";
import { type Candidate, hashRange } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, extensionOf, once } from "../codec.js";
import { magicOffsets, readAround } from "../search.js";

/** White space behind a mark that goes when the mark is replaced. */
const LONGEST_GAP = 4096;

/** The first valid mark of a file. */
function findFirstMark(file: Candidate, context: CodecContext): LocatedMark | undefined {
  let broken = 0;
  for (const magic of magicOffsets(file, 0)) {
    const candidate = readAround(file, magic, duplicateReporter(file.path, context));
    if (!("kind" in candidate)) {
      if (isMark(candidate.object)) return candidate;
      continue;
    }
    const what =
      candidate.kind === "no start"
        ? "the chalk magic was found without JSON start"
        : `Invalid JSON in a chalk mark: ${candidate.reason}`;
    context.log("error", `${file.path}: ${what}, at byte ${candidate.offset}`);
    broken += 1;
    if (broken === MOST_BROKEN) return undefined;
  }
  return undefined;
}

/** Where what follows the mark begins, without leading spaces and newlines. */
function afterGap(file: Candidate, end: number): number {
  const bytes = file.read(end, LONGEST_GAP);
  let gap = 0;
  while (bytes[gap] === 0x20 || bytes[gap] === 0x0a || bytes[gap] === 0x0d) gap += 1;
  return end + gap;
}

export const pythonPycCodec: Codec = {
  name: "python_pyc",
  priority: 1n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    if (context.options.pycExtensions?.has(extensionOf(file.path)) !== true) return undefined;
    const { size } = file;
    const found = findFirstMark(file, context);
    const start = found?.start ?? size;
    const end = found?.end ?? size;
    return {
      codec: "python_pyc",
      artifactType: "Python Bytecode",
      file,
      mark: found?.object,
      unmarkedHash: once(() => hashRange(file, 0, start)),
      withMark: (mark) => [{ start: 0, end: start }, new TextEncoder().encode(mark), { start: afterGap(file, end), end: size }],
      withoutMark: () => [
        { start: 0, end: start },
        { start: end, end: size },
      ],
    };
  },
};
