// Puts a few instructions in front of the engine in a compiled executable. They note down what the engine is about to change and no system call can
// tell afterwards: whether SIGPIPE and SIGXFSZ were ignored, and the limits of open files. `runtime/host/inherited.ts` gives a program that chalk
// starts exactly that back. Without the stub everything works too, by inference.
//
// The ELF file's PT_NOTE header (a build id, which nothing reads) becomes a PT_LOAD for one page appended to the file:
//   0    code: rt_sigaction twice, prlimit64, jump to the former entry point
//   240  magic "TSBCHALK"
//   248  the former entry point
//   256  record: magic, disposition of SIGPIPE, of SIGXFSZ, soft and hard limit of open files
// Usage: node .ci/entry-stub.mjs EXECUTABLE
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [programHeaderLoad, programHeaderNote, readWriteExecute, fixedAddresses] = [1, 4, 7, 2];
const [entryAt, tableAt, entrySizeAt, entryCountAt] = [24, 32, 54, 56];
const [formerEntryAt, stubLength] = [248, 512];
/** Large enough for the page size of every kernel we run on. */
const pageSize = 0x10000;

/** Code and magic by ELF machine number (x86-64, aarch64); sources in the comments beside the system call numbers of runtime/host/trampoline.ts. */
const code = new Map([
  [
    62,
    // push rdx; rt_sigaction(13, 0, record+64, 8); record+8 = handler; the same for 25; prlimit64(0, 7, 0, record+24); record = magic; pop rdx; jmp former
    "52b80d000000bf0d00000031f6488d152c01000041ba080000000f05488b051d010000488905de000000b80d000000bf1900000031f6488d150301000041ba08" +
      "0000000f05488b05f4000000488905bd000000b82e01000031ffbe0700000031d24c8d15b00000000f05488b057f000000488905880000005aff2579000000",
  ],
  [
    183,
    // mov x9, x0; adr x10, record; the same calls; mov x0, x9; br former
    "e90300aaea070010c81080d2a00180d2010080d242010191030180d2010000d44b2140f94b0500f9c81080d2200380d2010080d242010191030180d2010000d4" +
      "4b2140f94b0900f9a82080d2000080d2e10080d2020080d243610091010000d48b0400584b0100f9e00309aa6c04005880011fd6",
  ],
]);

const alignUp = (value) => Math.ceil(value / pageSize) * pageSize;

/** Adds the stub. Returns false for executables that cannot have one (another machine, position-independent) or have it already. */
export function addEntryStub(path) {
  const fd = openSync(path, "r+");
  try {
    const header = Buffer.alloc(4096);
    readSync(fd, header, 0, header.length, 0);
    const text = code.get(header.readUInt16LE(18));
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header.readUInt16LE(16) !== fixedAddresses || text === undefined) return false;
    const table = Number(header.readBigUInt64LE(tableAt));
    const [size, count] = [header.readUInt16LE(entrySizeAt), header.readUInt16LE(entryCountAt)];
    const headers = Array.from({ length: count }, (_, index) => table + index * size);
    const loads = headers.filter((at) => header.readUInt32LE(at) === programHeaderLoad);
    // Loadable segments must stay in ascending order, so only a note behind them will do.
    const note = headers.findLast((at) => header.readUInt32LE(at) === programHeaderNote && at > loads.at(-1));
    if (note === undefined) return false;
    const end = Math.max(...loads.map((at) => Number(header.readBigUInt64LE(at + 16) + header.readBigUInt64LE(at + 40))));
    const offset = alignUp(fstatSync(fd).size);
    const address = alignUp(end) + pageSize;
    const stub = Buffer.alloc(stubLength);
    stub.write(text, 0, "hex");
    stub.write("TSBCHALK", formerEntryAt - 8, "latin1");
    header.copy(stub, formerEntryAt, entryAt, entryAt + 8);
    writeSync(fd, stub, 0, stub.length, offset);
    const segment = [offset, address, address, stubLength, stubLength, pageSize];
    header.writeUInt32LE(programHeaderLoad, note);
    header.writeUInt32LE(readWriteExecute, note + 4);
    segment.forEach((value, index) => header.writeBigUInt64LE(BigInt(value), note + 8 + index * 8));
    header.writeBigUInt64LE(BigInt(address), entryAt);
    writeSync(fd, header, 0, table + count * size, 0);
    return true;
  } finally {
    closeSync(fd);
  }
}

/**
 * Variables by which the engine would let the environment change how an executable starts (`BUN_OPTIONS=--preload=x`, `BUN_BE_BUN=1` makes it bun
 * itself): a workload that uses them must not thereby disturb chalk. They get names that nobody sets; same length, since they are patched in place.
 */
const engineVariables = new Map([
  ["BUN_OPTIONS", "\u0001HALK_NONE1"],
  ["BUN_BE_BUN", "\u0001HALK_NON2"],
]);

/** Renames those variables in the engine's constants (the first loadable segment). Returns how many places were changed. */
export function renameEngineVariables(path) {
  const fd = openSync(path, "r+");
  try {
    const header = Buffer.alloc(4096);
    readSync(fd, header, 0, header.length, 0);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2) return 0;
    const table = Number(header.readBigUInt64LE(tableAt));
    const [size, count] = [header.readUInt16LE(entrySizeAt), header.readUInt16LE(entryCountAt)];
    const first = Array.from({ length: count }, (_, index) => table + index * size).find((at) => header.readUInt32LE(at) === programHeaderLoad);
    const start = Number(header.readBigUInt64LE(first + 8));
    const constants = Buffer.alloc(Number(header.readBigUInt64LE(first + 32)));
    readSync(fd, constants, 0, constants.length, start);
    let changed = 0;
    for (const [name, replacement] of engineVariables) {
      for (let at = constants.indexOf(name); at >= 0; at = constants.indexOf(name, at + 1), changed++)
        writeSync(fd, Buffer.from(replacement, "latin1"), 0, name.length, start + at);
    }
    return changed;
  } finally {
    closeSync(fd);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const done = addEntryStub(process.argv[2]);
  const changed = renameEngineVariables(process.argv[2]);
  console.log(`${process.argv[2]}: ${done ? "stub added" : "takes no stub"}, ${changed} names of engine variables changed`);
}
