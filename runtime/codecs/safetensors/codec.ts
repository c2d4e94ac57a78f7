/**
 * Codec for SafeTensors models (`marks-and-codecs.md` 12.2): the mark is the string `chalk` in `__metadata__` of the JSON header. The header is edited as
 * text, so that nothing else in it changes; tensors are copied as they are.
 */
import { type JsonObject, parseJson } from "../../json.js";
import { isMark } from "../../marks/format.js";
import { chalkIdOfHash } from "../../marks/identifiers.js";
import { readContainedMark } from "../../marks/locate.js";
import { type Candidate, type Content, hashContent } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, once } from "../codec.js";
import { cutOf, type Member, type ObjectSpan, quoted, readObject } from "./header.js";

const LENGTH_BYTES = 8;
const LONGEST_HEADER = 100 * 1024 * 1024;
const LARGE_HEADER = 8 << 20;
const METADATA_KEY = "__metadata__";
const MARK_KEY = "chalk";
const encode = (text: string) => new TextEncoder().encode(text);

interface Header {
  readonly text: Uint8Array;
  readonly root: ObjectSpan;
  readonly metadata: { readonly member: Member; readonly object: ObjectSpan } | undefined;
  readonly chalk: Member | undefined;
}

/** The header; a reason if it is none. */
function readHeader(file: Candidate): Header | { readonly reason: string } {
  if (file.size < LENGTH_BYTES) return { reason: "it is too short" };
  const prefix = file.read(0, LENGTH_BYTES);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length < 1n || length > BigInt(LONGEST_HEADER) || length > BigInt(file.size - LENGTH_BYTES))
    return { reason: "its header is not as long as it says" };
  const text = file.read(LENGTH_BYTES, Number(length));
  // Larger headers are looked at as far as we change them; their content is the business of others.
  const parsed = text.length > LARGE_HEADER ? { end: text.length } : parseJson(text);
  if ("error" in parsed) return { reason: `its header is not JSON: ${parsed.error}` };
  if (text.subarray(parsed.end).some((byte) => !(byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))))
    return { reason: "its header is not JSON: there is something behind it" };
  const root = readObject(text, 0, METADATA_KEY);
  if (root === undefined) return { reason: "its header is no object" };
  const member = root.wanted;
  if (member === undefined) return { text, root, metadata: undefined, chalk: undefined };
  const object = readObject(text, member.valueStart, MARK_KEY);
  if (object === undefined) return { reason: `${METADATA_KEY} is no object` };
  return { text, root, metadata: { member, object }, chalk: object.wanted };
}

/** Replaces a range of a header. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function insertion({ root, metadata, chalk }: Header, mark: string): Edit {
  const value = quoted(mark);
  if (chalk !== undefined) return { start: chalk.valueStart, end: chalk.end, text: value };
  if (metadata !== undefined) {
    const { close, count } = metadata.object;
    return { start: close, end: close, text: `${count > 0 ? "," : ""}"${MARK_KEY}":${value}` };
  }
  const at = root.open + 1;
  return { start: at, end: at, text: `"${METADATA_KEY}":{"${MARK_KEY}":${value}}${root.count > 0 ? "," : ""}` };
}

/** Ways in which the mark may have come into the header: the first leaves an empty `__metadata__`, the second, where it can be, does not. */
function removals({ metadata, chalk }: Header): Edit[] {
  if (metadata === undefined || chalk === undefined) return [];
  const alone = metadata.object.count === 1;
  return (alone ? [chalk, metadata.member] : [chalk]).map((member) => ({ ...cutOf(member), text: "" }));
}

function edited(file: Candidate, { text }: Header, { start, end, text: inserted }: Edit): Content {
  const bytes = encode(inserted);
  const prefix = new Uint8Array(LENGTH_BYTES);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(text.length - (end - start) + bytes.length), true);
  const headerEnd = LENGTH_BYTES + text.length;
  return [
    prefix,
    { start: LENGTH_BYTES, end: LENGTH_BYTES + start },
    bytes,
    { start: LENGTH_BYTES + end, end: headerEnd },
    { start: headerEnd, end: file.size },
  ];
}

function readMark(file: Candidate, { text, chalk }: Header, context: CodecContext): JsonObject | undefined {
  if (chalk === undefined) return undefined;
  const value = parseJson(text.subarray(chalk.valueStart, chalk.end));
  const content =
    "error" in value || typeof value.value !== "string"
      ? { error: "it is no string" }
      : readContainedMark(encode(value.value), duplicateReporter(file.path, context));
  if (content instanceof Map) return isMark(content) ? content : undefined;
  context.log(
    "warn",
    `${file.path}: ${METADATA_KEY}.${MARK_KEY} holds no mark, treated as unmarked: ${(content as { error: string }).error}`,
  );
  return undefined;
}

export const safetensorsCodec: Codec = {
  name: "safetensors",
  priority: 1n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    if (!file.path.toLowerCase().endsWith(".safetensors")) return undefined;
    const header = readHeader(file);
    if ("reason" in header) {
      context.log("warn", `${file.path}: not a SafeTensors file, left alone: ${header.reason}`);
      return undefined;
    }
    const mark = readMark(file, header, context);
    // The unmarked form that the mark's CHALK_ID was made of, if it can be told.
    const unmarked = once((): { readonly content: Content; readonly hash: string } => {
      const forms = removals(header).map((edit) => {
        const content = edited(file, header, edit);
        return { content, hash: hashContent(file, content) };
      });
      const id = mark?.get("CHALK_ID");
      const whole = () => ({ content: [{ start: 0, end: file.size }], hash: file.hash() });
      return forms.find((form) => chalkIdOfHash(form.hash) === id) ?? forms[0] ?? whole();
    });
    return {
      codec: "safetensors",
      artifactType: "SafeTensors model",
      file,
      mark,
      unmarkedHash: () => unmarked().hash,
      withMark: (text) => edited(file, header, insertion(header, text)),
      withoutMark: () => unmarked().content,
    };
  },
};
