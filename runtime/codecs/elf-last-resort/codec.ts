/**
 * Codec for ELF files that no other codec takes (`marks-and-codecs.md` 6): 32-bit, big-endian, relocatable, without section table, with appended data.
 * The mark is raw JSON at the very end of the file, behind everything that the headers describe; removing it restores the original exactly.
 */
import { isMark } from "../../marks/format.js";
import { type LocatedMark, MOST_BROKEN } from "../../marks/locate.js";
import { type ByteSource, type Candidate, hashRange } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, once } from "../codec.js";
import { magicOffsets, readAround } from "../search.js";

const CLOSING_BRACE = 0x7d;

function isElfOfAnyOrder(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  return (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) || (a === 0x46 && b === 0x4c && c === 0x45 && d === 0x7f);
}

/** e_shoff, in the file's own class and byte order; 0 if there is none or it points beyond the end. */
function sectionTableOffset(head: Uint8Array, size: number): number {
  if (head.length < 0x30) return 0;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = head[5] !== 2;
  const offset = head[4] === 1 ? view.getUint32(0x20, little) : Number(view.getBigUint64(0x28, little));
  return offset <= size ? offset : 0;
}

/**
 * The last valid mark behind the section table; `problem` hears of broken candidates. In a file that was cut off, the place of the table may lie within
 * the mark that was appended later: a mark at the very end counts wherever it begins.
 */
export function findAppendedMark(
  file: ByteSource,
  head: Uint8Array,
  path: string,
  problem: (message: string) => void,
  duplicate?: (key: string) => void,
): LocatedMark | undefined {
  const start = sectionTableOffset(head, file.size);
  const found = findLast(file, start, path, problem, duplicate);
  if (found !== undefined || start === 0 || file.read(file.size - 1, 1)[0] !== CLOSING_BRACE) return found;
  const last = findLast(file, 0, path, () => {}, duplicate);
  return last?.end === file.size ? last : undefined;
}

function findLast(
  file: ByteSource,
  start: number,
  path: string,
  problem: (message: string) => void,
  duplicate: ((key: string) => void) | undefined,
): LocatedMark | undefined {
  let mark: LocatedMark | undefined;
  let searched = 0;
  let broken = 0;
  for (const magic of magicOffsets(file, start)) {
    if (magic < searched) continue;
    const candidate = readAround(file, magic, duplicate);
    if ("kind" in candidate) {
      const what =
        candidate.kind === "no start"
          ? "the chalk magic was found without JSON start"
          : `Invalid JSON in a chalk mark: ${candidate.reason}`;
      problem(`${path}: ${what}, at byte ${candidate.offset}`);
      broken += 1;
      if (broken === MOST_BROKEN) break;
      continue;
    }
    searched = candidate.end;
    if (isMark(candidate.object)) mark = candidate;
  }
  return mark;
}

export const elfLastResortCodec: Codec = {
  name: "elf_last_resort",
  priority: (1n << 63n) - 4n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    const head = file.head();
    if (!isElfOfAnyOrder(head)) return undefined;
    const found = findAppendedMark(
      file,
      head,
      file.path,
      (message) => context.log("error", message),
      duplicateReporter(file.path, context),
    );
    const start = found?.start ?? file.size;
    const end = found?.end ?? file.size;
    return {
      codec: "elf_last_resort",
      artifactType: "ELF",
      file,
      mark: found?.object,
      unmarkedHash: once(() => hashRange(file, 0, start)),
      withMark: (mark) => [{ start: 0, end: start }, new TextEncoder().encode(mark), { start: end, end: file.size }],
      withoutMark: () => [
        { start: 0, end: start },
        { start: end, end: file.size },
      ],
    };
  },
};
