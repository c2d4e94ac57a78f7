/** Sink `stdout` (`runtime-core.md` 11.3): one `write` for message and line break together; a closed pipe is nobody's problem. */
import { standardStream } from "../standard-stream.js";

export const stdoutKind = standardStream("stdout", 1);
