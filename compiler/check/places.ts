/**
 * Where a name stands, and what it means there (`language.md` 5.3): block scopes inside a file or function, then the context's cells, then
 * attributes of the current section, then those of the root. Enclosing sections in between are not searched.
 */
import type { Name } from "../../grammar/ast.js";
import { foreignValueHint } from "../../grammar/foreign-names.js";
import type { Span } from "../../grammar/span.js";
import { didYouMean, suggest } from "../../grammar/suggest.js";
import type { DeclaredNode } from "../context.js";
import type { Type } from "../types.js";
import type { Frame, ModuleDraft, SectionNode, Session, Target, Variable } from "./session.js";

/** One block's variables. */
export class Scope {
  private names: Map<string, Variable> | undefined;

  readonly parent: Scope | undefined;

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  /** The visible variable of that name, innermost first. */
  find(name: string): Variable | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const variable = scope.names?.get(name);
      if (variable !== undefined) return variable;
    }
    return undefined;
  }

  set(variable: Variable): void {
    this.names ??= new Map();
    this.names.set(variable.name, variable);
  }

  /** All visible variables by name. */
  visible(): Map<string, Variable> {
    const all = this.parent?.visible() ?? new Map<string, Variable>();
    for (const [name, variable] of this.names ?? []) all.set(name, variable);
    return all;
  }
}

/** A function whose body is being resolved. */
export interface OpenFunction {
  readonly result: Variable;
  readonly callees: Set<string>;
  /** `return e` or an assignment to `result` has been seen. */
  givesResult: boolean;
}

/** The surroundings of a piece of syntax. */
export interface Place {
  readonly session: Session;
  readonly module: ModuleDraft;
  readonly section: SectionNode;
  readonly path: readonly string[];
  readonly scope: Scope;
  readonly frame: Frame;
  readonly func: OpenFunction | undefined;
  /** Variables of the file, which the function being resolved cannot see. */
  readonly hidden: Scope | undefined;
  /** Lookups that failed and are tried again when components have been loaded. */
  readonly retries: Retry[];
}

/** A name that could not be resolved yet. */
export interface Retry {
  readonly position: number;
  /** Tries again; true if it worked. */
  attempt(): boolean;
  /** Reports that the name stays unknown. */
  fail(): void;
}

/** A place in a new block; in that of a section if one is given. */
export function placeInside(outer: Place, section: SectionNode = outer.section, path: readonly string[] = outer.path): Place {
  const { session, module, frame, func, hidden, retries } = outer;
  return { session, module, section, path, scope: new Scope(outer.scope), frame, func, hidden, retries };
}

/** Makes a variable in the innermost scope. */
export function makeVariable(place: Place, name: Name, type: Type, isIndex = false): Variable {
  const slot = place.frame.slotNames.push(name.text) - 1;
  const variable: Variable = { name: name.text, type, slot, span: name.span, isIndex, exported: false };
  place.scope.set(variable);
  return variable;
}

/** What the context knows under a name at this place; sections are for the first element of a dotted path. */
export type Found = Target | { readonly kind: "section"; readonly node: SectionNode; readonly path: readonly string[] };

/** Looks up a single name, sections included (`language.md` 5.3). */
export function lookUp(place: Place, name: string): Found | undefined {
  const variable = place.scope.find(name);
  if (variable !== undefined) return { kind: "variable", variable };
  const cell = place.session.context.cells.get(name);
  if (cell !== undefined) return { kind: "cell", cell };
  const own = place.section.members.get(name);
  if (own !== undefined) return foundNode(own, [...place.path, name]);
  const ofRoot = place.session.context.root.members.get(name);
  return ofRoot === undefined ? undefined : foundNode(ofRoot, [name]);
}

function foundNode(node: DeclaredNode, path: readonly string[]): Found {
  return node.kind === "attribute" ? { kind: "attribute", node, path } : { kind: "section", node, path };
}

/** Everything that a name could have been meant to be here, for suggestions. */
function visibleNames(place: Place): string[] {
  const { root, cells } = place.session.context;
  return [...place.scope.visible().keys(), ...cells.keys(), ...place.section.members.keys(), ...root.members.keys()];
}

/** Reports an undefined name (C4M-N001) with what may have been meant; `hintOfPlace` tells what is usual there. */
export function reportUndefined(place: Place, name: string, span: Span, hintOfPlace?: string): void {
  const suggestions = place.module.isFull ? [] : suggest(name, visibleNames(place));
  const guess = [didYouMean(suggestions), hintOfPlace].filter((part) => part !== undefined).join(" ");
  const hint = whereItIs(place, name) ?? foreignValueHint(name) ?? (guess || undefined);
  place.module.report("C4M-N001", span, `'${name}' is not defined here`, { name, suggestions, hint });
}

/** For a name that exists where lookup does not find it: how to get at it. */
function whereItIs(place: Place, name: string): string | undefined {
  if (place.hidden?.find(name) !== undefined) return `functions see a variable of the file only after 'export ${name}'`;
  const enclosing: string[] = [];
  let node: DeclaredNode | undefined = place.session.context.root;
  for (const step of place.path.slice(0, -1)) {
    enclosing.push(step);
    node = node?.kind === "section" ? node.members.get(step) : undefined;
    if (node?.kind === "section" && node.members.has(name))
      return `write '${[...enclosing, name].join(".")}': enclosing sections are not searched`;
  }
  const isFunction = place.session.context.functions.has(name) || place.session.drafts.has(name);
  return isFunction ? `'${name}' is a function: write '${name}(…)' to call it, 'func ${name}' to refer to it` : undefined;
}

/** Reports a missing member of a section (C4M-N008). */
export function reportMissingMember(place: Place, section: SectionNode, path: readonly string[], member: Name): void {
  const suggestions = suggest(member.text, section.members.keys());
  place.module.report("C4M-N008", member.span, `section '${path.join(".")}' has no member '${member.text}'`, {
    name: member.text,
    path: [...path, member.text].join("."),
    suggestions,
    hint: didYouMean(suggestions),
  });
}

/** True if the name belongs to a function that no variable or section may hide (`language.md` 5.4). */
export function isFunctionName(place: Place, name: string): boolean {
  if (place.session.drafts.has(name)) return true;
  return place.session.context.functions.get(name)?.some((entry) => !entry.yields) ?? false;
}
