/**
 * New content for an ELF file with another chalk section (`marks-and-codecs.md` 5.3, 5.4). The layout is fixed byte for byte, since hashes depend on it:
 * what is in front stays where it is; chalk section, name table and section table follow as the last three things, each aligned to 8. Program headers
 * and everything that is loaded are never touched.
 */
import type { Content, Piece } from "../candidate.js";
import type { Refusal } from "../codec.js";
import { cutPosition, type ElfLayout, HEADER, HEADER_SIZE, rangesEndingAfter, SECTION, SECTION_HEADER_SIZE } from "./layout.js";

/** The new content, with the chalk section's data apart: the unmarked hash covers everything but it. */
export interface ElfEdit {
  readonly before: Content;
  readonly after: Content;
}

const MAXIMUM_SECTIONS = 0xfeff;
const TYPE_PROGBITS = 1;

const padding = (position: number) => new Uint8Array((8 - (position % 8)) % 8);

function copyOf(bytes: Uint8Array): { bytes: Uint8Array; view: DataView } {
  const copy = new Uint8Array(bytes);
  return { bytes: copy, view: new DataView(copy.buffer) };
}

function setOffset(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}

/** Puts `length` bytes of data into a section called `name` (new, or in place of the chalk section that is there). */
export function placeSection(layout: ElfLayout, name: string, length: number): ElfEdit | Refusal {
  return layout.chalk === undefined ? addSection(layout, name, length) : updateSection(layout, name, length);
}

function addSection(layout: ElfLayout, name: string, length: number): ElfEdit | Refusal {
  const { nameTable, names, sections } = layout;
  if (nameTable.address !== 0) return { refused: "the section name table is mapped into memory" };
  if (sections.length >= MAXIMUM_SECTIONS) return { refused: "too many sections" };
  const cut = cutPosition(layout);
  const alignment = padding(cut);
  const chalkOffset = cut + alignment.length;

  const newNames = new Uint8Array(names.length + name.length + 1);
  newNames.set(names);
  newNames.set(new TextEncoder().encode(name), names.length);

  const tail = placeTables(chalkOffset + length, newNames, (namesOffset) => {
    // The new header goes before the name table's if that is the last one, else to the end.
    const position = nameTable.index === sections.length - 1 ? nameTable.index : sections.length;
    const table = new Uint8Array(layout.table.length + SECTION_HEADER_SIZE);
    table.set(layout.table.subarray(0, position * SECTION_HEADER_SIZE));
    table.set(layout.table.subarray(position * SECTION_HEADER_SIZE), (position + 1) * SECTION_HEADER_SIZE);
    const view = new DataView(table.buffer);
    const added = position * SECTION_HEADER_SIZE;
    view.setUint32(added + SECTION.name, names.length, true);
    view.setUint32(added + SECTION.type, TYPE_PROGBITS, true);
    setOffset(view, added + SECTION.offset, chalkOffset);
    setOffset(view, added + SECTION.size, length);
    const namesHeader = (nameTable.index + (position === nameTable.index ? 1 : 0)) * SECTION_HEADER_SIZE;
    setOffset(view, namesHeader + SECTION.offset, namesOffset);
    setOffset(view, namesHeader + SECTION.size, newNames.length);
    return table;
  });

  const header = copyOf(layout.header);
  setOffset(header.view, HEADER.shoff, tail.tableOffset);
  header.view.setUint16(HEADER.shnum, sections.length + 1, true);
  if (nameTable.index === sections.length - 1) header.view.setUint16(HEADER.shstrndx, nameTable.index + 1, true);
  return { before: [header.bytes, ...keptFront(layout, cut, newNames.length), alignment], after: tail.pieces };
}

/**
 * What stays in front of a new chalk section. An old section table that lies there is dead, but has the new size of the name table in it: a detail of
 * upstream that enters the hash.
 */
function keptFront(layout: ElfLayout, cut: number, namesSize: number): Piece[] {
  const sizeField = layout.tableOffset + layout.nameTable.index * SECTION_HEADER_SIZE + SECTION.size;
  if (sizeField >= cut) return [{ start: HEADER_SIZE, end: cut }];
  const size = new Uint8Array(8);
  setOffset(new DataView(size.buffer), 0, namesSize);
  const end = Math.min(sizeField + size.length, cut);
  return [{ start: HEADER_SIZE, end: sizeField }, size.subarray(0, end - sizeField), { start: end, end: cut }];
}

/** Name table and section table behind a given end, aligned. */
function placeTables(
  end: number,
  names: Uint8Array,
  makeTable: (namesOffset: number) => Uint8Array,
): { pieces: Piece[]; tableOffset: number } {
  const beforeNames = padding(end);
  const namesOffset = end + beforeNames.length;
  const beforeTable = padding(namesOffset + names.length);
  const tableOffset = namesOffset + names.length + beforeTable.length;
  return { pieces: [beforeNames, names, beforeTable, makeTable(namesOffset)], tableOffset };
}

function updateSection(layout: ElfLayout, name: string, length: number): ElfEdit | Refusal {
  const section = layout.chalk!.section;
  const { nameTable } = layout;
  const inOrder =
    rangesEndingAfter(layout, layout.tableOffset) === 1 &&
    rangesEndingAfter(layout, nameTable.offset) === 2 &&
    rangesEndingAfter(layout, section.offset) === 3;
  if (!inOrder || section.offset < HEADER_SIZE) {
    return { refused: "unexpected ELF structure: chalk section, name table and section table are not the last three things" };
  }
  const names = copyOf(layout.names).bytes;
  names.set(new TextEncoder().encode(name), section.name);
  const tail = placeTables(section.offset + length, names, (namesOffset) => {
    const table = copyOf(layout.table);
    setOffset(table.view, section.index * SECTION_HEADER_SIZE + SECTION.size, length);
    setOffset(table.view, nameTable.index * SECTION_HEADER_SIZE + SECTION.offset, namesOffset);
    return table.bytes;
  });
  const header = copyOf(layout.header);
  setOffset(header.view, HEADER.shoff, tail.tableOffset);
  const behind = { start: layout.tableOffset + layout.table.length, end: layout.fileSize };
  return { before: [header.bytes, { start: HEADER_SIZE, end: section.offset }], after: [...tail.pieces, behind] };
}
