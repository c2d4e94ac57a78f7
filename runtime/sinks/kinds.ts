/** All kinds of sinks by their name in `sink_config.NAME.sink`. */
import { fileKind } from "./file/sink.js";
import { postKind } from "./post/sink.js";
import { rotatingLogKind } from "./rotating-log/sink.js";
import { stderrKind } from "./stderr/sink.js";
import { stdoutKind } from "./stdout/sink.js";
import type { SinkKind } from "./types.js";

export const sinkKinds: ReadonlyMap<string, SinkKind> = new Map(
  [stdoutKind, stderrKind, fileKind, rotatingLogKind, postKind].map((kind) => [kind.name, kind]),
);
