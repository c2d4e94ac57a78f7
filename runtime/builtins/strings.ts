/** Strings and characters (`builtins.md` 2, 3). Lengths and positions count bytes. */
import { Failure } from "../failure.js";
import { checkLength } from "../operations.js";
import {
  byteLength,
  codePointLength,
  decodeBytes,
  encodeText,
  endsWith,
  findText,
  isAscii,
  rejoin,
  replaceText,
  sliceBytes,
  splitText,
  startsWith,
  toBinary,
} from "../text.js";
import type { CharValue, Value } from "../values.js";
import { type Builtin, defineBuiltins, type Implementation } from "./builtin.js";
import { formatText } from "./format.js";

/** Half-open and clamped range; negative indexes count from the end (`builtins.md` 2.1). */
export function sliceRange(length: number, from: bigint, to: bigint): readonly [start: number, end: number] {
  const size = BigInt(length);
  const clamp = (index: bigint): number => {
    const absolute = index < 0n ? index + size : index;
    return Number(absolute < 0n ? 0n : absolute > size ? size : absolute);
  };
  return [clamp(from), clamp(to)];
}

function sliceString(args: readonly Value[]): Value {
  const text = args[0] as string;
  const length = byteLength(text);
  const [start, end] = sliceRange(length, args[1] as bigint, (args[2] as bigint | undefined) ?? BigInt(length));
  return sliceBytes(text, start, end);
}

function sliceList(args: readonly Value[]): Value {
  const list = args[0] as readonly Value[];
  const [start, end] = sliceRange(list.length, args[1] as bigint, (args[2] as bigint | undefined) ?? BigInt(list.length));
  return start < end ? list.slice(start, end) : [];
}

function pad([text, width]: readonly Value[]): Value {
  const missing = (width as bigint) - BigInt(byteLength(text as string));
  if (missing <= 0n) return text as string;
  checkLength(Number(width));
  return (text as string) + " ".repeat(Number(missing));
}

/** Simple (one to one) case mappings that JavaScript gives only as full ones: letters with iota subscript, and the dotted I. */
function simpleUpper(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code >= 0x1f80 && code <= 0x1faf && (code & 8) === 0) return String.fromCodePoint(code + 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9);
  return oneToOne(character, character.toUpperCase());
}

function simpleLower(character: string): string {
  return character === "\u0130" ? "i" : oneToOne(character, character.toLowerCase());
}

function oneToOne(character: string, mapped: string): string {
  return codePointLength(mapped) === 1 ? mapped : character;
}

function mapCharacters(text: string, map: (character: string) => string): string {
  let result = "";
  for (const character of text) result += map(character);
  return result;
}

const edgeSpace = /^\p{White_Space}+|\p{White_Space}+$/gu;

const base64Web = (text: string): string => btoa(toBinary(text)).replaceAll("+", "-").replaceAll("/", "_");

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Decodes base64 in either alphabet; C4M-E017 with the byte offset of what isn't part of it. */
export function decodeBase64(text: string): Uint8Array {
  const input = encodeText(text);
  let end = input.length;
  while (end > 0 && "=\n\r \t".includes(String.fromCharCode(input[end - 1] as number))) end--;
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < end; i++) {
    const character = String.fromCharCode(input[i] as number);
    const digit = base64Alphabet.indexOf(character === "-" ? "+" : character === "_" ? "/" : character);
    if (digit < 0) throw undecodable("base64", i, input[i] as number);
    bits = ((bits << 6) | digit) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[length++] = (bits >> count) & 0xff;
    }
  }
  if (end % 4 === 1) throw new Failure("C4M-E017", "the base64 text ends in the middle of a byte", { actual: `offset ${end}` });
  return bytes.subarray(0, length);
}

function undecodable(what: string, offset: number, byte: number): Failure {
  const shown = byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, "0")}`;
  return new Failure("C4M-E017", `${shown} at byte ${offset} is not part of ${what} text`, { actual: `offset ${offset}` });
}

const hexDigits = encodeText("0123456789ABCDEF");

/** Two upper-case digits for each byte. */
function hexText(bytes: Uint8Array): string {
  checkLength(2 * bytes.length);
  const text = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    text[2 * i] = hexDigits[byte >> 4] as number;
    text[2 * i + 1] = hexDigits[byte & 15] as number;
  }
  return decodeBytes(text);
}

function decodeHex([text]: readonly Value[]): Value {
  const input = encodeText(text as string);
  for (const [offset, byte] of input.entries())
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(byte))) throw undecodable("hex", offset, byte);
  if (input.length % 2 === 1)
    throw new Failure("C4M-E017", "hex text needs an even number of digits", { actual: `offset ${input.length}` });
  return decodeBytes(
    Uint8Array.from({ length: input.length / 2 }, (_, i) => Number.parseInt((text as string).slice(2 * i, 2 * i + 2), 16)),
  );
}

function hash(algorithm: "sha256" | "sha512"): Implementation {
  return ([text], call) => call.host.hashing.hex(algorithm, encodeText(text as string));
}

export const stringBuiltins: readonly Builtin[] = defineBuiltins(
  "string",
  ["pure"],
  [
    [
      "contains",
      "(string, string) -> bool",
      "Is the second string part of the first?",
      ([text, part]) => part === "" || findText(text as string, part as string) >= 0,
    ],
    [
      "starts_with",
      "(string, string) -> bool",
      "Does the first string begin with the second?",
      ([text, part]) => startsWith(text as string, part as string),
    ],
    [
      "ends_with",
      "(string, string) -> bool",
      "Does the first string end with the second?",
      ([text, part]) => endsWith(text as string, part as string),
    ],
    [
      "find",
      "(string, string) -> int",
      "Position in bytes of the second string in the first, -1 if it is not there.",
      ([text, part]) => BigInt(part === "" ? 0 : findText(text as string, part as string)),
    ],
    ["len", "(string) -> int", "Length in bytes.", ([text]) => BigInt(byteLength(text as string))],
    [
      "slice",
      "(string, int) -> string",
      "Everything from a byte position on; negative positions count from the end.",
      sliceString,
    ],
    [
      "slice",
      "(string, int, int) -> string",
      "The bytes from the first position to before the second; negative positions count from the end.",
      sliceString,
    ],
    [
      "split",
      "(string, string) -> list[string]",
      "The pieces between the separators; an empty separator splits nothing.",
      ([text, by]) => (by === "" ? [text as string] : splitText(text as string, by as string)),
    ],
    [
      "strip",
      "(string) -> string",
      "Without leading and trailing white space.",
      ([text]) => (text as string).replace(edgeSpace, ""),
    ],
    ["pad", "(string, int) -> string", "Filled up with blanks on the right to a width in bytes.", pad],
    [
      "replace",
      "(string, string, string) -> string",
      "Every occurrence of the second string replaced by the third.",
      ([text, what, by]) => (what === "" ? (text as string) : replaceText(text as string, what as string, by as string)),
    ],
    [
      "join",
      "(list[string], string) -> string",
      "The strings of a list with a separator between them.",
      ([list, by]) => rejoin((list as readonly string[]).join(by as string)),
    ],
    [
      "upper",
      "(string) -> string",
      "In upper-case letters.",
      ([text]) => (isAscii(text as string) ? (text as string).toUpperCase() : mapCharacters(text as string, simpleUpper)),
    ],
    [
      "lower",
      "(string) -> string",
      "In lower-case letters.",
      ([text]) => (isAscii(text as string) ? (text as string).toLowerCase() : mapCharacters(text as string, simpleLower)),
    ],
    [
      "format",
      "(string) -> string",
      "Replaces {name} by the value of an attribute or variable; {{ and }} stand for braces.",
      ([text], call) => formatText(text as string, call),
      { classes: ["config-read"] },
    ],
    ["base64", "(string) -> string", "Base64 of the bytes.", ([text]) => btoa(toBinary(text as string))],
    ["base64_web", "(string) -> string", "Base64 with the alphabet for URLs.", ([text]) => base64Web(text as string)],
    [
      "debase64",
      "(string) -> string",
      "Decodes base64 in either alphabet.",
      ([text]) => decodeBytes(decodeBase64(text as string)),
    ],
    ["hex", "(string) -> string", "Two hex digits for every byte.", ([text]) => hexText(encodeText(text as string))],
    [
      "hex",
      "(int) -> string",
      "Sixteen hex digits.",
      ([value]) =>
        BigInt.asUintN(64, value as bigint)
          .toString(16)
          .toUpperCase()
          .padStart(16, "0"),
    ],
    ["dehex", "(string) -> string", "The bytes that pairs of hex digits stand for.", decodeHex],
    ["sha256", "(string) -> string", "SHA-256 of the bytes in hex.", hash("sha256")],
    ["sha512", "(string) -> string", "SHA-512 of the bytes in hex.", hash("sha512")],
  ],
);

function property(pattern: RegExp): Implementation {
  return ([value]) => pattern.test(String.fromCodePoint((value as CharValue).code));
}

export const characterBuiltins: readonly Builtin[] = defineBuiltins(
  "character",
  ["pure"],
  [
    [
      "utf8_len",
      "(char) -> int",
      "How many bytes the character takes.",
      ([value]) => BigInt(byteLength(String.fromCodePoint((value as CharValue).code))),
    ],
    ["utf8_len", "(string) -> int", "How many code points the string has.", ([text]) => BigInt(codePointLength(text as string))],
    ["is_combining", "(char) -> bool", "Is it a combining mark?", property(/^\p{M}$/u)],
    ["is_lower", "(char) -> bool", "Is it a lower-case letter?", property(/^\p{Lowercase}$/u)],
    ["is_upper", "(char) -> bool", "Is it an upper-case letter?", property(/^\p{Uppercase}$/u)],
    ["is_space", "(char) -> bool", "Is it white space?", property(/^\p{White_Space}$/u)],
    ["is_alpha", "(char) -> bool", "Is it a letter?", property(/^\p{L}$/u)],
    ["is_num", "(char) -> bool", "Is it a digit from 0 to 9?", property(/^[0-9]$/)],
    ["is_alphanum", "(char) -> bool", "Is it a letter or a digit from 0 to 9?", property(/^[\p{L}0-9]$/u)],
  ],
);

/** List forms of string functions. */
export const listSliceBuiltins: readonly Builtin[] = defineBuiltins(
  "list",
  ["pure"],
  [
    ["slice", "(list[`T], int) -> list[`T]", "The items from a position on; negative positions count from the end.", sliceList],
    ["slice", "(list[`T], int, int) -> list[`T]", "The items from the first position to before the second.", sliceList],
  ],
);
