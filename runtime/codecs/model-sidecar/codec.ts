/**
 * Codec for model files without room for metadata (`marks-and-codecs.md` 12.3): the mark lies in a file beside them, `<path>.chalk`; the model is never
 * touched.
 */
import { HostError } from "../../host/host.js";
import type { JsonObject } from "../../json.js";
import { isMark } from "../../marks/format.js";
import { LONGEST_MARK, readContainedMark } from "../../marks/locate.js";
import type { Candidate } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, extensionOf, once } from "../codec.js";
import type { WriteResult } from "../write.js";

const SUFFIX = ".chalk";

function readSidecar(file: Candidate, context: CodecContext): JsonObject | undefined {
  const path = `${file.path}${SUFFIX}`;
  const warn = (reason: string) =>
    context.log("warn", `${path}: the sidecar is present, but could not be parsed; treated as unmarked: ${reason}`);
  try {
    const stat = file.host.files.find(path);
    if (stat?.kind !== "file") return undefined;
    const content =
      stat.size > LONGEST_MARK
        ? { error: "it is too long" }
        : readContainedMark(file.host.files.readBytes(path), duplicateReporter(path, context));
    if (content instanceof Map) return isMark(content) ? content : undefined;
    warn((content as { error: string }).error);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    warn(error.message);
  }
  return undefined;
}

function place(file: Candidate, mark: string | undefined, context: CodecContext): WriteResult {
  const path = `${file.path}${SUFFIX}`;
  const { files } = file.host;
  try {
    if (mark === undefined) files.remove(path);
    else files.replace(path, `${mark}\n`);
    return { kind: "written" };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (mark !== undefined) return { kind: "failed", code: error.code, reason: error.message };
    context.log("warn", `${path}: the sidecar could not be removed: ${error.code}`);
    return { kind: "unchanged" };
  }
}

export const modelSidecarCodec: Codec = {
  name: "model_sidecar",
  priority: 1500n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    if (!context.options.sidecarExtensions.has(extensionOf(file.path).toLowerCase())) return undefined;
    const whole = () => [{ start: 0, end: file.size }];
    return {
      codec: "model_sidecar",
      artifactType: "ML model",
      file,
      mark: readSidecar(file, context),
      unmarkedHash: once(() => file.hash()),
      withMark: whole,
      withoutMark: whole,
      place: (mark) => place(file, mark, context),
    };
  },
};
