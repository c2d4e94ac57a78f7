/**
 * Reads what the entry stub noted down before the engine ran (`inherited.ts`; the stub is put in by `.ci/entry-stub.mjs`). The stub is the one
 * program segment that is readable, writable and executable, and holds the entry point; its record lies 1024 bytes into it.
 */
import * as fs from "node:fs";
import { libc } from "./libc.js";
import { processes } from "./processes.js";

export interface StubRecord {
  /** SIGPIPE and SIGXFSZ, as a bit mask of those that were ignored. */
  readonly ignored: bigint;
  readonly openFiles: { readonly soft: bigint; readonly hard: bigint };
}

/** Layout of the record: 64-bit words. */
const recordOffset = 1024;
/** "TSBCHALK". */
const recordMagic = 0x4b4c414843425354n;

let known: StubRecord | undefined | null = null;

/** Address of the stub's segment in an ELF executable with fixed addresses, undefined if it has none. */
export function findStub(header: DataView): number | undefined {
  const isElf64 = header.byteLength >= 64 && header.getUint32(0, false) === 0x7f454c46 && header.getUint8(4) === 2;
  if (!isElf64 || header.getUint16(16, true) !== 2) return undefined;
  const entry = header.getBigUint64(24, true);
  const [table, size, count] = [Number(header.getBigUint64(32, true)), header.getUint16(54, true), header.getUint16(56, true)];
  for (let index = 0; index < count && table + (index + 1) * size <= header.byteLength; index++) {
    const at = table + index * size;
    const start = header.getBigUint64(at + 16, true);
    const isStub = header.getUint32(at, true) === 1 && header.getUint32(at + 4, true) === 7;
    if (isStub && entry >= start && entry < start + 256n) return Number(start);
  }
  return undefined;
}

function read(): StubRecord | undefined {
  const native = libc();
  if (native === undefined) return undefined;
  const header = new Uint8Array(4096);
  const fd = fs.openSync(processes.executable, "r");
  try {
    fs.readSync(fd, header, 0, header.length, 0);
  } finally {
    fs.closeSync(fd);
  }
  const segment = findStub(new DataView(header.buffer));
  if (segment === undefined) return undefined;
  const word = (index: number) => native.readWord(segment + recordOffset + index * 8);
  if (word(0) !== recordMagic) return undefined;
  const ignored = (word(1) === 1n ? 1n << 12n : 0n) | (word(2) === 1n ? 1n << 24n : 0n);
  return { ignored, openFiles: { soft: word(3), hard: word(4) } };
}

/** The record, undefined if this executable has no stub. */
export function readStubRecord(): StubRecord | undefined {
  if (known === null) {
    try {
      known = read();
    } catch {
      known = undefined;
    }
  }
  return known;
}
