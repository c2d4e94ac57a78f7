/**
 * Defining names and the conflicts between them (`language.md` 5.4). Each function declares one kind of name and reports what stands in its way;
 * what it returns is usable either way, so that one conflict gives one report.
 */
import type { EnumDeclaration, ExportDeclaration, Name, SectionStatement } from "../../grammar/ast.js";
import type { Location } from "../../grammar/span.js";
import type { DeclaredCell, DeclaredNode } from "../context.js";
import { basic, errorType, freshVariable, type Type } from "../types.js";
import { isFunctionName, lookUp, makeVariable, type Place, reportUndefined } from "./places.js";
import {
  type AttributeNode,
  type Declaration,
  failedTarget,
  type ModuleDraft,
  type SectionNode,
  type Target,
  TextAttribute,
  TextSection,
} from "./session.js";

/** The location of a function's definition, if it has one. */
function functionLocation(place: Place, name: string): Location | undefined {
  const draft = place.session.drafts.get(name)?.[0];
  if (draft !== undefined) return draft.module.locate(draft.declaration.name.span);
  return place.session.context.functions.get(name)?.find((entry) => entry.location !== undefined)?.location;
}

function noteAt(message: string, location: Location | undefined) {
  return location === undefined ? {} : { notes: [{ message, location }] };
}

function reportFunctionName(place: Place, name: Name, what: string): void {
  const location = functionLocation(place, name.text);
  place.module.report("C4M-N002", name.span, `'${name.text}' is a function, so no ${what} can have that name`, {
    name: name.text,
    ...(location === undefined ? {} : noteAt("the function is defined here", location)),
  });
}

function reportAttributeName(place: Place, name: Name, node: DeclaredNode, what: string): void {
  const kind = node.kind === "attribute" ? "an attribute" : "a section";
  place.module.report("C4M-N003", name.span, `'${name.text}' is ${kind}, so no ${what} can have that name`, {
    name: name.text,
    ...noteAt(`the ${node.kind} is defined here`, node.location),
    hint:
      node.kind === "attribute" && what === "variable" ? "use '=' to assign the attribute, or choose another name" : undefined,
  });
}

// ---- variables -------------------------------------------------------------------------------------------------------------------------

/** Assigns to or creates a variable by `:=`, `var` or `parameter var`. */
export function defineVariable(place: Place, name: Name, type: () => Type = freshVariable): Target {
  if (name.text === "result") return resultTarget(place, name);
  const visible = place.scope.find(name.text);
  const cell = visible === undefined ? place.session.context.cells.get(name.text) : undefined;
  if (refuseFixed(place, name, visible?.isIndex ?? false, cell)) return failedTarget;
  const failed = (): Target => ({ kind: "variable", variable: makeVariable(place, name, errorType) });
  if (isFunctionName(place, name.text)) {
    reportFunctionName(place, name, "variable");
    return failed();
  }
  const own = place.section.members.get(name.text);
  if (own !== undefined) {
    reportAttributeName(place, name, own, "variable");
    return failed();
  }
  if (visible !== undefined) return { kind: "variable", variable: visible };
  if (cell !== undefined) return { kind: "cell", cell };
  const ofRoot = place.session.context.root.members.get(name.text);
  if (ofRoot !== undefined) {
    reportAttributeName(place, name, ofRoot, "variable");
    return failed();
  }
  return { kind: "variable", variable: makeVariable(place, name, type()) };
}

/** A target of an unpacking: functions and attributes of the name are hidden, with a warning (C4M-W004). */
export function defineUnpacked(place: Place, name: Name): Target {
  if (name.text === "result") return resultTarget(place, name);
  const visible = place.scope.find(name.text);
  const cell = visible === undefined ? place.session.context.cells.get(name.text) : undefined;
  if (refuseFixed(place, name, visible?.isIndex ?? false, cell)) return failedTarget;
  if (visible !== undefined) return { kind: "variable", variable: visible };
  if (cell !== undefined) return { kind: "cell", cell };
  const node = place.section.members.get(name.text) ?? place.session.context.root.members.get(name.text);
  if (node !== undefined || isFunctionName(place, name.text)) {
    const hidden = node?.kind ?? "function";
    place.module.report("C4M-W004", name.span, `the variable '${name.text}' hides the ${hidden} of that name`, {
      name: name.text,
      ...noteAt(`the ${hidden} is defined here`, node === undefined ? functionLocation(place, name.text) : node.location),
    });
  }
  return { kind: "variable", variable: makeVariable(place, name, freshVariable()) };
}

function resultTarget(place: Place, name: Name): Target {
  if (place.func !== undefined) {
    place.func.givesResult = true;
    return { kind: "variable", variable: place.func.result };
  }
  place.module.report("C4M-N010", name.span, "'result' can only be assigned inside a function", { name: name.text });
  return failedTarget;
}

/** C4M-N017 for loop indexes and enum constants. */
function refuseFixed(place: Place, name: Name, isIndex: boolean, cell: DeclaredCell | undefined): boolean {
  if (!isIndex && cell?.constant !== true) return false;
  const what = isIndex ? "the index of the loop" : "an enum constant";
  place.module.report("C4M-N017", name.span, `'${name.text}' is ${what} and cannot be assigned`, {
    name: name.text,
    ...noteAt("it is defined here", cell?.location),
  });
  return true;
}

/** `enum A, B, C`: constants of the context. */
export function defineEnum(place: Place, statement: EnumDeclaration): void {
  statement.names.forEach((name, value) => {
    if (enumConflict(place, name)) return;
    const cell: DeclaredCell = { name: name.text, type: basic("int"), constant: true, location: place.module.locate(name.span) };
    place.session.add(place.session.context.cells, name.text, cell);
    place.module.cells.set(name.text, { type: cell.type, constant: value });
  });
}

function enumConflict(place: Place, name: Name): boolean {
  const { context } = place.session;
  const node = context.root.members.get(name.text);
  const cell = context.cells.get(name.text);
  if (name.text === "result") resultTarget(place, name);
  else if (isFunctionName(place, name.text)) reportFunctionName(place, name, "enum constant");
  else if (node !== undefined) reportAttributeName(place, name, node, "enum constant");
  else if (cell !== undefined || place.scope.find(name.text) !== undefined) reportVariableName(place, name, "enum constant");
  else return false;
  return true;
}

/** C4M-N004: the name belongs to a variable or an enum constant. */
export function reportVariableName(place: Place, name: Name, what: string): void {
  const variable = place.scope.find(name.text);
  const cell = place.session.context.cells.get(name.text);
  const location = variable === undefined ? cell?.location : place.module.locate(variable.span);
  const kind = cell?.constant ? "an enum constant" : "a variable";
  place.module.report("C4M-N004", name.span, `'${name.text}' is ${kind}, so no ${what} can have that name`, {
    name: name.text,
    ...noteAt("it is defined here", location),
  });
}

/** `export a, b`: from here on the variables are cells of the context. */
export function exportNames(place: Place, statement: ExportDeclaration): void {
  for (const name of statement.names) exportName(place, name);
}

function exportName(place: Place, name: Name): void {
  const found = lookUp(place, name.text);
  if (found === undefined) {
    place.retries.push({
      position: name.span.start,
      attempt: () => lookUp(place, name.text) !== undefined,
      fail: () => reportUndefined(place, name.text, name.span),
    });
  } else if (found.kind === "variable") {
    const { variable } = found;
    if (variable.exported) return;
    variable.exported = true;
    const cell: DeclaredCell = {
      name: name.text,
      type: variable.type,
      constant: false,
      location: place.module.locate(variable.span),
    };
    place.session.add(place.session.context.cells, name.text, cell);
    place.module.cells.set(name.text, { type: variable.type, constant: undefined });
  } else if (found.kind === "attribute" || found.kind === "section") {
    place.module.report("C4M-W012", name.span, `'${name.text}' is an ${found.kind}: exporting it has no effect`, {
      name: name.text,
    });
  }
}

// ---- attributes and sections -----------------------------------------------------------------------------------------------------------

/** The attribute at a path relative to the place, declared together with the sections above it. */
export function defineAttribute(place: Place, path: readonly Name[]): Target {
  const { module, session } = place;
  let section = place.section;
  let above = place.path;
  for (let i = 0; i < path.length - 1; i++) {
    const name = path[i]!;
    if (name.text === "result") return refuseResult(place, name);
    above = inside(above, name.text);
    const next = openMember(place, section, name, above);
    if (next === undefined) return failedTarget;
    section = next;
  }
  const last = path[path.length - 1]!;
  if (last.text.length === 6 && last.text === "result") return refuseResult(place, last);
  const full = inside(above, last.text);
  const known = section.members.get(last.text);
  if (known?.kind === "section") {
    const dotted = full.join(".");
    module.report("C4M-N006", last.span, `'${dotted}' is a section, not an attribute`, {
      name: dotted,
      path: dotted,
      ...noteAt("the section is defined here", known.location),
    });
    return failedTarget;
  }
  if (known === undefined) {
    const declared = new TextAttribute(module.source.table, full, last.span);
    session.addMember(section, last.text, declared);
    module.declared.push(declared);
    return declared;
  }
  const declaration = { kind: "attribute", node: known, path: full, span: last.span } as const;
  if (!(known instanceof TextAttribute && known.isOf(module))) noteDeclared(module, declaration);
  return declaration;
}

/** A path with one more name. Most are short; spreading them would take longer than everything else about an assignment. */
function inside(path: readonly string[], name: string): readonly string[] {
  switch (path.length) {
    case 0:
      return [name];
    case 1:
      return [path[0]!, name];
    case 2:
      return [path[0]!, path[1]!, name];
    default:
      return [...path, name];
  }
}

function refuseResult(place: Place, name: Name): Target {
  const hint = place.func === undefined ? undefined : "use ':=' to assign the function's result";
  place.module.report("C4M-N009", name.span, "'result' cannot be an attribute or section", { name: "result", hint });
  return failedTarget;
}

/** Notes that this file's text declares a node of another file, or a section. */
function noteDeclared(module: ModuleDraft, declaration: Declaration): void {
  if (module.mentioned.has(declaration.node)) return;
  module.mentioned.add(declaration.node);
  module.declared.push(declaration);
}

/** The section that is a member of another, declared if it is new; undefined (C4M-N005) if it is an attribute. */
function openMember(place: Place, section: SectionNode, name: Name, path: readonly string[]): SectionNode | undefined {
  const node = section.members.get(name.text);
  if (node?.kind === "attribute") {
    reportNotSection(place, name, path, node);
    return undefined;
  }
  const { module, session } = place;
  if (node === undefined) {
    const opened = session.newSection(module.source.table, name.span);
    session.addMember(section, name.text, opened);
    module.declared.push({ node: opened, path, span: name.span });
    return opened;
  }
  if (!(node instanceof TextSection && node.isOf(module))) noteDeclared(module, { node, path, span: name.span });
  return node;
}

/** C4M-N005. */
export function reportNotSection(place: Place, name: Name, path: readonly string[], node: AttributeNode): void {
  place.module.report("C4M-N005", name.span, `'${path.join(".")}' is an attribute, not a section`, {
    name: path.join("."),
    path: path.join("."),
    ...noteAt("the attribute is defined here", node.location),
  });
}

/** A section that belongs to nothing, in which the body of a refused section is checked. */
export function detachedSection(): SectionNode {
  return { kind: "section", members: new Map(), location: undefined };
}

/** Opens the section of a header, tag included. */
export function openSection(place: Place, statement: SectionStatement): { section: SectionNode; path: readonly string[] } {
  const { name, tag } = statement;
  let path = inside(place.path, name.text);
  let section = sectionNamed(place, name, path);
  if (section !== undefined && tag !== undefined) {
    path = inside(path, tag.text);
    section = openMember(place, section, tag, path);
  }
  return { section: section ?? detachedSection(), path };
}

function sectionNamed(place: Place, name: Name, path: readonly string[]): SectionNode | undefined {
  if (name.text === "result") {
    place.module.report("C4M-N009", name.span, "'result' cannot be an attribute or section", { name: "result" });
    return undefined;
  }
  if (isFunctionName(place, name.text)) {
    reportFunctionName(place, name, "section");
    return undefined;
  }
  const isVariable = (): boolean => place.scope.find(name.text) !== undefined || place.session.context.cells.has(name.text);
  if (!place.section.members.has(name.text) && isVariable()) {
    reportVariableName(place, name, "section");
    return undefined;
  }
  return openMember(place, place.section, name, path);
}

/**
 * Reports a function whose name is taken (C4M-N003, N004, N015). Returns false if calls of the name mean something else: a builtin function.
 */
export function checkFunctionName(place: Place, name: Name): boolean {
  const { context } = place.session;
  if (context.functions.get(name.text)?.some((entry) => entry.origin === "builtin" && !entry.yields)) {
    place.module.report("C4M-N015", name.span, `'${name.text}' is a builtin function and cannot be redefined`, {
      name: name.text,
    });
    return false;
  }
  const node = context.root.members.get(name.text);
  if (node !== undefined) {
    reportAttributeName(place, name, node, "function");
  } else if (place.scope.find(name.text) !== undefined || context.cells.has(name.text)) {
    reportVariableName(place, name, "function");
  }
  return true;
}
