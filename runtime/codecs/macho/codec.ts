/**
 * Codec for Mach-O programs (`marks-and-codecs.md` 11.1): the mark is the payload of a load command LC_NOTE, at the end of `__LINKEDIT`. A signature without
 * a key is made anew; what carries a real one is never touched.
 */
import type { JsonObject } from "../../json.js";
import { isMark } from "../../marks/format.js";
import { LONGEST_MARK, readContainedMark } from "../../marks/locate.js";
import { type Candidate, type Content, hashContent } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, isRefusal, once, type Refusal } from "../codec.js";
import { StructureError } from "../reader.js";
import { rebuiltMacho } from "./edit.js";
import { isFat, isThin64, type MachoLayout, NOTE_LENGTH, readMachoLayout } from "./layout.js";

/** What stands for the mark when the unmarked form is hashed. */
const EMPTY_PAYLOAD = new Uint8Array(32);

/** Why a file without mark is left alone in an operation that marks; undefined if it is not. */
function whyNot(layout: MachoLayout, context: CodecContext): string | undefined {
  const kind = layout.signature?.kind;
  if (kind === "real") return "it has a signature, which a mark would break";
  if (kind === "malformed") return "its signature is malformed";
  if (kind === "ad hoc" && context.options.adHocSigner === undefined)
    return "it has to be signed again, and there is neither codesign nor rcodesign";
  return layout.slack < NOTE_LENGTH ? "there is no room for a load command" : undefined;
}

function readMark(file: Candidate, { note }: MachoLayout, context: CodecContext): JsonObject | undefined {
  if (note === undefined) return undefined;
  const content =
    note.size > LONGEST_MARK || note.offset + note.size > file.size
      ? { error: "it is longer than the file" }
      : readContainedMark(file.read(note.offset, note.size), duplicateReporter(file.path, context));
  if (content instanceof Map) return isMark(content) ? content : undefined;
  context.log("warn", `${file.path}: the chalk note holds no mark, treated as unmarked: ${(content as { error: string }).error}`);
  return undefined;
}

function claimOf(file: Candidate, layout: MachoLayout, context: CodecContext): Claim {
  const kind = layout.signature?.kind;
  const signer = context.options.adHocSigner;
  const changed = (payload: Uint8Array | undefined): Content | Refusal => {
    if (kind === "real") return { refused: "the file has a signature, which a change would break" };
    if (kind === "malformed") return { refused: "the file's signature is malformed" };
    if (kind === "ad hoc" && signer === undefined)
      return { refused: "the file has to be signed again, and there is neither codesign nor rcodesign" };
    return rebuiltMacho(layout, payload);
  };
  return {
    codec: "macho",
    artifactType: "Mach-O executable",
    file,
    mark: readMark(file, layout, context),
    unmarkedHash: once(() => {
      const content = rebuiltMacho(layout, EMPTY_PAYLOAD);
      return isRefusal(content) ? file.hash() : hashContent(file, content);
    }),
    withMark: (mark) => changed(new TextEncoder().encode(mark)),
    withoutMark: () => changed(undefined),
    ...(kind === "ad hoc" && signer !== undefined
      ? { finish: (path: string) => signer(path, file.path.slice(file.path.lastIndexOf("/") + 1)) }
      : {}),
  };
}

export const machoCodec: Codec = {
  name: "macho",
  priority: 1n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    const { chalking } = context.options;
    const head = file.head();
    if (chalking && isFat(head)) context.log("warn", `${file.path}: not marked: it is a fat Mach-O file`);
    if (!isThin64(head)) return undefined;
    let layout: MachoLayout;
    try {
      layout = readMachoLayout(file);
    } catch (error) {
      if (!(error instanceof StructureError)) throw error;
      context.log("trace", `${file.path}: no usable Mach-O file: ${error.message}`);
      return undefined;
    }
    const kind = layout.signature?.kind;
    if (layout.note === undefined) {
      if (chalking) {
        const reason = whyNot(layout, context);
        if (reason !== undefined) {
          context.log("warn", `${file.path}: not marked: ${reason}`);
          return undefined;
        }
      } else if (kind === "malformed") context.log("warn", `${file.path}: the signature of the Mach-O file is malformed`);
      if (kind === "real" || kind === "malformed") return undefined;
    }
    return claimOf(file, layout, context);
  },
};
