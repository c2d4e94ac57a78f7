/**
 * `chalk __ onbuild` (`docker.md` 9.2): run when an image is built, without chalk, on top of one that chalk has wrapped. The inherited mark would claim to
 * describe the child, so it becomes an embedded mark. Whatever goes wrong is logged and no more: builds of others must not break because of it.
 */
import { type Host, HostError } from "../host/host.js";
import { compact, isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import type { Chalk } from "../start/chalk.js";

const markPath = "/chalk.json";
const carried: readonly (readonly [from: string, to: string])[] = [
  ["METADATA_ID", "OLD_CHALK_METADATA_ID"],
  ["METADATA_HASH", "OLD_CHALK_METADATA_HASH"],
];

/** What takes the place of a mark that describes the base image. */
export function inheritedMark(mark: JsonObject): JsonObject {
  const keys = carried.flatMap(([from, to]) => (mark.has(from) ? [[to, mark.get(from) as Json] as const] : []));
  return new Map<string, Json>([...keys, ["EMBEDDED_CHALK", [mark]]]);
}

function replaceMark(host: Host): string | undefined {
  if (host.files.find(markPath) === undefined) return `there is no ${markPath}`;
  const text = host.files.readText(markPath);
  if (!text.startsWith("{")) return `${markPath} is not a chalk mark`;
  const parsed = parseJson(text);
  if (!("value" in parsed) || !isJsonObject(parsed.value)) return `${markPath} is not a chalk mark`;
  host.files.replace(markPath, compact(inheritedMark(parsed.value)));
  return undefined;
}

/** Runs the command; the exit code is always 0. */
export function onBuild({ host, logger }: Chalk): number {
  try {
    const problem = replaceMark(host);
    if (problem !== undefined) logger.error(`onbuild: ${problem}`);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    logger.error(`onbuild: ${error.message}`);
  }
  return 0;
}
