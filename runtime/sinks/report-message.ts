/** Reading a report message back: sinks that send something else than its text need its objects. */
import { isJsonList, isJsonObject, type JsonObject, parseJson } from "../json.js";

/** The objects of a message (an array of objects, or one object); undefined if it is nothing of the kind. */
export function reportObjectsOf(text: string): JsonObject[] | undefined {
  const parsed = parseJson(text);
  if (!("value" in parsed) || text.slice(parsed.end).trim() !== "") return undefined;
  if (isJsonObject(parsed.value)) return [parsed.value];
  return isJsonList(parsed.value) && parsed.value.every(isJsonObject) ? (parsed.value as JsonObject[]) : undefined;
}
