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

function parseMark(host: Host, path: string): JsonObject | undefined {
  if (host.files.find(path) === undefined) return undefined;
  const parsed = parseJson(host.files.readText(path));
  return "value" in parsed && isJsonObject(parsed.value) && parsed.value.has("CHALK_ID") ? parsed.value : undefined;
}

/** The mark of an image; undefined if it has none of its own. */
export function readImageMark(engine: DockerEngine, host: Host, temporary: Temporary, id: string): JsonObject | undefined {
  if (!historyHasMark(engine.history(id))) return undefined;
  const path = `${temporary.directory()}/chalk.json`;
  return engine.copyOut(id, "/chalk.json", path) ? parseMark(host, path) : undefined;
}

/** The mark in a container; undefined if it has none, or is gone. */
export function readContainerMark(engine: DockerEngine, host: Host, temporary: Temporary, id: string): JsonObject | undefined {
  const path = `${temporary.directory()}/chalk.json`;
  return engine.copyFromContainer(id, "/chalk.json", path) ? parseMark(host, path) : undefined;
}
