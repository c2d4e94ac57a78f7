/**
 * Reading a schema document: the attribute tree that schema files leave behind, with what every fault report needs (the path inside the document,
 * the place in the source, the order of two places). The rules themselves are in `build-schema.ts` and `check-schema.ts`.
 */

import type { Code } from "../../grammar/catalogue.js";
import { type Diagnostic, diagnostic, type Note } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { didYouMean, suggest } from "../../grammar/suggest.js";
import { type AttributeNode, effectiveOrigin, effectiveValue, type SectionNode } from "../store.js";
import type { Value } from "../values.js";
import type { PropertyRule } from "./meta-schema.js";

/** A place of the document: its node and where it stands. */
export interface Property {
  readonly value: Value;
  /** Text of its static type. */
  readonly type: string;
  readonly location: Location | undefined;
}

export class DocumentReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #files: readonly string[];

  /** `files`: names of the schema files in the order of their evaluation. */
  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** Reports a fault. `path` is inside the schema document. */
  fault(
    code: Code,
    path: readonly string[],
    location: Location | undefined,
    message: string,
    details: {
      hint?: string | undefined;
      notes?: readonly Note[];
      expected?: string;
      actual?: string;
      suggestions?: readonly string[];
    } = {},
  ): void {
    this.diagnostics.push(
      diagnostic(code, location ?? this.fileStart(), message, { path: path.join("."), kind: "spec", ...details }),
    );
  }

  /** Line 1 of the last schema file. */
  fileStart(): Location {
    return { file: this.#files[this.#files.length - 1] ?? "", line: 1, col: 1, endLine: 1, endCol: 1 };
  }

  /** Index of the file of a place in the order of evaluation, -1 if unknown. */
  fileIndex(location: Location | undefined): number {
    return location === undefined ? -1 : this.#files.indexOf(location.file);
  }

  /** Negative if `a` stands before `b` in source order. */
  compare(a: Location | undefined, b: Location | undefined): number {
    return this.fileIndex(a) - this.fileIndex(b) || (a?.line ?? 0) - (b?.line ?? 0) || (a?.col ?? 0) - (b?.col ?? 0);
  }

  /** The place of an attribute: its assignment in force. */
  place(node: AttributeNode): Location | undefined {
    const origin = effectiveOrigin(node);
    return "location" in origin ? origin.location : undefined;
  }

  /**
   * Reads the properties of one section of the document against a table: unknown ones are C4M-S105, ones of a wrong type C4M-S106, ignored ones
   * C4M-S119. Members for which `isPart` answers true are left to the caller. Returns the sound ones.
   */
  properties(
    section: SectionNode,
    path: readonly string[],
    rules: Readonly<Record<string, PropertyRule>>,
    isPart: (name: string) => boolean = () => false,
  ): ReadonlyMap<string, Property> {
    const found = new Map<string, Property>();
    for (const [name, node] of section.members) {
      if (isPart(name)) continue;
      const here = [...path, name];
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      if (rule === undefined) {
        const suggestions = suggest(name, Object.keys(rules));
        this.fault(
          "C4M-S105",
          here,
          node.kind === "section" ? node.opened[0] : this.place(node),
          `unknown ${node.kind === "section" ? "section" : "property"} '${name}' in '${path.join(".")}'`,
          {
            hint: didYouMean(suggestions),
            suggestions,
          },
        );
      } else if (node.kind === "section") {
        this.fault("C4M-S106", here, node.opened[0], `'${name}' must be ${rule.expected}, not a section`, {
          expected: rule.expected,
          actual: "section",
        });
      } else {
        const value = effectiveValue(node);
        const location = this.place(node);
        if (!rule.accepts(value))
          this.fault("C4M-S106", here, location, `'${name}' must be ${rule.expected}, not ${node.type}`, {
            expected: rule.expected,
            actual: node.type,
          });
        else if (rule.ignored) this.fault("C4M-S119", here, location, `'${name}' is accepted and has no effect`);
        else found.set(name, { value, type: node.type, location });
      }
    }
    return found;
  }

  /** The sub-sections of one part (`field`, `allow` …): C4M-S106 for what is no section. */
  parts(section: SectionNode, path: readonly string[], part: string): readonly (readonly [string, SectionNode])[] {
    const node = section.members.get(part);
    if (node === undefined) return [];
    const here = [...path, part];
    if (node.kind === "attribute") {
      this.fault("C4M-S106", here, this.place(node), `'${part}' is a section: write ${part} NAME { … }`, {
        expected: "section",
        actual: node.type,
      });
      return [];
    }
    const found: [string, SectionNode][] = [];
    for (const [name, child] of node.members) {
      if (child.kind === "section") found.push([name, child]);
      else
        this.fault(
          "C4M-S106",
          [...here, name],
          this.place(child),
          `'${name}' stands directly in '${part}', which needs a name: write ${part} NAME { … }`,
          { expected: "section", actual: child.type },
        );
    }
    return found;
  }
}
