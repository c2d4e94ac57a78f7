/** Files that fuzzing starts from, per codec. */
import { existsSync, readFileSync } from "node:fs";
import type { randomSource } from "./fuzz-target.js";
import { makeMacho } from "./macho-maker.js";
import { type MadeEntry, makeZip } from "./zip-maker.js";

export interface FuzzTarget {
  /** Path under which the files appear. */
  readonly path: string;
  readonly seeds: readonly Uint8Array[];
  /** Makes a file that is not quite right. */
  readonly generate?: (random: ReturnType<typeof randomSource>) => Uint8Array;
}

const MARK = '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6" }';
const script = "#!/bin/sh\necho hello\n";
const utf8 = (text: string) => new TextEncoder().encode(text);

function number(value: number, width: 4 | 8): Buffer {
  const bytes = Buffer.alloc(width);
  if (width === 4) bytes.writeUInt32LE(value);
  else bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
const text = (value: string) => Buffer.concat([number(utf8(value).length, 8), utf8(value)]);

function gguf(): Uint8Array[] {
  const pair = (key: string, type: number, value: Uint8Array) => Buffer.concat([text(key), number(type, 4), value]);
  const pairs = [
    pair("general.alignment", 4, number(16, 4)),
    pair("tokens", 9, Buffer.concat([number(8, 4), number(2, 8), text("a"), text("b")])),
    pair("chalk.mark", 8, text(MARK)),
  ];
  const tensor = Buffer.concat([text("w"), number(1, 4), number(3, 8), number(0, 4), number(0, 8)]);
  return [0, 2, 3].map((count) => {
    const head = Buffer.concat([utf8("GGUF"), number(3, 4), number(1, 8), number(count, 8), ...pairs.slice(0, count), tensor]);
    return new Uint8Array(Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), utf8("data")]));
  });
}

function tensors(header: string): Uint8Array {
  return new Uint8Array(Buffer.concat([number(utf8(header).length, 8), utf8(header), Buffer.from([1, 2, 3])]));
}

const quotedMark = JSON.stringify(MARK);
const entries: MadeEntry[] = [
  { name: "a.sh", content: `${script}# ${MARK}\n` },
  { name: "dir/", content: "" },
  { name: "m.pyc", content: `code${MARK}`, stored: true },
  { name: "m.onnx", content: "model" },
  { name: "m.onnx.chalk", content: MARK },
  { name: "in.zip", content: makeZip([{ name: "b.sh", content: script }]), stored: true },
  { name: "chalk.json", content: MARK },
];

/** Archives whose parts contradict each other. */
function oddZip(random: ReturnType<typeof randomSource>): Uint8Array {
  const odd = <T>(likely: T, values: readonly T[]): T => (random(12) === 0 ? values[random(values.length)]! : likely);
  const chosen = Array.from({ length: random(6) }, (): MadeEntry => {
    const entry = entries[random(entries.length)]!;
    const changes: Record<string, unknown> = {
      name: odd(entry.name, ["", "/", "../x", "a/../../b", "chalk.json", "chalk", "x".repeat(300)]),
      size: odd(undefined, [0, 1, 0xffffffff]),
      method: odd(undefined, [0, 8, 99]),
      flags: odd(undefined, [1, 8, 0x800]),
      offset: odd(undefined, [0, 7, 0xffffffff]),
      extra: odd(undefined, [Uint8Array.from([1, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]), Uint8Array.from([1, 0, 255, 255])]),
      compressed: odd(undefined, [new Uint8Array(0), Uint8Array.from([3, 0]), Uint8Array.from([0xff, 0xff])]),
    };
    return { ...entry, ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) } as MadeEntry;
  });
  return makeZip(chosen, {
    zip64: random(3) === 0,
    comment: odd("", ["PK\x05\x06", "x".repeat(1000)]),
    prefix: Buffer.from(odd("", ["PK prefix"])),
    absolute: random(2) === 0,
    ...(random(12) === 0 ? { count: random(20) } : {}),
  });
}

function der(): Uint8Array {
  const path = ["/etc/ssl/certs/ca-certificates.crt"].find((file) => existsSync(file));
  if (path === undefined) return utf8("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(readFileSync(path, "latin1"))?.[0] ?? "";
  return utf8(block);
}
const pemToDer = (pem: Uint8Array) =>
  new Uint8Array(
    Buffer.from(
      Buffer.from(pem)
        .toString()
        .replace(/-----[^-]+-----|\s/g, ""),
      "base64",
    ),
  );

const program = new Uint8Array(readFileSync("/bin/true"));
const signature = [
  [0, 40],
  [0x10000, 8],
] as const;

/** By codec. */
export const targets: Readonly<Record<string, FuzzTarget>> = {
  zip: {
    path: "/f.zip",
    seeds: [makeZip(entries), makeZip(entries.slice(0, 1), { zip64: true, comment: "c" })],
    generate: oddZip,
  },
  python_pyc: { path: "/f.pyc", seeds: [utf8("code"), utf8(`code${MARK}`), utf8(`a dadfedabbadabbed b${MARK} \n tail`)] },
  gguf: { path: "/f.gguf", seeds: gguf() },
  safetensors: {
    path: "/f.safetensors",
    seeds: [
      tensors("{}"),
      tensors('{"__metadata__":{"a":"b\\"}"},"t":{"shape":[1]}}  '),
      tensors(`{"t":[{}],"__metadata__":{"chalk":${quotedMark}}}`),
      tensors(`{"__metadata__":{"a":"b", "chalk":${quotedMark} }}`),
    ],
  },
  certs: { path: "/f.pem", seeds: [der(), pemToDer(der()), pemToDer(der())] },
  macho: { path: "/f", seeds: [makeMacho(), makeMacho({ signature })] },
  elf: { path: "/f", seeds: [program] },
  elf_last_resort: { path: "/f", seeds: [new Uint8Array(Buffer.concat([program.subarray(0, 2000), utf8(MARK)]))] },
  source: {
    path: "/f.sh",
    seeds: [
      utf8(script),
      utf8(`${script}# ${MARK}\n`),
      utf8(`#!/usr/bin/env node\nx = '${MARK}';\n# { "MAGIC" : "dadfedabbadabbed", oops }\n`),
    ],
  },
};
