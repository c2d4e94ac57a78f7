/**
 * Hashes of trees of files (`marks-and-codecs.md` 8.3): count, then for each file, sorted by name, the lengths and bytes of name and content. HASH of an
 * archive is that of its files without marks, each by the rules of the codec that claims it, so that it does not depend on what is marked.
 */
import { compareBytewise } from "../../json.js";
import { hexOfBytes } from "../../marks/identifiers.js";
import type { CodecHost } from "../candidate.js";
import { type Candidate, type Content, contentLength, eachChunk } from "../candidate.js";
import { type Claim, type CodecContext, extensionOf, isRefusal } from "../codec.js";

const encode = (text: string) => new TextEncoder().encode(text);

/** Content of one file of a tree. */
export interface TreeFile {
  readonly name: string;
  /** Opens the file for as long as it is hashed. */
  open(): { readonly file: Candidate; readonly content: Content } | { readonly bytes: Uint8Array };
}

/** Hex hash of files; `prefix` stands in front of each name. */
export function treeHash(host: CodecHost, files: readonly TreeFile[], prefix = "/"): string {
  const hash = host.hashing.stream("sha256");
  hash.update(encode(String(files.length)));
  const sorted = files.map((file) => ({ file, name: `${prefix}${file.name}` }));
  sorted.sort((a, b) => compareBytewise(a.name, b.name));
  for (const { file, name } of sorted) {
    const bytes = encode(name);
    hash.update(encode(String(bytes.length)));
    hash.update(bytes);
    const opened = file.open();
    if ("bytes" in opened) {
      hash.update(encode(String(opened.bytes.length)));
      hash.update(opened.bytes);
      continue;
    }
    try {
      hash.update(encode(String(contentLength(opened.content))));
      for (const piece of opened.content) {
        if (piece instanceof Uint8Array) hash.update(piece);
        else eachChunk(opened.file, piece.start, piece.end, (chunk) => hash.update(chunk));
      }
    } finally {
      opened.file.close();
    }
  }
  return hexOfBytes(hash.digest());
}

/** Codecs whose unmarked files count as they are; those of others are brought into their canonical form, marked or not. */
const AS_IS_UNLESS_MARKED: ReadonlySet<string> = new Set(["macho", "gguf", "safetensors", "macos"]);

/** What a claimed entry contributes to the hash of its archive. */
export function unmarkedContribution(claim: Claim): Content {
  const whole: Content = [{ start: 0, end: claim.file.size }];
  if (claim.codec === "zip") return [encode(claim.unmarkedHash())];
  if (claim.readOnly === true || claim.place !== undefined) return whole;
  if (claim.mark === undefined && AS_IS_UNLESS_MARKED.has(claim.codec)) return whole;
  const content = claim.withoutMark();
  return isRefusal(content) ? whole : content;
}

/** Is this the sidecar of a model in the same archive? */
export function isSidecarName(name: string, has: (name: string) => boolean, context: CodecContext): boolean {
  if (!name.endsWith(".chalk")) return false;
  const model = name.slice(0, -".chalk".length);
  return context.options.sidecarExtensions.has(extensionOf(model).toLowerCase()) && has(model);
}
