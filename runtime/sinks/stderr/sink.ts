/** Sink `stderr` (`runtime-core.md` 11.3). */
import { standardStream } from "../standard-stream.js";

export const stderrKind = standardStream("stderr", 2);
