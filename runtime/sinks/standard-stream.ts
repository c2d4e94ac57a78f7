/** What `stdout` and `stderr` have in common. */
import { HostError } from "../host/host.js";
import { reasonOf } from "../reason.js";
import { SinkFailure, type SinkKind } from "./types.js";

/** The kind that writes to a standard stream. */
export function standardStream(name: string, descriptor: 1 | 2): SinkKind {
  return {
    name,
    configure({ host, logger, parameters }) {
      const written = parameters.string("on_write_msg", "").trim();
      return {
        send({ text }) {
          try {
            host.terminal.write(descriptor, text.endsWith("\n") ? text : `${text}\n`);
          } catch (error) {
            if (error instanceof HostError && error.code === "EPIPE") return;
            throw new SinkFailure("output", `${name}: ${reasonOf(error)}`);
          }
          if (written !== "") logger.info(written);
        },
      };
    },
  };
}
