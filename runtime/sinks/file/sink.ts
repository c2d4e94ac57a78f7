/** Sink `file` (`runtime-core.md` 11.4): appends messages as they are. */
import { openDestination } from "../destination.js";
import type { SinkKind } from "../types.js";

export const fileKind: SinkKind = {
  name: "file",
  configure(context) {
    const destination = openDestination(context, { useSearchPath: context.parameters.bool("use_search_path", true) });
    return { send: ({ text }) => void destination.append(text) };
  },
};
