/** Rendering of diagnostics, the edge where data becomes text (DESIGN.md, data flow). */
export { diagnosticRecord, renderGithub, renderJson, renderSarif } from "./records.js";
export { renderForLog, renderText, type Sources, summary, type TextOptions } from "./text.js";
export { displayWidth } from "./width.js";
