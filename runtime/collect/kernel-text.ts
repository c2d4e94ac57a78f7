/**
 * Reading the text tables of /proc: columns separated by runs of white space, decimal and hexadecimal counters of 64 bits, addresses in the byte
 * order of the machine (`collection.md` 2.1).
 */
import type { Files } from "../host/host.js";

const decoder = new TextDecoder();
const maxSigned = 0x7fffffffffffffffn;

/** A whole file as text, invalid UTF-8 replaced; empty if it is missing or unreadable, which is not an error here. */
export function readKernelText(files: Files, path: string): string {
  try {
    return decoder.decode(files.readBytes(path));
  } catch {
    return "";
  }
}

/** The target of a link as it stands, undefined if unreadable. */
export function readKernelLink(files: Files, path: string): string | undefined {
  try {
    return files.readLink(path);
  } catch {
    return undefined;
  }
}

/** Names in a directory, none if it is missing or unreadable. */
export function listKernelDirectory(files: Files, path: string): readonly string[] {
  try {
    return files.list(path);
  } catch {
    return [];
  }
}

/** Lines without their ends; the piece after the last newline only if there is something. */
export function lines(text: string): string[] {
  const parts = text.split("\n");
  if (parts.at(-1) === "") parts.pop();
  return parts;
}

const isBlank = (code: number) => code === 32 || (code >= 9 && code <= 13);

/** The columns of a line: runs of anything but white space. */
export function columns(line: string): string[] {
  const found: string[] = [];
  let start = -1;
  for (let index = 0; index <= line.length; index++) {
    const blank = index === line.length || isBlank(line.charCodeAt(index));
    if (blank && start >= 0) {
      found.push(line.slice(start, index));
      start = -1;
    } else if (!blank && start < 0) {
      start = index;
    }
  }
  return found;
}

function exact(value: bigint): number | bigint {
  if (value > maxSigned) return maxSigned;
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}

/** A decimal integer, exact, clamped at 2^63-1. Throws if it is none. */
export function decimal(text: string): number | bigint {
  if (text.length <= 15) {
    const value = Number(text);
    if (Number.isInteger(value) && text !== "" && !text.includes("x") && !text.includes("e")) return value === 0 ? 0 : value;
  } else if (/^-?\d+$/.test(text)) {
    return exact(BigInt(text));
  }
  throw new Error(`not a number: ${JSON.stringify(text)}`);
}

/** A hexadecimal integer, `0x` or not, exact, clamped at 2^63-1. Throws if it is none. */
export function hexadecimal(text: string): number | bigint {
  const digits = text.startsWith("0x") || text.startsWith("0X") ? text.slice(2) : text;
  if (!/^[0-9a-fA-F]+$/.test(digits)) throw new Error(`not a hexadecimal number: ${JSON.stringify(text)}`);
  return digits.length <= 13 ? Number.parseInt(digits, 16) : exact(BigInt(`0x${digits}`));
}

/** A decimal fraction. Throws if it is none. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new Error(`not a number: ${JSON.stringify(text)}`);
  return value;
}

/** Does this machine store the low byte first? The kernel prints network-order words as numbers of the machine. */
export const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** IPv4 text of eight hex digits as `/proc/net/route` prints them; empty if they are not. */
export function ipv4Text(hex: string, little = littleEndian): string {
  if (!/^[0-9a-fA-F]{8}/.test(hex)) return "";
  const bytes = [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return (little ? bytes.reverse() : bytes).join(".");
}

/** IPv6 text of 32 hex digits in network order: eight groups, never compressed; empty if they are not. */
export function ipv6Text(hex: string): string {
  if (!/^[0-9a-fA-F]{32}/.test(hex)) return "";
  const groups = [];
  for (let at = 0; at < 32; at += 4) groups.push(hex.slice(at, at + 4).toLowerCase());
  return groups.join(":");
}
