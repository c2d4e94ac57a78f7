/**
 * The public face of the grammar, without its heavy parts: tree, places, diagnostics, source files, literal domains. The parser (`parse.ts`, which
 * loads Chevrotain) and the formatter (`print.ts`) are imported directly by those who need them, best dynamically.
 */
export * from "./ast.js";
export * from "./catalogue.js";
export * from "./diagnostic.js";
export * from "./domains.js";
export * from "./source.js";
export * from "./span.js";
export * from "./type-text.js";
