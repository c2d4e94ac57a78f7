/**
 * Properties of the sections of a command-line specification (`getopts.md` 1.5): read with their types, and checked. What is wrong is reported at the place of
 * the assignment or section header at fault; a fallback stands in for it.
 */
import { type Code, catalogue } from "../../grammar/catalogue.js";
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { suggest } from "../../grammar/suggest.js";
import { type AttributeNode, effectiveOrigin, effectiveValue, type SectionNode, type Store } from "../store.js";
import { FunctionValue, TupleValue, type Value } from "../values.js";
import { flagSections, properties, type SectionKind } from "./properties.js";
import { type CallbackReference, unlimited } from "./spec.js";

/** What the reader needs to know about the runtime that evaluated the section. */
export interface SpecSurroundings {
  readonly store: Store;
  /** Does a type text unify with another? */
  typesFit(have: string, want: string): boolean;
  /** Is there a function of that name whose signature unifies with the wanted one? */
  functionExists(name: string, signature: string): boolean;
  /** Type text of a schema's field, for attributes that do not exist yet. */
  fieldType(path: string): string | undefined;
  signatureText(reference: FunctionValue): string | undefined;
}

export abstract class PropertyReader {
  readonly diagnostics: Diagnostic[] = [];
  protected readonly around: SpecSurroundings;

  constructor(around: SpecSurroundings) {
    this.around = around;
  }

  protected report(
    code: Code,
    location: Location | undefined,
    path: string,
    message: string,
    hint?: string,
    severity?: "warning",
  ): void {
    this.diagnostics.push(
      diagnostic(code, location, message, {
        path,
        kind: catalogue[code].kind,
        ...(hint === undefined ? {} : { hint }),
        ...(severity === undefined ? {} : { severity }),
      }),
    );
  }

  // ---- reading properties --------------------------------------------------------------------------------------------------------------

  protected attribute(section: SectionNode, name: string): AttributeNode | undefined {
    const node = section.members.get(name);
    return node?.kind === "attribute" ? node : undefined;
  }

  protected value(section: SectionNode, name: string): Value | undefined {
    const node = this.attribute(section, name);
    return node === undefined ? undefined : effectiveValue(node);
  }

  protected string(section: SectionNode, name: string): string | undefined {
    const value = this.value(section, name);
    return typeof value === "string" ? value : undefined;
  }

  protected bool(section: SectionNode, name: string, fallback: boolean): boolean {
    const value = this.value(section, name);
    return typeof value === "boolean" ? value : fallback;
  }

  protected strings(section: SectionNode, name: string, fallback: readonly string[] = []): readonly string[] {
    const value = this.value(section, name);
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : fallback;
  }

  protected int(section: SectionNode, name: string, fallback: number): number {
    const value = this.value(section, name);
    return typeof value === "bigint" ? bounded(value) : fallback;
  }

  protected place(section: SectionNode, name?: string): Location | undefined {
    if (name === undefined) return section.opened[0];
    const node = section.members.get(name);
    if (node === undefined) return section.opened[0];
    if (node.kind === "section") return node.opened[0];
    const origin = effectiveOrigin(node);
    return "location" in origin ? origin.location : section.opened[0];
  }

  /** Unknown properties, and known ones of a wrong type. */
  protected checkProperties(kind: SectionKind, section: SectionNode, path: string): void {
    const known = properties[kind];
    const container = kind === "getopts" || kind === "command";
    for (const [name, node] of section.members) {
      const childPath = `${path}.${name}`;
      if (node.kind === "section") {
        if (!container || !childSections.has(name))
          this.report("C4M-G111", node.opened[0], childPath, `unknown section '${name}' in a command-line specification`);
        continue;
      }
      const wanted = known[name];
      if (wanted === undefined) {
        const near = suggest(name, Object.keys(known));
        this.report(
          "C4M-G111",
          this.place(section, name),
          childPath,
          `unknown property '${name}' of ${kind}`,
          near.length > 0 ? `did you mean '${near[0]}'?` : undefined,
        );
      } else if (wanted !== "func" && !this.around.typesFit(node.type, wanted)) {
        this.diagnostics.push(
          diagnostic("C4M-S002", this.place(section, name), `property '${name}' must be ${wanted}, it is ${node.type}`, {
            path: childPath,
            kind: "type",
            expected: wanted,
            actual: node.type,
          }),
        );
      }
    }
  }

  protected callback(section: SectionNode, path: string, signature: string): CallbackReference | undefined {
    const value = this.value(section, "callback");
    if (value === undefined) return undefined;
    const at = this.place(section, "callback");
    if (!(value instanceof FunctionValue)) {
      this.report("C4M-G107", at, `${path}.callback`, "a callback must name a function");
      return undefined;
    }
    const written = this.around.signatureText(value);
    if (
      (written !== undefined && !this.around.typesFit(written, signature)) ||
      !this.around.functionExists(value.name, written ?? signature)
    ) {
      this.report("C4M-G107", at, `${path}.callback`, `there is no function ${value.name}${signature}`);
    }
    return { name: value.name, signature: written };
  }

  protected counts(section: SectionNode, path: string, fallback: readonly [number, number]): readonly [number, number] {
    const value = this.value(section, "args");
    if (!(value instanceof TupleValue) || typeof value.items[0] !== "bigint" || typeof value.items[1] !== "bigint")
      return fallback;
    const [low, high] = [bounded(value.items[0]), bounded(value.items[1])];
    if (low < 0 || low > high)
      this.report(
        "C4M-G104",
        this.place(section, "args"),
        `${path}.args`,
        `'args' must go from a minimum to a maximum, not from ${low} to ${high}`,
      );
    return [low, high];
  }
}

const childSections: ReadonlySet<string> = new Set(["command", "topics", ...Object.keys(flagSections)]);

function bounded(value: bigint): number {
  return value > BigInt(unlimited) ? unlimited : value < -BigInt(unlimited) ? -unlimited : Number(value);
}
