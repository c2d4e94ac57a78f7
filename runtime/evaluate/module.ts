/**
 * A compiled file made ready to run: constants decoded once, types read on demand, components linked, and places that are worked out when
 * they are asked for.
 */

import type { ConstantIr, IrSpan, ModuleIr } from "../../compiler/ir.js";
import { resolve, type Type } from "../../compiler/types.js";
import { type Location, locate } from "../../grammar/span.js";
import type { Origin } from "../store.js";
import { typeFromText } from "../type-tools.js";
import { CharValue, FunctionValue, QuantityValue, TextValue, TypeValue, type Value } from "../values.js";

export interface LoadedModule {
  readonly ir: ModuleIr;
  /** Key of a component; the file's name for stacked files. */
  readonly key: string;
  readonly constants: readonly Value[];
  /** Types by index, filled by `moduleType`. */
  readonly types: (Type | undefined)[];
  /** The module behind each of `ir.uses`; linked after all are loaded. */
  readonly components: LoadedModule[];
  readonly locations: Map<IrSpan, Location>;
}

/** Prepares one compiled file. Its components are linked by `linkModules`. */
export function loadModule(ir: ModuleIr, key: string): LoadedModule {
  const module: LoadedModule = { ir, key, constants: [], types: [], components: [], locations: new Map() };
  (module.constants as Value[]).push(...ir.constants.map((constant) => constantValue(module, constant)));
  return module;
}

/** A file with everything it uses. */
export interface ModuleSet {
  readonly main: LoadedModule;
  /** Components by key, in the order of `components`. */
  readonly components: ReadonlyMap<string, LoadedModule>;
}

/**
 * Prepares a compiled file and its components and links every `use` to its module. `keyOf` must give the same keys as the loader did when the file
 * was compiled.
 */
export function loadModules(
  main: ModuleIr,
  components: ReadonlyMap<string, ModuleIr>,
  keyOf: (module: string, location: string | undefined, from: string) => string,
): ModuleSet {
  const loaded = new Map<string, LoadedModule>();
  for (const [key, ir] of components) loaded.set(key, loadModule(ir, key));
  const root = loadModule(main, main.table.file);
  for (const module of [root, ...loaded.values()]) {
    for (const use of module.ir.uses) {
      const component =
        loaded.get(keyOf(use.module, use.location, module.ir.table.file)) ?? onlyComponentNamed(loaded, use.module);
      if (component === undefined) throw new Error(`component ${use.module} of ${module.ir.table.file} was not compiled`);
      module.components.push(component);
    }
  }
  return { main: root, components: loaded };
}

/** A file that was compiled elsewhere may name its components by keys of that place; the module's name then tells which is meant. */
function onlyComponentNamed(loaded: ReadonlyMap<string, LoadedModule>, name: string): LoadedModule | undefined {
  const fitting = [...loaded].filter(([key]) => key.endsWith(`/${name}`));
  return fitting.length === 1 ? fitting[0]?.[1] : undefined;
}

/** A type of the module by index. */
export function moduleType(module: LoadedModule, index: number): Type {
  const known = module.types[index];
  if (known !== undefined) return known;
  const type = resolve(typeFromText(module.ir.types[index] as string));
  module.types[index] = type;
  return type;
}

function constantValue(module: LoadedModule, constant: ConstantIr): Value {
  switch (constant.t) {
    case "bool":
    case "float":
    case "string":
      return constant.v;
    case "int":
      return BigInt(constant.v);
    case "Duration":
    case "Size":
      return new QuantityValue(constant.t, BigInt(constant.v));
    case "char":
      return new CharValue(constant.v);
    case "func":
      return new FunctionValue(constant.v, constant.type < 0 ? undefined : moduleType(module, constant.type));
    case "typespec":
      return new TypeValue(moduleType(module, constant.type));
    default:
      return new TextValue(constant.t, constant.v);
  }
}

/**
 * The origin of a value assigned at a span. Lines and columns are computed when somebody asks: of thousands of origins that a start makes, few are ever
 * looked at.
 */
class AssignedOrigin {
  readonly kind = "assigned";
  private readonly module: LoadedModule;
  private readonly span: IrSpan;
  constructor(module: LoadedModule, span: IrSpan) {
    this.module = module;
    this.span = span;
  }
  get location(): Location {
    return locationOf(this.module, this.span);
  }
  isSameAs(other: Origin): boolean {
    return other instanceof AssignedOrigin && other.span === this.span && other.module === this.module;
  }
}

export function originAt(module: LoadedModule, span: IrSpan): Origin {
  return new AssignedOrigin(module, span);
}

/** True if both are the same object, or assignments by the same statement. */
export function sameOrigin(a: Origin, b: Origin): boolean {
  return a === b || (a instanceof AssignedOrigin && a.isSameAs(b));
}

/** The location of a span of the module; the same object every time. */
export function locationOf(module: LoadedModule, span: IrSpan): Location {
  let location = module.locations.get(span);
  if (location === undefined) {
    location = locate(module.ir.table, { start: span[0], end: span[1] });
    module.locations.set(span, location);
  }
  return location;
}
