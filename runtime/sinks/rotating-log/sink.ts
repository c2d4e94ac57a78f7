/**
 * Sink `rotating_log` (`runtime-core.md` 11.5): a file that loses its oldest lines when it grows beyond `max`. Appending and cutting happen under one
 * lock, so that no other chalk appends to a file that is being replaced.
 */
import { withLock } from "../../cache/lock.js";
import type { Host } from "../../host/host.js";
import { openDestination } from "../destination.js";
import type { SinkKind } from "../types.js";
import { rotationLimits } from "./config.js";

const lockTimeout = 2000;

/** What remains of the content when whole lines of at least `cut` bytes are dropped from its start. */
export function withoutFirstLines(content: Uint8Array, cut: number): Uint8Array {
  if (cut <= 0) return content;
  const lineEnd = content.indexOf(10, cut - 1);
  return lineEnd < 0 ? content.subarray(content.length) : content.subarray(lineEnd + 1);
}

function rotate(host: Host, file: string, cut: number): void {
  host.files.replace(file, withoutFirstLines(host.files.readBytes(file), cut));
}

export const rotatingLogKind: SinkKind = {
  name: "rotating_log",
  configure(context) {
    const { host, parameters } = context;
    const limits = rotationLimits(parameters);
    let truncated: string | undefined;
    let length = 0;
    let told = false;
    const destination = openDestination(context, {
      useSearchPath: true,
      around(file, append) {
        withLock(host, `${file}.lock`, lockTimeout, () => {
          append();
          truncated = undefined;
          if (limits.max <= length || host.files.stat(file).size <= limits.max) return;
          try {
            rotate(host, file, limits.cut);
            truncated = file;
          } catch (error) {
            // The message is written; a log that is too long is the smaller evil.
            if (!told) context.logger.warn(`sink '${context.name}': could not truncate ${file}: ${String(error)}`);
            told = true;
          }
        });
      },
    });
    return {
      send({ text }) {
        const line = text.endsWith("\n") ? text : `${text}\n`;
        length = new TextEncoder().encode(line).length;
        destination.append(line);
        if (truncated !== undefined) context.event("Truncate", truncated);
      },
    };
  },
};
