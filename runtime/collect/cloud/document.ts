/** The one JSON document in which Azure and Google describe an instance (`collection.md` 7.4, 7.5). */
import type { JsonObject } from "../../json.js";
import { reasonOf } from "../../reason.js";
import { objectOf, problemOf, successText } from "../questions.js";
import { recordFailure } from "../tables.js";
import type { CollectContext } from "../types.js";
import type { MetadataService } from "./metadata-service.js";

export interface FailureCodes {
  /** The service can't be reached or refuses. */
  readonly fetch: string;
  /** It says something that can't be understood. */
  readonly parse: string;
}

/** Key under which it is recorded that a metadata service can't be used at all. */
export const serviceKey = "_OP_CLOUD_METADATA";
const description = "The cloud's metadata service did not describe this instance.";

/** The document at a path; undefined, and recorded, if there is none. */
export async function fetchDocument(
  context: CollectContext,
  service: MetadataService,
  path: string,
  codes: FailureCodes,
): Promise<JsonObject | undefined> {
  const outcome = await service.get(path);
  const text = successText(outcome)?.trim();
  if (text === undefined) {
    recordFailure(context, serviceKey, problemOf(outcome), codes.fetch, description);
    return undefined;
  }
  if (!text.startsWith("{")) {
    context.log("trace", "instance metadata: the answer is not a document");
    return undefined;
  }
  try {
    return objectOf(text);
  } catch (error) {
    recordFailure(context, serviceKey, reasonOf(error), codes.parse, description);
    return undefined;
  }
}
