/** From data to report objects (`runtime-core.md` 6.2, 9.4): the template chooses and orders, nothing else is in a report. */
import type { Artifact } from "../collect/types.js";
import type { Json, JsonObject } from "../json.js";
import { isRuntimeKey } from "../marks/format.js";
import type { Operation } from "./operation.js";
import type { Template } from "./templates.js";

/** Keys of the data that the template selects, in report order. */
export function select(data: ReadonlyMap<string, Json>, template: Template): Map<string, Json> {
  const chosen = new Map<string, Json>();
  for (const key of template.sequence) {
    const value = data.get(key);
    if (value !== undefined) chosen.set(key, value);
  }
  return chosen;
}

/** Everything known of an artifact: when nothing is marked, the mark that it carries and what was collected; else the latter alone. */
export function artifactData(artifact: Artifact, operation: Operation): ReadonlyMap<string, Json> {
  if (operation.chalking || artifact.mark === undefined) return artifact.data;
  // A mark has no business telling what this run found out.
  return new Map([...[...artifact.mark].filter(([key]) => !isRuntimeKey(key)), ...artifact.data]);
}

/** The entries of `_CHALKS` or `_COLLECTED_ARTIFACTS`; artifacts of which nothing is selected are left out. */
export function artifactObjects(artifacts: readonly Artifact[], template: Template, operation: Operation): JsonObject[] {
  return artifacts.map((artifact) => select(artifactData(artifact, operation), template)).filter((object) => object.size > 0);
}

/**
 * The objects of a report: one, or with `perChalk` one for each artifact in `_CHALKS`, with the host's keys repeated.
 */
export function reportObjects(operation: Operation, template: Template, perChalk: boolean): Map<string, Json>[] {
  const chalks = artifactObjects(operation.artifacts, template, operation);
  const collected = artifactObjects(operation.collected, template, operation);
  const build = (shown: readonly JsonObject[]) => {
    const data = new Map(operation.hostData);
    data.delete("_CHALKS");
    if (shown.length > 0) data.set("_CHALKS", [...shown]);
    if (collected.length > 0) data.set("_COLLECTED_ARTIFACTS", [...collected]);
    return select(data, template);
  };
  return perChalk ? chalks.map((chalk) => build([chalk])) : [build(chalks)];
}
