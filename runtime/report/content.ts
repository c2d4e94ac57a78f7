/** Hashes of files, read piece by piece so that a large executable doesn't have to fit into memory. */
import type { Host } from "../host/host.js";

const pieceLength = 1 << 18;
/** One for all files: they are hashed one after the other, and an operation may hash many small ones. */
let buffer: Uint8Array | undefined;

/** Hex SHA-256 of a file's bytes; undefined if it can't be read. */
export function fileHash(host: Host, path: string): string | undefined {
  try {
    const file = host.files.open(path, "read");
    try {
      const hash = host.hashing.stream("sha256");
      buffer ??= new Uint8Array(pieceLength);
      for (let offset = 0; ; ) {
        const length = file.readInto(buffer, offset);
        hash.update(buffer.subarray(0, length));
        offset += length;
        if (length < pieceLength) break;
      }
      return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
    } finally {
      file.close();
    }
  } catch {
    return undefined;
  }
}
