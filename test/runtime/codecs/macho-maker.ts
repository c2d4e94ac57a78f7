// Makes small Mach-O files: the one of the specification's vector, and variations of it.

export interface Shape {
  readonly firstSection?: number;
  /** Big-endian signature blobs: [slot, length]. */
  readonly signature?: readonly (readonly [slot: number, length: number])[];
  readonly breakSignature?: (blob: Buffer) => void;
}

function segment(
  name: string,
  address: bigint,
  offset: number,
  size: number,
  protection: readonly [number, number],
  sections: number,
): Buffer {
  const bytes = Buffer.alloc(72);
  bytes.writeUInt32LE(0x19, 0);
  bytes.writeUInt32LE(72 + 80 * sections, 4);
  bytes.write(name, 8);
  bytes.writeBigUInt64LE(address, 24);
  bytes.writeBigUInt64LE(0x4000n, 32);
  bytes.writeBigUInt64LE(BigInt(offset), 40);
  bytes.writeBigUInt64LE(BigInt(size), 48);
  bytes.writeInt32LE(protection[0], 56);
  bytes.writeInt32LE(protection[1], 60);
  bytes.writeUInt32LE(sections, 64);
  return bytes;
}

/** The file of the specification's vector, or a variation. */
export function makeMacho({ firstSection = 512, signature, breakSignature }: Shape = {}): Uint8Array {
  const section = Buffer.alloc(80);
  section.write("__text", 0);
  section.write("__TEXT", 16);
  section.writeBigUInt64LE(0x100000200n, 32);
  section.writeBigUInt64LE(16n, 40);
  section.writeUInt32LE(firstSection, 48);
  section.writeUInt32LE(2, 52);
  let blob = Buffer.alloc(0);
  if (signature !== undefined) {
    const index = 12 + 8 * signature.length;
    blob = Buffer.alloc(index + signature.reduce((sum, [, length]) => sum + length, 0));
    blob.writeUInt32BE(0xfade0cc0, 0);
    blob.writeUInt32BE(blob.length, 4);
    blob.writeUInt32BE(signature.length, 8);
    let at = index;
    for (const [number, [slot, length]] of signature.entries()) {
      blob.writeUInt32BE(slot, 12 + 8 * number);
      blob.writeUInt32BE(at, 16 + 8 * number);
      blob.writeUInt32BE(0xfade0c02, at);
      blob.writeUInt32BE(length, at + 4);
      at += length;
    }
    breakSignature?.(blob);
  }
  const linkEdit = segment("__LINKEDIT", 0x100004000n, 528, 16 + blob.length, [7, 5], 0);
  const commands = [segment("__TEXT", 0x100000000n, 0, 528, [7, 5], 1), section, linkEdit];
  if (signature !== undefined) {
    const command = Buffer.alloc(16);
    command.writeUInt32LE(0x1d, 0);
    command.writeUInt32LE(16, 4);
    command.writeUInt32LE(544, 8);
    command.writeUInt32LE(blob.length, 12);
    commands.push(command);
  }
  const all = Buffer.concat(commands);
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(0x0100000c, 4);
  header.writeUInt32LE(2, 12);
  header.writeUInt32LE(commands.length - 1, 16);
  header.writeUInt32LE(all.length, 20);
  header.writeUInt32LE(0x85, 24);
  const file = Buffer.alloc(544, "L");
  file.fill(0, 0, 512);
  header.copy(file);
  all.copy(file, 32);
  for (let index = 0; index < 16; index += 1) file[512 + index] = index;
  return new Uint8Array(Buffer.concat([file, blob]));
}
