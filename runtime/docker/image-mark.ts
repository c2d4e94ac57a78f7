/** The mark of an image in the local engine (`docker.md` 15.3): its last instruction but for metadata must have copied `/chalk.json` into it. */
import type { Host } from "../host/host.js";
import { isJsonObject, type JsonObject, parseJson } from "../json.js";
import type { DockerEngine } from "./engine.js";
import type { Temporary } from "./temporary.js";

const metadataInstruction =
  /^(?:\/bin\/sh -c #\(nop\)\s+)?(?:LABEL|ENV|ARG|ENTRYPOINT|CMD|EXPOSE|USER|STOPSIGNAL|HEALTHCHECK|SHELL|VOLUME|ONBUILD|MAINTAINER)\b/;
const isMarkCopy = (line: string): boolean => line.includes("COPY ") && /(?:^|\s)\/chalk\.json\b/.test(line);

/** Does the history of an image (newest entry first) end with its own mark? */
export function historyHasMark(createdBy: readonly string[]): boolean {
  for (const line of createdBy) {
    if (isMarkCopy(line)) return true;
    if (!metadataInstruction.test(line.trim())) return false;
  }
  return false;
}

/** What is wrong with a mark that should be there, for the log. */
export type Complain = (problem: string) => void;

function parseMark(host: Host, path: string, complain: Complain): JsonObject | undefined {
  if (host.files.find(path) === undefined) return undefined;
  const parsed = parseJson(host.files.readText(path));
  if ("value" in parsed && isJsonObject(parsed.value)) return parsed.value.has("CHALK_ID") ? parsed.value : undefined;
  complain("Invalid JSON in its chalk mark, /chalk.json");
  return undefined;
}

/** The mark of an image; undefined if it has none of its own. */
export function readImageMark(
  engine: DockerEngine,
  host: Host,
  temporary: Temporary,
  id: string,
  complain: Complain = () => {},
): JsonObject | undefined {
  if (!historyHasMark(engine.history(id))) return undefined;
  const path = `${temporary.directory()}/chalk.json`;
  if (engine.copyOut(id, "/chalk.json", path)) return parseMark(host, path, complain);
  complain("its chalk mark, /chalk.json, cannot be copied out of it");
  return undefined;
}

/** The mark in a container; undefined if it has none, or is gone. */
export function readContainerMark(
  engine: DockerEngine,
  host: Host,
  temporary: Temporary,
  id: string,
  complain: Complain = () => {},
): JsonObject | undefined {
  const path = `${temporary.directory()}/chalk.json`;
  const failure = engine.whyNotCopied(id, "/chalk.json", path);
  if (failure === undefined) return parseMark(host, path, complain);
  if (failure === "gone") complain("the container is gone");
  else if (failure === "absent") complain("there is no chalk mark in the container; its image is looked at");
  else complain(`its chalk mark, /chalk.json, cannot be copied out of it: ${failure.message}`);
  return undefined;
}
