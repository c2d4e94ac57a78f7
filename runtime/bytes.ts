/** Bytes seen as numbers. */

/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Are all bytes zero? Looks at words where it can: files may hold gigabytes of zeros. */
export function isZero(bytes: Uint8Array): boolean {
  const lead = Math.min(bytes.length, -bytes.byteOffset & 3);
  const count = (bytes.length - lead) >> 2;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, count);
  for (let index = 0; index < count; index++) if (words[index] !== 0) return false;
  for (let index = 0; index < lead; index++) if (bytes[index] !== 0) return false;
  for (let index = lead + 4 * count; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
