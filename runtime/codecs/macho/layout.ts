/**
 * The parts of a 64-bit little-endian Mach-O file that marking is about (`marks-and-codecs.md` 11.1): load commands, the segment `__LINKEDIT`, the chalk
 * note, the code signature, and the room behind the load commands.
 */
import { viewOf } from "../../bytes.js";
import type { ByteSource } from "../candidate.js";
import { StructureError } from "../reader.js";

export const HEADER_LENGTH = 32;
export const NOTE_LENGTH = 40;
export const SIGNATURE_COMMAND_LENGTH = 16;
export const OWNER = "chalk";
const LC_SEGMENT_64 = 0x19;
export const LC_NOTE = 0x31;
const LC_CODE_SIGNATURE = 0x1d;
const SEGMENT_LENGTH = 72;
const SECTION_LENGTH = 80;
const LONGEST_COMMANDS = 64 << 20;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY_SLOT = 0;
const CMS_SLOT = 0x10000;
const MOST_BLOBS = 4096;

export type SignatureKind = "none" | "ad hoc" | "real" | "malformed";

/** A load command: its offset from the start of the file, and its length. */
export interface Command {
  readonly at: number;
  readonly length: number;
}

export interface Signature extends Command {
  readonly kind: Exclude<SignatureKind, "none">;
  readonly dataOffset: number;
}

export interface Note extends Command {
  readonly offset: number;
  readonly size: number;
}

export interface LinkEdit {
  readonly at: number;
  readonly offset: number;
  readonly size: number;
}

export interface MachoLayout {
  readonly file: ByteSource;
  /** Header and load commands. */
  readonly head: Uint8Array;
  readonly commandCount: number;
  readonly commandsLength: number;
  readonly linkEdit: LinkEdit | undefined;
  readonly note: Note | undefined;
  readonly signature: Signature | undefined;
  /** Bytes between the load commands and the first section. */
  readonly slack: number;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new StructureError("an offset in it is impossible");
  return Number(value);
}

/** What kind of signature a signature command leads to. */
function signatureKind(file: ByteSource, length: number, dataOffset: number, dataSize: number): Signature["kind"] {
  if (length < SIGNATURE_COMMAND_LENGTH || dataOffset + dataSize > file.size || dataSize < 12) return "malformed";
  const head = viewOf(file.read(dataOffset, 12));
  const [blobLength, count] = [head.getUint32(4), head.getUint32(8)];
  if (head.getUint32(0) !== SUPER_BLOB || blobLength > dataSize || count > MOST_BLOBS || blobLength < 12 + 8 * count)
    return "malformed";
  const index = viewOf(file.read(dataOffset + 12, 8 * count));
  let hasDirectory = false;
  let isReal = false;
  for (let entry = 0; entry < count; entry += 1) {
    const [slot, offset] = [index.getUint32(8 * entry), index.getUint32(8 * entry + 4)];
    if (offset + 8 > blobLength) return "malformed";
    if (slot === CODE_DIRECTORY_SLOT) hasDirectory = true;
    if (slot === CMS_SLOT && viewOf(file.read(dataOffset + offset + 4, 4)).getUint32(0) > 8) isReal = true;
  }
  if (!hasDirectory) return "malformed";
  return isReal ? "real" : "ad hoc";
}

/** The smallest offset of a section's data in a segment command; Infinity without any. */
function firstSection(command: Uint8Array): number {
  const view = viewOf(command);
  const count = view.getUint32(64, true);
  if (SEGMENT_LENGTH + count * SECTION_LENGTH > command.length) throw new StructureError("a segment has more sections than room");
  let first = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index += 1) {
    const offset = view.getUint32(SEGMENT_LENGTH + index * SECTION_LENGTH + 48, true);
    if (offset !== 0) first = Math.min(first, offset);
  }
  return first;
}

/** Is this the beginning of such a file? */
export function isThin64(head: Uint8Array): boolean {
  return head[0] === 0xcf && head[1] === 0xfa && head[2] === 0xed && head[3] === 0xfe;
}

/** Is this a fat binary, as opposed to a Java class, which has the same magic (11.4)? */
export function isFat(head: Uint8Array): boolean {
  if (head.length < 8 || viewOf(head).getUint32(0) !== 0xcafebabe) return false;
  const count = viewOf(head).getUint32(4);
  return count >= 1 && count <= 30;
}

/** Reads the layout. Throws a `StructureError` if the load commands make no sense. */
export function readMachoLayout(file: ByteSource): MachoLayout {
  if (file.size < HEADER_LENGTH) throw new StructureError("it ends too early");
  const header = viewOf(file.read(0, HEADER_LENGTH));
  const [commandCount, commandsLength] = [header.getUint32(16, true), header.getUint32(20, true)];
  if (commandsLength > LONGEST_COMMANDS || HEADER_LENGTH + commandsLength > file.size)
    throw new StructureError("its load commands are longer than the file");
  const head = file.read(0, HEADER_LENGTH + commandsLength);
  const view = viewOf(head);
  let linkEdit: LinkEdit | undefined;
  let note: Note | undefined;
  let signature: Signature | undefined;
  let first = Number.POSITIVE_INFINITY;
  let at = HEADER_LENGTH;
  for (let index = 0; index < commandCount; index += 1) {
    if (at + 8 > head.length) throw new StructureError("it has fewer load commands than it says");
    const [command, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (length < 8 || at + length > head.length) throw new StructureError("a load command is longer than their room");
    const bytes = head.subarray(at, at + length);
    if (command === LC_SEGMENT_64 && length >= SEGMENT_LENGTH) {
      first = Math.min(first, firstSection(bytes));
      if (text(bytes.subarray(8, 24)) === "__LINKEDIT") {
        if (linkEdit !== undefined) throw new StructureError("it has two segments __LINKEDIT");
        linkEdit = { at, offset: safe(view.getBigUint64(at + 40, true)), size: safe(view.getBigUint64(at + 48, true)) };
      }
    } else if (command === LC_NOTE && length === NOTE_LENGTH && text(bytes.subarray(8, 24)) === OWNER) {
      if (note !== undefined) throw new StructureError("it has two chalk notes");
      note = { at, length, offset: safe(view.getBigUint64(at + 24, true)), size: safe(view.getBigUint64(at + 32, true)) };
    } else if (command === LC_CODE_SIGNATURE) {
      const [dataOffset, dataSize] = length < 16 ? [0, 0] : [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
      signature = {
        at,
        length,
        dataOffset,
        kind: signature === undefined ? signatureKind(file, length, dataOffset, dataSize) : "malformed",
      };
    }
    at += length;
  }
  if (at !== head.length) throw new StructureError("its load commands do not fill their room");
  return { file, head, commandCount, commandsLength, linkEdit, note, signature, slack: first - head.length };
}
