/** All kinds of sinks by their name in `sink_config.NAME.sink`. */
import { dnsKind } from "./dns/sink.js";
import { fileKind } from "./file/sink.js";
import { otlpKind } from "./otlp/sink.js";
import { postKind } from "./post/sink.js";
import { presignKind } from "./presign/sink.js";
import { rotatingLogKind } from "./rotating-log/sink.js";
import { s3Kind } from "./s3/sink.js";
import { stderrKind } from "./stderr/sink.js";
import { stdoutKind } from "./stdout/sink.js";
import type { SinkKind } from "./types.js";

export const sinkKinds: ReadonlyMap<string, SinkKind> = new Map(
  [stdoutKind, stderrKind, fileKind, rotatingLogKind, postKind, presignKind, s3Kind, dnsKind, otlpKind].map((kind) => [
    kind.name,
    kind,
  ]),
);
