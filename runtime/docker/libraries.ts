/**
 * What our executable needs from an image (`docker.md` 10.7): its ELF interpreter and the libraries it names, and where the machine that builds has them. The
 * files that this very process runs with are the ones that surely fit.
 */
import type { Host, OpenFile } from "../host/host.js";

export interface LibraryNeeds {
  /** Path of the interpreter as the executable names it. */
  readonly interpreter: string;
  /** Newest version of glibc's symbols that is asked for, as [major, minor]. */
  readonly glibc: readonly [number, number];
}

const latin1 = new TextDecoder("latin1");
const loadedLibrary = /\/(ld-linux[^/]*|lib(?:c|m|pthread|dl)(?:\.so\.\d+|-\d[\d.]*\.so))$/;
/** File names of old releases of glibc, by soname. */
const soname = (name: string): string =>
  name.replace(
    /^lib(c|m|pthread|dl)-[\d.]+\.so$/,
    (_, stem: string) => `lib${stem}.so.${stem === "c" || stem === "m" ? 6 : stem === "dl" ? 2 : 0}`,
  );

/** The newest `GLIBC_x.y` in a text. */
export function newestGlibc(text: string): readonly [number, number] {
  let newest: readonly [number, number] = [0, 0];
  for (const match of text.matchAll(/GLIBC_(\d+)\.(\d+)/g)) {
    const found = [Number(match[1]), Number(match[2])] as const;
    if (isOlder(newest, found)) newest = found;
  }
  return newest;
}

function isOlder(left: readonly [number, number], right: readonly [number, number]): boolean {
  return left[0] !== right[0] ? left[0] < right[0] : left[1] < right[1];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Segments of a 64-bit little-endian ELF file; undefined for others. */
function readSegments(file: OpenFile): readonly Segment[] | undefined {
  const head = file.read(0, 64);
  if (head.length < 64 || latin1.decode(head.subarray(0, 6)) !== "\x7fELF\x02\x01") return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [offset, size, count] = [Number(view.getBigUint64(32, true)), view.getUint16(54, true), view.getUint16(56, true)];
  const bytes = file.read(offset, size * count);
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (at: number): number => Number(table.getBigUint64(at, true));
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => {
    const at = i * size;
    return { type: table.getUint32(at, true), offset: number(at + 8), address: number(at + 16), size: number(at + 32) };
  });
}

const segmentTypes = { load: 1, dynamic: 2, interpreter: 3 } as const;
const dynamicTags = { stringTable: 5, stringSize: 10 } as const;

/** The strings that the dynamic section refers to. */
function dynamicStrings(file: OpenFile, segments: readonly Segment[]): string {
  const dynamic = segments.find(({ type }) => type === segmentTypes.dynamic);
  if (dynamic === undefined) return "";
  const bytes = file.read(dynamic.offset, dynamic.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [address, size] = [0, 0];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const tag = Number(view.getBigUint64(at, true));
    const value = Number(view.getBigUint64(at + 8, true));
    if (tag === dynamicTags.stringTable) address = value;
    if (tag === dynamicTags.stringSize) size = value;
  }
  const home = segments.find(
    (segment) => segment.type === segmentTypes.load && address >= segment.address && address < segment.address + segment.size,
  );
  return home === undefined ? "" : latin1.decode(file.read(home.offset + address - home.address, size));
}

/** What an executable needs; undefined if it is static or of another kind. */
export function libraryNeeds(host: Pick<Host, "files">, path: string): LibraryNeeds | undefined {
  const file = host.files.open(path, "read");
  try {
    const segments = readSegments(file);
    const interpreter = segments?.find(({ type }) => type === segmentTypes.interpreter);
    if (segments === undefined || interpreter === undefined) return undefined;
    const name = latin1.decode(file.read(interpreter.offset, interpreter.size)).replace(/\0.*$/s, "");
    return { interpreter: name, glibc: newestGlibc(dynamicStrings(file, segments)) };
  } finally {
    file.close();
  }
}

/** Does a libc have all that is needed? */
export function isNewEnough(libc: Uint8Array, needs: LibraryNeeds): boolean {
  return !isOlder(newestGlibc(latin1.decode(libc)), needs.glibc);
}

/** Places of libc, for the interpreter of an executable. */
export function libcPlaces({ interpreter }: LibraryNeeds): readonly string[] {
  const architecture = interpreter.includes("aarch64") ? "aarch64" : "x86_64";
  return [
    `/lib/${architecture}-linux-gnu/libc.so.6`,
    "/lib64/libc.so.6",
    `/usr/lib/${architecture}-linux-gnu/libc.so.6`,
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
  ];
}

/**
 * The loader and libraries that this process runs with: name in the image to path here. Undefined if there is no loader among them (we are static, or the
 * kernel doesn't tell).
 */
export function ownLibraries(host: Pick<Host, "files">): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const line of host.files.readText("/proc/self/maps").split("\n")) {
    const path = line.slice(line.indexOf("/"));
    if (!line.includes("/") || path.endsWith(" (deleted)")) continue;
    const name = loadedLibrary.exec(path)?.[1] ?? (path.startsWith("/chalk.d/") ? path.slice("/chalk.d/".length) : undefined);
    if (name !== undefined) found.set(name === "ld" || name.startsWith("ld-") ? "ld" : soname(name), path);
  }
  return found.has("ld") ? found : undefined;
}

/** The loader and libraries in a directory beside an executable that is called like it with `.d`; undefined if there is none with a loader. */
export function librariesBeside(host: Pick<Host, "files">, executable: string): ReadonlyMap<string, string> | undefined {
  const directory = `${executable}.d`;
  if (host.files.find(`${directory}/ld`)?.kind !== "file") return undefined;
  return new Map(host.files.list(directory).map((name) => [name, `${directory}/${name}`] as const));
}
