/** Rendering of diagnostics, the edge where data becomes text (DESIGN.md, data flow). */
export { diagnosticRecord, renderGithub, renderJson, renderSarif } from "./records.js";
export { type Sources, secretsOf } from "./secrets.js";
export { renderForLog, renderText, summary, type TextOptions } from "./text.js";
export { displayWidth } from "./width.js";
