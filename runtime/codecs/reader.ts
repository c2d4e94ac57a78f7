/** Reading a binary structure from its start on, in pieces, without believing any length in it. */
import type { ByteSource } from "./candidate.js";

/** A structure that is cut off, or states a length that the file does not have. */
export class StructureError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StructureError";
  }
}

const WINDOW = 256 << 10;

/** Little-endian values one after the other. Throws a `StructureError` where the file ends too early. */
export class SequentialReader {
  private readonly source: ByteSource;
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  position: number;

  constructor(source: ByteSource, position = 0) {
    this.source = source;
    this.position = position;
  }

  private take(length: number): DataView {
    const { source, position } = this;
    if (position + length > source.size) throw new StructureError("it ends too early");
    if (position < this.windowStart || position + length > this.windowStart + this.window.length) {
      this.window = source.read(position, Math.max(length, WINDOW));
      this.windowStart = position;
      if (this.window.length < length) throw new StructureError("it ends too early");
    }
    this.position += length;
    return new DataView(this.window.buffer, this.window.byteOffset + position - this.windowStart, length);
  }

  u32(): number {
    return this.take(4).getUint32(0, true);
  }

  /** A length or count that must fit what is left, at `unit` bytes each. */
  count(unit: number): number {
    const value = this.take(8).getBigUint64(0, true);
    if (value * BigInt(unit) > BigInt(this.source.size - this.position))
      throw new StructureError("a length in it is longer than the file");
    return Number(value);
  }

  u64(): bigint {
    return this.take(8).getBigUint64(0, true);
  }

  skip(length: number): void {
    if (length > this.source.size - this.position) throw new StructureError("it ends too early");
    this.position += length;
  }

  bytes(length: number): Uint8Array {
    const view = this.take(length);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  }
}
