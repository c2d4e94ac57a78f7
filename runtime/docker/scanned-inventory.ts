/** The inventory of an image that came without one: made by syft, if external scanners for inventories may run (`docker.md` 13.3). */
import type { Artifact } from "../collect/types.js";
import { reasonOf } from "../reason.js";
import type { Operation } from "../report/index.js";
import { displayForm, isAskable, parseReference } from "./references.js";

const scanner = "syft";

/** Scans the image that a reference names if it has no inventory and one is wanted. What fails is logged. */
export async function addScannedInventory(operation: Operation, artifact: Artifact, reference: string): Promise<void> {
  const { context } = operation;
  const { settings } = context;
  const image = parseReference(reference);
  const wanted = operation.chalking && operation.subscribed("_IMAGE_SBOM") && !artifact.data.has("_IMAGE_SBOM");
  const allowed = settings.bool("run_sbom_tools", false) && settings.bool("docker.fallback_to_syft_sbom", true);
  // The name becomes part of a command line.
  if (!wanted || !allowed || !isAskable(image) || !settings.bool(`tool.${scanner}.enabled`, true)) return;
  try {
    const { runTool } = await import("../collect/tool/run.js");
    operation.setArtifact(artifact, "_IMAGE_SBOM", runTool(context, scanner, displayForm(image))?.keys.get("SBOM"));
  } catch (error) {
    context.log("error", `docker: ${displayForm(image)}: ${scanner}: ${reasonOf(error)}`);
  }
}
