/**
 * What language a text file is in, and how a comment begins in it (`marks-and-codecs.md` 7.1, 7.2). The tables come from the configuration.
 */
import { type CodecOptions, extensionOf } from "../codec.js";

export interface Language {
  /** As reported in ARTIFACT_TYPE. */
  readonly name: string;
  readonly comment: string;
  readonly hasShebang: boolean;
}

const DEFAULT_LANGUAGE = "sh";
const DEFAULT_COMMENT = "#";
/** As far as a file is looked at to tell text from data. */
export const TEXT_WINDOW = 256;
/** First bytes of formats that are never text, though they may hold no NUL early on. */
const BINARY_MAGICS: readonly (readonly number[])[] = [
  [0x7f, 0x45, 0x4c, 0x46],
  [0x50, 0x4b, 0x03, 0x04],
  [0x50, 0x4b, 0x05, 0x06],
  [0xfe, 0xed, 0xfa, 0xce],
  [0xfe, 0xed, 0xfa, 0xcf],
  [0xce, 0xfa, 0xed, 0xfe],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0xca, 0xfe, 0xba, 0xbe],
];

/** Does the beginning of a file look like UTF-8 text? The window may end inside a character. */
export function isText(head: Uint8Array, fileSize: number): boolean {
  const window = head.subarray(0, TEXT_WINDOW);
  if (BINARY_MAGICS.some((magic) => magic.every((byte, index) => window[index] === byte))) return false;
  if (window.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(window, { stream: fileSize > window.length });
    return true;
  } catch {
    return false;
  }
}

function lastComponent(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1);
}

function withoutVersion(language: string): string {
  return language.replace(/[0-9.]+$/, "");
}

/**
 * The language that a first line asks for; undefined if it is no usable shebang. `#!/usr/bin/env -S A=b python3.11` is `python`; the name of a direct path
 * is kept as it is (`#!/usr/bin/python3` is `python3`).
 */
export function languageOfShebang(firstLine: string): string | undefined {
  if (!firstLine.startsWith("#!")) return undefined;
  const [program = "", ...rest] = firstLine.slice(2).trim().split(" ");
  const name = lastComponent(program);
  if (name !== "env") return name === "" ? undefined : name;
  const word = rest.find((part) => part !== "" && !part.startsWith("-") && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(part));
  return word === undefined ? undefined : withoutVersion(lastComponent(word));
}

/**
 * The language of a file from its name and first bytes; undefined if it is not text, or of a kind that is never marked.
 */
export function detectLanguage(path: string, head: Uint8Array, fileSize: number, options: CodecOptions): Language | undefined {
  const extension = extensionOf(path);
  if (options.textOnlyExtensions.has(extension) || options.sidecarExtensions.has(extension.toLowerCase())) return undefined;
  let name = options.languageOfExtension.get(extension);
  let hasShebang = false;
  if (head[0] === 0x23 && head[1] === 0x21) {
    const newline = head.indexOf(0x0a);
    const line = new TextDecoder("latin1").decode(newline < 0 ? head : head.subarray(0, newline));
    const asked = languageOfShebang(line);
    hasShebang = asked !== undefined;
    name = asked ?? name;
  } else if (!isText(head, fileSize)) return undefined;
  name ??= DEFAULT_LANGUAGE;
  const comment = options.commentOfLanguage.get(name) ?? options.commentOfLanguage.get(withoutVersion(name)) ?? DEFAULT_COMMENT;
  return { name, comment, hasShebang };
}
