/** CRC-32 as zip archives use it. */

const TABLE = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** The checksum of bytes; `before`: that of the bytes in front of them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let index = 0; index < bytes.length; index += 1) crc = (TABLE[(crc ^ bytes[index]!) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
