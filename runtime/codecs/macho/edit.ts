/**
 * Changing a Mach-O file (`marks-and-codecs.md` 11.1): the signature goes, the old note goes, the new note is added. Only the load commands and the end of
 * the file change, so both are worked out on a copy of the commands, with the rest of the file as a range.
 */
import { viewOf } from "../../bytes.js";
import type { Content } from "../candidate.js";
import type { Refusal } from "../codec.js";
import { HEADER_LENGTH, LC_NOTE, type MachoLayout, NOTE_LENGTH, OWNER, SIGNATURE_COMMAND_LENGTH } from "./layout.js";

const PAGE = 0x4000;

/** A file on its way: load commands, how much of the old file is left, what comes behind that. */
class Draft {
  private readonly head: Uint8Array;
  private readonly oldHeadLength: number;
  private commandCount: number;
  private commandsLength: number;
  private linkEditAt: number | undefined;
  private size: number;
  private payload: Uint8Array = new Uint8Array(0);

  constructor(layout: MachoLayout) {
    // With room for one command more, as far as the file has any.
    this.head = layout.file.read(0, layout.head.length + NOTE_LENGTH).slice();
    this.oldHeadLength = this.head.length;
    this.commandCount = layout.commandCount;
    this.commandsLength = layout.commandsLength;
    this.linkEditAt = layout.linkEdit?.at;
    this.size = layout.file.size;
  }

  private get view(): DataView {
    return viewOf(this.head);
  }

  private get end(): number {
    return HEADER_LENGTH + this.commandsLength;
  }

  private field(offset: number): number {
    return this.linkEditAt === undefined ? 0 : Number(this.view.getBigUint64(this.linkEditAt + offset, true));
  }

  private setField(offset: number, value: number): void {
    if (this.linkEditAt !== undefined) this.view.setBigUint64(this.linkEditAt + offset, BigInt(value), true);
  }

  private removeCommand(at: number, length: number): void {
    this.head.copyWithin(at, at + length, this.end);
    this.head.fill(0, this.end - length, this.end);
    if (this.linkEditAt !== undefined && this.linkEditAt > at) this.linkEditAt -= length;
    this.commandCount -= 1;
    this.commandsLength -= length;
    this.writeCounts();
  }

  private writeCounts(): void {
    this.view.setUint32(16, this.commandCount, true);
    this.view.setUint32(20, this.commandsLength, true);
  }

  strip(at: number, dataOffset: number): Refusal | undefined {
    const start = this.field(40);
    if (this.linkEditAt === undefined || dataOffset < start || dataOffset > this.size)
      return { refused: "the signature is at an unexpected place" };
    this.size = dataOffset;
    this.setField(48, dataOffset - start);
    this.removeCommand(at, SIGNATURE_COMMAND_LENGTH);
    return undefined;
  }

  removeNote(at: number, offset: number, size: number): void {
    const [start, length] = [this.field(40), this.field(48)];
    if (offset >= start && offset + size <= start + length && start + length === this.size) {
      this.size = offset;
      this.setField(48, offset - start);
    }
    this.removeCommand(at, NOTE_LENGTH);
  }

  addNote(payload: Uint8Array, firstSection: number): Refusal | undefined {
    if (this.linkEditAt === undefined) return { refused: "there is no segment __LINKEDIT" };
    const [start, length] = [this.field(40), this.field(48)];
    if (start + length !== this.size) return { refused: "the segment __LINKEDIT does not end with the file" };
    const room = this.head.subarray(this.end, this.end + NOTE_LENGTH);
    if (
      firstSection - this.end < NOTE_LENGTH ||
      room.length < NOTE_LENGTH ||
      this.end + NOTE_LENGTH > this.size ||
      room.some((byte) => byte !== 0)
    )
      return { refused: "there is no room for a load command" };
    const view = viewOf(room);
    view.setUint32(0, LC_NOTE, true);
    view.setUint32(4, NOTE_LENGTH, true);
    room.set(new TextEncoder().encode(OWNER), 8);
    view.setBigUint64(24, BigInt(this.size), true);
    view.setBigUint64(32, BigInt(payload.length), true);
    this.payload = payload;
    this.commandCount += 1;
    this.commandsLength += NOTE_LENGTH;
    this.writeCounts();
    const grown = length + payload.length;
    this.setField(48, grown);
    this.setField(32, Math.max(PAGE, Math.ceil(grown / PAGE) * PAGE));
    return undefined;
  }

  content(): Content {
    const head = this.head.subarray(0, Math.min(this.oldHeadLength, this.size));
    return [head, { start: head.length, end: Math.max(head.length, this.size) }, this.payload];
  }
}

/** The file without its signature and note and, if a payload is given, with a note that holds it. */
export function rebuiltMacho(layout: MachoLayout, payload: Uint8Array | undefined): Content | Refusal {
  const draft = new Draft(layout);
  let { note } = layout;
  const { signature } = layout;
  if (signature !== undefined) {
    if (signature.length !== SIGNATURE_COMMAND_LENGTH) return { refused: "the signature command has an unexpected length" };
    const problem = draft.strip(signature.at, signature.dataOffset);
    if (problem !== undefined) return problem;
    if (note !== undefined && note.at > signature.at) note = { ...note, at: note.at - SIGNATURE_COMMAND_LENGTH };
  }
  if (note !== undefined) draft.removeNote(note.at, note.offset, note.size);
  const problem = payload === undefined ? undefined : draft.addNote(payload, layout.head.length + layout.slack);
  return problem ?? draft.content();
}
