/**
 * What the checker knows beyond the file at hand: the context of a stack of files (`language.md` 6.1), as far as names and types are concerned.
 * The host makes one, seeds it with its builtin functions, and passes it to every `compile`. A compile that reports an error leaves it unchanged.
 */
import type { Diagnostic } from "../grammar/diagnostic.js";
import type { Location } from "../grammar/span.js";
import type { ModuleIr } from "./ir.js";
import type { FunctionType, Type, TypeVariable } from "./types.js";

/** Capability classes of builtins (`builtins.md` 0.5). */
export type Capability =
  | "pure"
  | "config-read"
  | "config-write"
  | "env-read"
  | "volatile"
  | "fs-read"
  | "fs-write"
  | "process"
  | "network"
  | "reporting";

/** A function that the host provides. */
export interface BuiltinSignature {
  readonly name: string;
  /** Type text, e.g. `` (list[`T], int) -> `T ``. */
  readonly type: string;
  readonly classes: readonly Capability[];
  /** True for functions that con4m 0.2 and Chalk 1.x lack: a user's function, variable or section of that name hides them (README, decision 12). */
  readonly yields?: boolean;
}

/** One entry of the function table. */
export interface FunctionEntry {
  readonly name: string;
  /** Stable identity: `name` + text of the type when first declared. */
  readonly key: string;
  type: FunctionType;
  readonly origin: "builtin" | "user";
  /** File that defined a user function last. */
  file: string | undefined;
  location: Location | undefined;
  readonly yields: boolean;
  /** The host forbids to replace it (C4M-N016). */
  locked?: boolean;
  /** Variables of the type that belong to attributes or exported variables: they are not generic, calls share them. */
  fixed?: ReadonlySet<TypeVariable> | undefined;
}

/** A declared attribute or section, executed or not. */
export type DeclaredNode =
  | {
      readonly kind: "section";
      readonly members: Map<string, DeclaredNode>;
      readonly location: Location | undefined;
      /** Which compile has made it; for taking that back. */
      readonly session?: object;
    }
  | { readonly kind: "attribute"; type: Type; location: Location | undefined };

/** An exported variable or enum constant. */
export interface DeclaredCell {
  readonly name: string;
  readonly type: Type;
  readonly constant: boolean;
  readonly location: Location | undefined;
}

export interface CheckContext {
  readonly functions: Map<string, FunctionEntry[]>;
  readonly root: Extract<DeclaredNode, { kind: "section" }>;
  readonly cells: Map<string, DeclaredCell>;
  /** Components that have been checked in this context, by key; using one again reuses it (`language.md` 7.1). */
  readonly components: Map<string, ModuleIr>;
}

/** How `compile` gets at components; the host decides what a location means, fetches, caches and preloads (`language.md` 7.1). */
export interface ComponentLoader {
  /** Key of the component that `use MODULE [from LOCATION]` in file `from` means. */
  key(module: string, location: string | undefined, from: string): string;
  /** Source of a component, fetched at most once per context; or what went wrong (codes C4M-M001 to M003). */
  load(
    key: string,
  ):
    | { readonly file: string; readonly text: string }
    | { readonly code: "C4M-M001" | "C4M-M002" | "C4M-M003"; readonly message: string };
}

export interface CompileResult {
  /** Present if there was no error. */
  readonly module: ModuleIr | undefined;
  /** The file's components and theirs, by key. */
  readonly components: ReadonlyMap<string, ModuleIr>;
  readonly diagnostics: readonly Diagnostic[];
  /** What the file declares, if it has errors: a schema can still say which names are unknown. Type texts of attributes; "" for sections. */
  readonly declared?: readonly {
    readonly kind: "attribute" | "section";
    readonly path: readonly string[];
    readonly type: string;
    readonly location: Location;
  }[];
}
