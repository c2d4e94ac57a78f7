/**
 * Artifacts of long scans. What reports say about an artifact is certain when a command is done with it; from then on it is kept as the text that will
 * stand in the reports, a tenth of what mark and data take as objects. So memory grows by little more than the report itself, however many files there are.
 */
import { newArtifact } from "../collect/artifact.js";
import type { Artifact } from "../collect/types.js";
import { compact, type Json, parseJson } from "../json.js";
import { PLACEHOLDER } from "../marks/format.js";
import { readyList } from "../ready-list.js";

/** An artifact of which only texts are left, in the order of the operation's templates. It still tells whether it is marked, and which file it is. */
export function settledArtifact({ name, path, codec, mark, failed }: Artifact, texts: readonly string[]): Artifact {
  return { ...bare, name, path, codec, mark: mark === undefined ? undefined : someMark, failed, texts };
}

/** Nobody writes to a settled artifact, so all of them share these. */
const bare = newArtifact("");
const someMark = new Map<string, Json>([["MAGIC", PLACEHOLDER]]);

/** The text of an object of which nothing is shown. */
const nothing = compact(new Map());

/** A list of report objects from their texts, without those that say nothing. */
export function listOfTexts(all: Iterable<string>): readonly Json[] {
  const texts = [...all].filter((text) => text !== nothing);
  return readyList(`[${texts.join(", ")}]`, texts.length, () => texts.map(read));
}

function read(text: string): Json {
  const parsed = parseJson(text);
  if ("error" in parsed) throw new RangeError(parsed.error);
  return parsed.value;
}
