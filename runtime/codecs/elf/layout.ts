/**
 * Reading the parts of an ELF file that matter for a mark: header, program headers, section headers, section names (`marks-and-codecs.md` 5.1, 5.2).
 * Everything in them is checked against the size of the file before it is used, so damaged or hostile files are refused, never followed. Four small
 * reads are enough, however big the file is.
 */
import { isZero, viewOf } from "../../bytes.js";
import { type ByteSource, CHUNK } from "../candidate.js";

export const MARK_SECTION = ".chalk.mark";
export const FREE_SECTION = ".chalk.free";
/** Length of the hash that a free section holds. */
export const FREE_LENGTH = 32;

export const HEADER_SIZE = 64;
export const SECTION_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
/** No program has more bytes of section names; a file that claims to is not worth the memory. */
const LONGEST_NAME_TABLE = 64 << 20;
const TYPE_PROGBITS = 1;
const TYPE_NOBITS = 8;
const RESERVED_INDEX = 0xff00;
const RESERVED_PROGRAM_COUNT = 0xffff;

/** Offsets in the ELF header (64-bit). */
export const HEADER = {
  type: 0x10,
  version: 0x14,
  phoff: 0x20,
  shoff: 0x28,
  phentsize: 0x36,
  phnum: 0x38,
  shentsize: 0x3a,
  shnum: 0x3c,
  shstrndx: 0x3e,
};
/** Offsets in a section header (64-bit). */
export const SECTION = { name: 0, type: 4, address: 0x10, offset: 0x18, size: 0x20 };

export interface ElfSection {
  readonly index: number;
  /** Offset of its name in the name table. */
  readonly name: number;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** Half-open interval of the file. */
type Range = readonly [start: number, end: number];

export interface ElfLayout {
  readonly fileSize: number;
  readonly header: Uint8Array;
  readonly tableOffset: number;
  readonly table: Uint8Array;
  readonly sections: readonly ElfSection[];
  readonly nameTable: ElfSection;
  readonly names: Uint8Array;
  /** Everything that headers describe. */
  readonly ranges: readonly Range[];
  /** The chalk section, holding a mark or (`free`) the hash of the unmarked file. */
  readonly chalk: { readonly section: ElfSection; readonly free: boolean } | undefined;
}

/** Why the codec doesn't take a file. */
export interface ElfRejection {
  readonly rejected: string;
  readonly level: "error" | "trace" | "silent";
}

const wrong = (rejected: string, level: ElfRejection["level"] = "error"): ElfRejection => ({ rejected, level });

/** A 64-bit offset as a number. Beyond 2^53 it is rounded, which no check can mistake for an offset within a file. */
function readOffset(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

export function isElfMagic(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** Reads and checks the layout of a file that begins with the ELF magic. */
export function readElfLayout(file: ByteSource): ElfLayout | ElfRejection {
  const size = file.size;
  const header = file.read(0, HEADER_SIZE);
  if (header.length < HEADER_SIZE || size <= HEADER_SIZE) return wrong("too short for an ELF header");
  if (!isElfMagic(header)) return wrong("no ELF magic");
  const view = viewOf(header);
  if (header[4] !== 2) return wrong("not a 64-bit file", "trace");
  if (header[5] !== 1) return wrong("not a little-endian file", "trace");
  if (view.getUint32(HEADER.version, true) !== 1) return wrong("unknown ELF version");
  const type = view.getUint16(HEADER.type, true);
  if (type < 1 || type > 3) return wrong("neither relocatable, executable nor shared object", "silent");
  const sectionCount = view.getUint16(HEADER.shnum, true);
  const nameIndex = view.getUint16(HEADER.shstrndx, true);
  if (nameIndex === 0) return wrong("no section name table");
  if (nameIndex >= RESERVED_INDEX || nameIndex >= sectionCount) return wrong("section name table index out of range");

  const programs = readProgramHeaders(file, view);
  if ("rejected" in programs) return programs;

  const tableOffset = readOffset(view, HEADER.shoff);
  const tableSize = sectionCount * SECTION_HEADER_SIZE;
  if (tableOffset < HEADER_SIZE || tableOffset > size) return wrong("section table out of range");
  if (view.getUint16(HEADER.shentsize, true) !== SECTION_HEADER_SIZE) return wrong("unexpected size of section headers");
  if (tableOffset + tableSize > size) return wrong("section table exceeds the file");
  const table = file.read(tableOffset, tableSize);
  if (table.length < tableSize) return wrong("section table cannot be read");
  const sections = readSections(table, sectionCount);

  const ranges: Range[] = [[0, HEADER_SIZE], programs.table, [tableOffset, tableOffset + tableSize], ...programs.segments];
  for (const section of sections) {
    if (section.type === TYPE_NOBITS) continue;
    if (section.offset + section.size > size) {
      return wrong(`section ${section.index} (offset ${section.offset}, size ${section.size}) exceeds the file (size ${size})`);
    }
    if (section.size > 0) ranges.push([section.offset, section.offset + section.size]);
  }
  const nameTable = sections[nameIndex]!;
  if (nameTable.type === TYPE_NOBITS) return wrong("section name table has no content");
  if (nameTable.size > LONGEST_NAME_TABLE) return wrong("section name table too long");
  if (sections.some((section) => section.name >= nameTable.size)) return wrong("section name out of range");
  const names = file.read(nameTable.offset, nameTable.size);
  if (names.length < nameTable.size) return wrong("section name table cannot be read");
  const chalk = findChalkSection(sections, names);
  return { fileSize: size, header, tableOffset, table, sections, nameTable, names, ranges, chalk };
}

function readProgramHeaders(file: ByteSource, header: DataView): { table: Range; segments: Range[] } | ElfRejection {
  const offset = readOffset(header, HEADER.phoff);
  const count = header.getUint16(HEADER.phnum, true);
  const length = count * PROGRAM_HEADER_SIZE;
  if (offset < HEADER_SIZE) return wrong("no program headers", "trace");
  if (offset > file.size) return wrong("program headers out of range");
  if (header.getUint16(HEADER.phentsize, true) !== PROGRAM_HEADER_SIZE) return wrong("unexpected size of program headers");
  if (count === RESERVED_PROGRAM_COUNT || count === 0) return wrong("unexpected number of program headers");
  const bytes = offset + length > file.size ? new Uint8Array(0) : file.read(offset, length);
  if (bytes.length < length) return wrong("program headers exceed the file");
  const view = viewOf(bytes);
  const segments: Range[] = [];
  for (let at = 0; at < length; at += PROGRAM_HEADER_SIZE) {
    const start = readOffset(view, at + 8);
    const size = readOffset(view, at + 0x20);
    if (start + size > file.size) return wrong(`program header ${at / PROGRAM_HEADER_SIZE} exceeds the file`);
    if (size > 0) segments.push([start, start + size]);
  }
  return { table: [offset, offset + length], segments };
}

function readSections(table: Uint8Array, count: number): ElfSection[] {
  const view = viewOf(table);
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_HEADER_SIZE;
    return {
      index,
      name: view.getUint32(at + SECTION.name, true),
      type: view.getUint32(at + SECTION.type, true),
      address: readOffset(view, at + SECTION.address),
      offset: readOffset(view, at + SECTION.offset),
      size: readOffset(view, at + SECTION.size),
    };
  });
}

function hasName(names: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) if (names[at + index] !== name.charCodeAt(index)) return false;
  return names[at + name.length] === 0;
}

function findChalkSection(sections: readonly ElfSection[], names: Uint8Array): ElfLayout["chalk"] {
  for (const section of sections) {
    if (section.type !== TYPE_PROGBITS) continue;
    if (hasName(names, section.name, MARK_SECTION)) return { section, free: false };
    if (hasName(names, section.name, FREE_SECTION)) return { section, free: true };
  }
  return undefined;
}

/** Where a name of the name table begins; -1 if it is not there as a whole entry. */
function findName(names: Uint8Array, name: string): number {
  const first = name.charCodeAt(0);
  for (let at = names.indexOf(first); at >= 0; at = names.indexOf(first, at + 1)) if (hasName(names, at, name)) return at;
  return -1;
}

/**
 * The place of a section `.chalk.mark`, found without reading and checking everything else: for start-up, where every tenth of a millisecond counts.
 * Undefined if it is not found so simply; `readElfLayout` then has the answer.
 */
export function findMarkQuickly(file: ByteSource): { readonly offset: number; readonly size: number } | undefined {
  const header = file.read(0, HEADER_SIZE);
  if (header.length < HEADER_SIZE || !isElfMagic(header) || header[4] !== 2 || header[5] !== 1) return undefined;
  const view = viewOf(header);
  const count = view.getUint16(HEADER.shnum, true);
  const nameIndex = view.getUint16(HEADER.shstrndx, true);
  const tableOffset = readOffset(view, HEADER.shoff);
  const length = count * SECTION_HEADER_SIZE;
  if (nameIndex >= count || tableOffset + length > file.size) return undefined;
  const table = viewOf(file.read(tableOffset, length));
  const nameHeader = nameIndex * SECTION_HEADER_SIZE;
  const namesOffset = readOffset(table, nameHeader + SECTION.offset);
  const namesSize = readOffset(table, nameHeader + SECTION.size);
  if (table.byteLength < length || namesSize > LONGEST_NAME_TABLE || namesOffset + namesSize > file.size) return undefined;
  const name = findName(file.read(namesOffset, namesSize), MARK_SECTION);
  for (let at = 0; name >= 0 && at < length; at += SECTION_HEADER_SIZE) {
    if (table.getUint32(at + SECTION.name, true) !== name || table.getUint32(at + SECTION.type, true) !== TYPE_PROGBITS) continue;
    const place = { offset: readOffset(table, at + SECTION.offset), size: readOffset(table, at + SECTION.size) };
    return place.offset + place.size <= file.size ? place : undefined;
  }
  return undefined;
}

/** n(x): the number of described ranges that end after x. */
export function rangesEndingAfter(layout: ElfLayout, offset: number): number {
  let count = 0;
  for (const [start, end] of layout.ranges) if (end > offset && start < layout.fileSize) count += 1;
  return count;
}

/** Where a new chalk section goes; everything behind it is laid out anew or dropped (5.3 step 1). */
export function cutPosition(layout: ElfLayout): number {
  const afterTable = rangesEndingAfter(layout, layout.tableOffset);
  const afterNames = rangesEndingAfter(layout, layout.nameTable.offset);
  if (afterTable === 1) return afterNames === 2 ? layout.nameTable.offset : layout.tableOffset;
  return afterNames === 1 ? layout.nameTable.offset : layout.fileSize;
}

/** Is there a non-zero byte behind `from` that no header describes (an appended payload)? */
export function hasUndescribedData(file: ByteSource, layout: ElfLayout, from: number): boolean {
  const behind = layout.ranges.filter(([, end]) => end > from).sort((a, b) => a[0] - b[0]);
  let position = from;
  for (const [start, end] of [...behind, [layout.fileSize, layout.fileSize] as const]) {
    for (let at = position; at < start; at += CHUNK) {
      if (!isZero(file.read(at, Math.min(CHUNK, start - at)))) return true;
    }
    position = Math.max(position, end);
  }
  return false;
}
