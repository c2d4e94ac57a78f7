/** What the compiler's tests share: a small table of builtins, stacks of files from text, and components from memory. */
import { compileSource, createContext } from "../../compiler/compile.js";
import type { BuiltinSignature, CheckContext, CompileResult, ComponentLoader } from "../../compiler/context.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";

const types: { readonly [name: string]: string | readonly string[] } = {
  $: "(`T) -> string",
  echo: "(*`T) -> void",
  len: ["(string) -> int", "(list[`T]) -> int", "(dict[`K, `V]) -> int"],
  upper: "(string) -> string",
  hex: ["(string) -> string", "(int) -> string"],
  split: "(string, string) -> list[string]",
  contains: ["(string, string) -> bool", "(list[`T], `T) -> bool", "(dict[`K, `V], `K) -> bool"],
  array_add: "(list[`T], list[`T]) -> list[`T]",
  slice: ["(string, int) -> string", "(string, int, int) -> string", "(list[`T], int, int) -> list[`T]"],
  format: "(string) -> string",
  typeof: "(`T) -> typespec",
  typecmp: "(typespec, typespec) -> bool",
  attr_get: "(string, typespec[`T]) -> `T",
  bool: ["(int) -> bool", "(float) -> bool", "(string) -> bool", "(list[`T]) -> bool", "(dict[`K, `V]) -> bool"],
  int: ["(float) -> int", "(char) -> int"],
  float: "(int) -> float",
  char: "(int) -> char",
  Duration: "(string) -> Duration",
  Date: "(string) -> Date",
  IPAddr: "(string) -> IPAddr",
  to_usec: "(Duration) -> int",
  to_sec: "(Duration) -> int",
  add_override: "(string, `T) -> bool",
  parse_json: "(string) -> `T",
  binary_sha256: "(`T) -> string",
  memoize: "(string, () -> string) -> string",
  env: ["() -> dict[string, string]", "(string) -> string"],
  run: "(string) -> string",
  to_int: "(string) -> int",
};

/** A builtin of ours that gives way to the user's functions. */
const yielding = new Set(["to_int"]);

export const builtins: readonly BuiltinSignature[] = Object.entries(types).flatMap(([name, texts]) =>
  [texts].flat().map((type) => ({
    name,
    type,
    classes: [name === "run" ? ("process" as const) : ("pure" as const)],
    yields: yielding.has(name),
  })),
);

export function newContext(): CheckContext {
  return createContext(builtins);
}

/** Components by name; the key of `use mod from "."` is `./mod`. */
export function memoryLoader(files: { readonly [name: string]: string }): ComponentLoader {
  return {
    key: (module, location) => `${location ?? "store"}/${module}`,
    load(key) {
      const name = key.slice(key.lastIndexOf("/") + 1);
      const text = files[name];
      if (text === undefined) return { code: "C4M-M001", message: `there is no ${key}.c4m` };
      return { file: `${name}.c4m`, text };
    },
  };
}

/** Compiles a text as a file of the context. */
export function compileText(
  text: string,
  context: CheckContext = newContext(),
  components: { readonly [name: string]: string } = {},
  file = "main.c4m",
): CompileResult {
  return compileSource(sourceFromText(file, text), context, { loader: memoryLoader(components) });
}

/** `LINE CODE` of each diagnostic without its family prefix, as in `2 T001`; those of components start with the file. */
export function summary(diagnostics: readonly Diagnostic[], file = "main.c4m"): string[] {
  return diagnostics.map((d) => {
    const place = d.location?.file === file ? "" : `${d.location?.file}:`;
    return `${place}${d.location?.line} ${d.code.replace("C4M-", "")}`;
  });
}

/** The summary of compiling one text. */
export function problems(text: string, components: { readonly [name: string]: string } = {}): string[] {
  return summary(compileText(text, newContext(), components).diagnostics);
}

/** Type texts of attributes after compiling a text that must be free of errors. */
export function attributeTypes(text: string): { [path: string]: string } {
  const { module, diagnostics } = compileText(text);
  if (module === undefined) throw new Error(diagnostics.map((d) => `${d.location?.line}: ${d.code} ${d.message}`).join("\n"));
  const found: { [path: string]: string } = {};
  for (const { kind, path, type } of module.declarations)
    if (kind === "attribute") found[path.join(".")] = module.types[type] as string;
  return found;
}
