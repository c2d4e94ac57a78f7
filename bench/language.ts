/**
 * The language in one process: what making the parser costs, and how fast a warm process parses and compiles. Prints JSON. Arguments: two files of the same
 * kind, the second ten times the first.
 */
import { readFileSync } from "node:fs";
import { compile, createContext } from "../compiler/compile.js";
import { parse } from "../grammar/parse.js";
import { decodeSource, sourceFromText } from "../grammar/source.js";
import { builtins } from "../runtime/builtins/index.js";

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

function timed(action: () => void): number {
  const begin = performance.now();
  action();
  return performance.now() - begin;
}

function once(bytes: Uint8Array): number {
  return timed(() => {
    const { source } = decodeSource("generated.c4m", bytes);
    const { ast, diagnostics } = parse(source);
    const result = compile(ast, source, createContext(builtins), { diagnostics });
    if (result.module === undefined) throw new Error("the generated configuration does not compile");
  });
}

const [small, large] = process.argv.slice(2).map((path) => readFileSync(path)) as unknown as readonly [Uint8Array, Uint8Array];
const parserStart = timed(() => void parse(sourceFromText("first.c4m", "a: 1\n")));
for (let i = 0; i < 40; i++) once(small);
const smallTimes = Array.from({ length: 15 }, () => once(small));
const largeTimes = Array.from({ length: 5 }, () => once(large));
console.log(JSON.stringify({ parserStart, small: median(smallTimes), large: median(largeTimes), bytes: small.length }));
