/** The report engine: operations, templates, reports (`runtime-core.md` 5, 9). */

export { newArtifact } from "../collect/artifact.js";
export { createEngine, type Engine, type EngineOptions } from "./engine.js";
export type { Keyspec, Keyspecs } from "./keyspecs.js";
export type { Operation, OperationOptions } from "./operation.js";
export type { PublishedReport } from "./publish.js";
export type { Template, TemplateCopies, Templates } from "./templates.js";
