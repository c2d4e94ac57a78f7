// Puts a few hundred instructions in front of the engine in a compiled executable, for what is too late once the engine runs:
//
// - They note down what the engine is about to change and no system call can tell afterwards: whether SIGPIPE and SIGXFSZ were ignored, and the limits of
//   open files. `runtime/host/inherited.ts` gives a program that chalk starts exactly that back.
// - A reporter waits here for the time at which it is to look at the program (`runtime/exec/handover.ts`): asleep before the engine has started it takes
//   neither processor nor memory from the program that is starting just then.
// - The engine gets options, which it takes from environment variables only, and before it runs anything (`runtime/host/engine-options.ts`).
//
// Without the stub everything works too: by inference, a little later and slower.
//
// The ELF file's PT_NOTE header (a build id, which nothing reads) becomes a PT_LOAD for one page appended to the file:
//   0     code, assembled from entry-stub-x64.s and entry-stub-arm64.s
//   1024  record: magic, disposition of SIGPIPE, of SIGXFSZ, soft and hard limit of open files
//   1064  the former entry point; address of `environ` (0: unknown); number of our variables; scratch memory; at 1152 the addresses of our variables
//   2048  texts of our variables
// Usage: node .ci/entry-stub.mjs EXECUTABLE
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [programHeaderLoad, programHeaderNote, readWriteExecute, fixedAddresses] = [1, 4, 7, 2];
const [entryAt, tableAt, sectionsAt, entrySizeAt, entryCountAt, sectionSizeAt, sectionCountAt] = [24, 32, 40, 54, 56, 58, 60];
const dynamicSymbols = 11;
const [formerEntryAt, environAt, countAt, variablesAt, textsAt, stubLength] = [1064, 1072, 1080, 1152, 2048, 4096];
/** Large enough for the page size of every kernel we run on. */
const pageSize = 0x10000;

/** Code by ELF machine number (x86-64, aarch64): what `as` and `objcopy -O binary -j .text` make of the sources. */
const code = new Map([
  [
    62,
    "4989d74c8d35f6ffffffb80d000000bf0d00000031f6498d964004000041ba080000000f05498b864004000049898608040000b80d000000bf1900000031f649" +
      "8d964004000041ba080000000f05498b864004000049898610040000b82e01000031ffbe0700000031d24d8d96180400000f05488b05d8000000498986000400" +
      "004c8b24244983fc027c5a488b4424106681385f5f754e807802007548b81100000031ff498db640040000ba180000004531d20f0583f818752b488b05910000" +
      "00493b8640040000751bb8e6000000bf01000000be01000000498d96480400004531d20f054d8bae300400004d85ed74574a8d5ce41031ed48ffc548837cebf8" +
      "0075f54d8b8e38040000498d442c034c01c84883e0fe48c1e0034889e74829c74889e64889fc498d4c2402f348a549897d00498db6800400004c89c9f348a548" +
      "89de4889e9f348a54c89fa41ffa6280400005453424348414c4b",
  ],
  [
    183,
    "f30300aaf4ffff10c81080d2a00180d2010080d282021191030180d2010000d4892242f9890602f9c81080d2200380d2010080d282021191030180d2010000d4" +
      "892242f9890a02f9a82080d2000080d2e10080d2020080d283621091010000d455080058950202f9f60340f9df0a00f16b030054e90b40f92a0140395f7d0171" +
      "e10200542a0540395f7d0171810200542a0940394a020035680880d2000080d281021191020380d2030080d2010000d41f6000f141010054892242f93f0115eb" +
      "e1000054680e80d2200080d2210080d282221191030080d2010000d4891a42f9c90300b4ea0300914b0d168b6b4100910c0080d26d796cf88c050091cdffffb5" +
      "8e1e42f9cf020c8bef010e8bef0d0091eff97f92500d0fcb1f020091d10a00914d8540f80d8600f8310600f1a1ffff54300100f98a021291ae0000b44d8540f8" +
      "0d8600f8ce0500f1a1ffff546d8540f80d8600f8cdffffb5891642f9e00313aa20011fd61f2003d55453424348414c4b",
  ],
]);

const alignUp = (value) => Math.ceil(value / pageSize) * pageSize;

/** Address of the variable `environ`, which an executable with fixed addresses keeps for its libraries; 0n if this one doesn't. */
function environAddress(fd, header) {
  const read = (offset, length) => {
    const bytes = Buffer.alloc(length);
    readSync(fd, bytes, 0, length, offset);
    return bytes;
  };
  const [size, count] = [header.readUInt16LE(sectionSizeAt), header.readUInt16LE(sectionCountAt)];
  const sections = read(Number(header.readBigUInt64LE(sectionsAt)), size * count);
  const section = (index) => {
    const at = index * size;
    return { type: sections.readUInt32LE(at + 4), link: sections.readUInt32LE(at + 40), content: () => read(Number(sections.readBigUInt64LE(at + 24)), Number(sections.readBigUInt64LE(at + 32))) };
  };
  const symbols = Array.from({ length: count }, (_, index) => section(index)).find(({ type }) => type === dynamicSymbols);
  if (symbols === undefined) return 0n;
  const [table, names] = [symbols.content(), section(symbols.link).content()];
  for (let at = 0; at < table.length; at += 24) {
    const name = table.readUInt32LE(at);
    if (names.toString("latin1", name, names.indexOf(0, name)) === "environ") return table.readBigUInt64LE(at + 8);
  }
  return 0n;
}

/**
 * Adds the stub. `variables`: what the engine shall find in its environment besides the caller's. Returns false for executables that cannot have a stub
 * (another machine, position-independent) or have it already.
 */
export function addEntryStub(path, variables = {}) {
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
    header.copy(stub, formerEntryAt, entryAt, entryAt + 8);
    stub.writeBigUInt64LE(environAddress(fd, header), environAt);
    let nextText = textsAt;
    const texts = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`);
    stub.writeBigUInt64LE(BigInt(texts.length), countAt);
    texts.forEach((bytes, index) => {
      stub.writeBigUInt64LE(BigInt(address + nextText), variablesAt + index * 8);
      nextText += stub.write(bytes, nextText, "latin1");
    });
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
