/**
 * Pass 1, structure (`schema-language.md` 9): fields are fields, sections are sections, and every name is known. What has no place in the schema is
 * reported where it first appears and not looked into any further.
 */
import { entriesByName, sectionType } from "../../compiler/schema/schema.js";
import { attributeForSection, instanceNameForgotten, sectionForField, unknownName } from "../../compiler/schema/verdicts.js";
import type { AttributeNode, Origin, SectionNode, StoreNode } from "../store.js";
import type { Report, Visit } from "./walk.js";

/** Runs pass 1 over the whole tree: C4M-S001, S009, S010, S011. */
export function checkStructure(report: Report): void {
  checkSection(report, report.root());
}

/** Returns whether the section and everything below it is sound. */
function checkSection(report: Report, visit: Visit): boolean {
  const { node, type, path } = visit;
  let sound = true;
  for (const entry of type.entries) {
    const member = node.members.get(entry.name);
    if (member === undefined) continue;
    const here = () => ({ path: [...path, entry.name], location: placeOf(report, member, node) });
    if (entry.kind === "field") {
      if (member.kind === "section") {
        report.add(sectionForField(entry, here()), member);
        sound = false;
      }
      continue;
    }
    const child = sectionType(report.schema, entry.name);
    if (child === undefined || visit.passOver?.(entry.name)) continue;
    if (member.kind === "attribute") {
      report.add(attributeForSection(child, here()), member);
      sound = false;
    } else if (child.kind === "object") {
      if (
        !checkInstances(
          report,
          { node: member, type: child, path: [...path, entry.name] },
          (name) => visit.passOver?.(entry.name, name) === true,
        )
      )
        sound = false;
    } else if (!checkSection(report, { node: member, type: child, path: [...path, entry.name] })) sound = false;
  }
  if (!type.userDefOk) {
    const known = entriesByName(type);
    for (const [name, member] of node.members) {
      if (known.has(name)) continue;
      const subject = { path: [...path, name], location: placeOf(report, member, node) };
      report.add(unknownName(report.schema, type, member.kind, subject), member);
      sound = false;
    }
  }
  if (!sound) report.markUnsound(node);
  return sound;
}

/** The section that holds the instances of an object type. */
function checkInstances(report: Report, holder: Visit, isPassedOver: (name: string) => boolean): boolean {
  let sound = true;
  for (const [name, member] of holder.node.members) {
    const path = [...holder.path, name];
    if (member.kind === "attribute") {
      report.add(instanceNameForgotten(holder.type, { path, location: placeOf(report, member, holder.node) }), member);
      sound = false;
    } else if (!isPassedOver(name) && !checkSection(report, { node: member, type: holder.type, path })) sound = false;
  }
  if (!sound) report.markUnsound(holder.node);
  return sound;
}

/** An unknown or misplaced thing is blamed on its first appearance. */
function placeOf(report: Report, node: StoreNode, section: SectionNode): ReturnType<Report["sectionPlace"]> {
  if (node.kind === "section") return report.sectionPlace(node);
  return firstAssignment(node) ?? report.valuePlace(node, section);
}

function firstAssignment(node: AttributeNode): ReturnType<Report["sectionPlace"]> | undefined {
  const written = [...node.history, node.origin].find((origin: Origin) => origin.kind === "assigned");
  return written !== undefined && "location" in written ? written.location : undefined;
}
