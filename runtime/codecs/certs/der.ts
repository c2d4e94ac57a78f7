/** Reading DER (X.690): elements with definite lengths, nothing else; every length is checked against what contains it. */

/** Not DER, or not what was expected. */
export class DerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DerError";
  }
}

/** An element: its whole encoding, and its content. */
export interface Element {
  readonly tag: number;
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** No honest number or identifier is longer; arithmetic on it would take for ever. */
const LONGEST_INTEGER = 8192;
const LONGEST_ID = 128;

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The element at an offset. */
export function readElement(bytes: Uint8Array, at = 0): Element {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) throw new DerError("no element");
  let start = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw new DerError("a length of a form that is not supported");
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    start += count;
  }
  if (start + length > bytes.length) throw new DerError("an element is longer than what contains it");
  return { tag, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}

/** The elements in the content of another. */
export function children(element: Element): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < element.content.length; ) {
    const child = readElement(element.content, at);
    found.push(child);
    at += child.whole.length;
  }
  return found;
}

/** The element, if it has that tag. */
export function expect(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw new DerError("an element of another type");
  return element;
}

/** Dotted form of an object identifier. */
export function objectId(element: Element | undefined): string {
  const { content } = expect(element, TAG.objectId);
  if (content.length > LONGEST_ID) throw new DerError("an object identifier that is too long");
  const parts: bigint[] = [];
  let value = 0n;
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const first = value < 40n ? 0n : value < 80n ? 1n : 2n;
      parts.push(first, value - first * 40n);
    } else parts.push(value);
    value = 0n;
  }
  return parts.join(".");
}

/** A signed integer of any length. */
export function integer(element: Element | undefined): bigint {
  const { content } = expect(element, TAG.integer);
  if (content.length > LONGEST_INTEGER) throw new DerError("an integer that is too long");
  let value = 0n;
  for (const byte of content) value = (value << 8n) | BigInt(byte);
  return content.length > 0 && (content[0]! & 0x80) !== 0 ? value - (1n << BigInt(8 * content.length)) : value;
}

/** The bytes of a bit string without unused bits. */
export function bitString(element: Element | undefined): Uint8Array {
  return expect(element, TAG.bitString).content.subarray(1);
}

/** Bits of a named bit list, by number. */
export function namedBits(element: Element | undefined): (bit: number) => boolean {
  const bytes = bitString(element);
  return (bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

const utf16 = new TextDecoder("utf-16be");

/** Text of any of the string types. */
export function text({ tag, content }: Element): string {
  if (tag === 0x1e) return utf16.decode(content);
  if (tag === 0x1c) {
    let result = "";
    for (let at = 0; at + 4 <= content.length; at += 4) {
      const code = ((content[at]! << 24) | (content[at + 1]! << 16) | (content[at + 2]! << 8) | content[at + 3]!) >>> 0;
      result += code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    }
    return result;
  }
  return new TextDecoder(tag === TAG.utf8String ? "utf-8" : "latin1", { ignoreBOM: true }).decode(content);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A time as OpenSSL prints it. */
export function time(element: Element | undefined): string {
  const digits = element === undefined ? "" : text(element).replace(/Z$/, "").replace(/\..*$/, "");
  const full = element?.tag === TAG.utcTime ? `${Number(digits.slice(0, 2)) < 50 ? "20" : "19"}${digits}` : digits;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(full);
  const month = match === null ? undefined : MONTHS[Number(match[2]) - 1];
  if (match === null || month === undefined) throw new DerError("a time of an unknown form");
  const [, year, , day, hour, minute, second = "00"] = match;
  return `${month} ${String(Number(day)).padStart(2)} ${hour}:${minute}:${second} ${year} GMT`;
}

/** Bytes as hex with colons between. */
export function colonHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
