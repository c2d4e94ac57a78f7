/** Finding one file in a tar archive in memory: all that is needed of the last layer of a chalked image (`docker.md` 15.3). */

const block = 512;

function textAt(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Sizes are octal, or binary if the first bit is set. */
function sizeAt(bytes: Uint8Array, start: number): number {
  if (((bytes[start] ?? 0) & 0x80) === 0) return Number.parseInt(textAt(bytes, start, 12).trim() || "0", 8);
  let size = 0;
  for (const byte of bytes.subarray(start + 4, start + 12)) size = size * 256 + byte;
  return size;
}

const isFile = (type: number): boolean => type === 0 || type === 0x30;

/**
 * The content of a regular file; undefined if the archive doesn't hold it or isn't one.
 * @param path without a slash at its beginning
 */
export function fileInTar(archive: Uint8Array, path: string): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (let at = 0; at + block <= archive.length; ) {
    const name = textAt(archive, at, 100);
    if (name === "" && archive[at] === 0) break;
    const size = sizeAt(archive, at + 124);
    const start = at + block;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > archive.length) break;
    // The last of several entries is the one that counts when the layer is unpacked.
    if (isFile(archive[at + 156] ?? 0) && name.replace(/^(?:\.?\/)+/, "") === path) found = archive.subarray(start, start + size);
    at = start + Math.ceil(size / block) * block;
  }
  return found;
}
