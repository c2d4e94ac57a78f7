/** From data to report objects (`runtime-core.md` 6.2, 9.4): the template chooses and orders, nothing else is in a report. */
import type { Artifact } from "../collect/types.js";
import { compact, type Json, type JsonObject } from "../json.js";
import { isRuntimeKey } from "../marks/format.js";
import type { Operation } from "./operation.js";
import { listOfTexts } from "./settled.js";
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

/** What a report says about artifacts, as a list; `template` must be one of the operation's if artifacts are settled. */
function shown(artifacts: readonly Artifact[], template: Template, operation: Operation): readonly Json[] {
  if (artifacts.every(({ texts }) => texts === undefined)) return artifactObjects(artifacts, template, operation);
  const column = operation.templates.indexOf(template);
  return listOfTexts(artifacts.map((artifact) => artifact.texts?.[column] ?? artifactText(artifact, template, operation)));
}

/** What reports of a template say about an artifact. */
export function artifactText(artifact: Artifact, template: Template, operation: Operation): string {
  return compact(select(artifactData(artifact, operation), template));
}

/**
 * The objects of a report: one, or with `perChalk` one for each artifact in `_CHALKS`, with the host's keys repeated.
 */
export function* reportObjects(operation: Operation, template: Template, perChalk: boolean): Generator<Map<string, Json>> {
  const collected = shown(operation.collected, template, operation);
  const build = (chalks: readonly Json[]) => {
    const data = new Map(operation.hostData);
    data.delete("_CHALKS");
    if (chalks.length > 0) data.set("_CHALKS", chalks);
    if (collected.length > 0) data.set("_COLLECTED_ARTIFACTS", collected);
    return select(data, template);
  };
  if (!perChalk) yield build(shown(operation.artifacts, template, operation));
  else
    for (const artifact of operation.artifacts) {
      const chalks = shown([artifact], template, operation);
      if (chalks.length > 0) yield build(chalks);
    }
}
