/** The public face of the grammar: text in, tree and diagnostics out; tree in, canonical text out. */
export * from "./ast.js";
export * from "./catalogue.js";
export * from "./diagnostic.js";
export * from "./span.js";
