/**
 * What a compiled file may do to the world: the capability classes of the builtins that it calls (`builtins.md` 0.5), each with the place. Functions
 * that are declared count whether called or not; so do references to functions, because a host function may call through them.
 */
import type { Capability } from "./context.js";
import type { ExpressionIr, IrSpan, ModuleIr } from "./ir.js";
import { visitModule } from "./walk-ir.js";

/** One use of a capability. */
export interface CapabilityUse {
  readonly capability: Capability;
  /** Name of the builtin. */
  readonly name: string;
  readonly span: IrSpan;
}

/**
 * Every use of a capability in a module and its functions, in the order of the text. `classesOf` tells the classes of a builtin by name
 * and entry (the entry is absent for a reference by name), and returns nothing for other functions.
 */
export function capabilitiesUsed(
  module: ModuleIr,
  classesOf: (name: string, entry: string | undefined) => readonly Capability[],
): readonly CapabilityUse[] {
  const uses: CapabilityUse[] = [];
  const note = (name: string, entry: string | undefined, span: IrSpan): void => {
    for (const capability of classesOf(name, entry)) uses.push({ capability, name, span });
  };
  const visit = (expression: ExpressionIr, near: IrSpan): void => {
    if (expression.k === "call") note(expression.name, expression.entry, expression.at);
    if (expression.k !== "const") return;
    const constant = module.constants[expression.c]!;
    if (constant.t === "func") note(constant.v, undefined, near);
  };
  visitModule(module, visit);
  return uses.sort((a, b) => a.span[0] - b.span[0]);
}
