/**
 * What only the linter says about a configuration that is otherwise sound (`facts/validators.md`, `ours.md` 10): things that work but are probably not
 * meant. Each check looks at the evaluated configuration and reports what the given files put there, never what ships.
 */

import type { ModuleIr } from "../../../compiler/ir.js";
import type { Diagnostic } from "../../../grammar/diagnostic.js";
import type { Location } from "../../../grammar/span.js";
import { didYouMean, suggest } from "../../../grammar/suggest.js";
import type { SimulatedCall } from "../../effects/effects.js";
import { originLocation } from "../../encoding.js";
import { createSettings } from "../../settings/create.js";
import type { Settings } from "../../settings/settings.js";
import { type AttributeNode, effectiveOrigin, effectiveValue, lookup, type SectionNode, type Store } from "../../store.js";
import { toolDiagnostic } from "../../tool-codes.js";
import { textsUnify, typeText } from "../../type-tools.js";
import { TypeValue } from "../../values.js";
import { unknownNamesInCalls, unknownSection } from "./name-findings.js";

/** What the checks look at. */
export interface Subject {
  readonly store: Store;
  /** Was this place written by the files that are looked at? */
  isOwn(location: Location | undefined): boolean;
  /** `copy_report_template_keys` calls. */
  readonly templateCopies: readonly (readonly [from: string, to: string])[];
  /** Calls that were not made for real. */
  readonly simulated: readonly SimulatedCall[];
  /** The files, compiled. */
  readonly modules: readonly ModuleIr[];
}

type Check = (subject: Subject, settings: Settings) => Diagnostic[];

const sectionAt = (store: Store, path: readonly string[]): SectionNode | undefined => {
  const node = lookup(store, path);
  return node?.kind === "section" ? node : undefined;
};

const attributeAt = (store: Store, path: readonly string[]): AttributeNode | undefined => {
  const node = lookup(store, path);
  return node?.kind === "attribute" ? node : undefined;
};

/** Where the files under examination set an attribute; undefined if they did not. */
function ownPlace(subject: Subject, node: AttributeNode | undefined): Location | undefined {
  if (node === undefined) return undefined;
  const origin = effectiveOrigin(node);
  const place = originLocation(origin);
  return origin.kind !== "default" && subject.isOwn(place) ? place : undefined;
}

/** The first place below a section that the files under examination wrote. */
function firstOwnPlace(subject: Subject, section: SectionNode): Location | undefined {
  const opened = section.opened.find((place) => subject.isOwn(place));
  if (opened !== undefined) return opened;
  for (const node of section.members.values()) {
    const place = node.kind === "section" ? firstOwnPlace(subject, node) : ownPlace(subject, node);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Names of the templates that something refers to, as `kind.name`. */
function usedTemplates(subject: Subject, settings: Settings): ReadonlySet<string> {
  const used = new Set<string>(subject.templateCopies.map(([from]) => `report_template.${from}`));
  for (const user of ["outconf", "custom_report"])
    for (const name of settings.sections(user))
      for (const kind of ["mark_template", "report_template"]) used.add(`${kind}.${settings.string(`${user}.${name}.${kind}`)}`);
  used.add(`mark_template.${settings.string("docker.label_template")}`);
  return used;
}

/** Templates that nothing refers to, and what is wrong inside of them: no validator looks there (`facts/validators.md` 2.2). */
const unusedTemplates: Check = (subject, settings) => {
  const used = usedTemplates(subject, settings);
  return ["mark_template", "report_template"].flatMap((kind) =>
    settings.sections(kind).flatMap((name) => {
      const section = sectionAt(subject.store, [kind, name]);
      const place = section === undefined || used.has(`${kind}.${name}`) ? undefined : firstOwnPlace(subject, section);
      if (section === undefined || place === undefined) return [];
      const path = `${kind}.${name}`;
      const users =
        kind === "mark_template" ? "an outconf section or docker.label_template" : "an outconf or custom_report section";
      const unused = toolDiagnostic("CHK-002", place, `nothing refers to ${kind} '${name}'`, {
        path,
        hint: `name it in ${users}`,
      });
      return [unused, ...keyFaults(subject, settings, kind, name)];
    }),
  );
};

function keyFaults(subject: Subject, settings: Settings, kind: string, name: string): Diagnostic[] {
  return settings.sections(`${kind}.${name}.key`).flatMap((key) => {
    const section = sectionAt(subject.store, [kind, name, "key", key]);
    const place = section === undefined ? undefined : firstOwnPlace(subject, section);
    if (place === undefined) return [];
    const path = `${kind}.${name}.key.${key}`;
    if (!settings.exists(`keyspec.${key}`)) {
      const near = suggest(key, settings.sections("keyspec"));
      const hint = didYouMean(near);
      const message = `there is no key '${key}', which the unused template '${name}' names`;
      return [toolDiagnostic("CHK-003", place, message, { path, ...(hint === undefined ? {} : { hint, suggestions: near }) })];
    }
    if (kind === "mark_template" && key.startsWith("_"))
      return [
        toolDiagnostic("CHK-003", place, `'${key}' is known at run time only and cannot be in the mark template '${name}'`, {
          path,
        }),
      ];
    return [];
  });
}

/** Key specifications: names that evade the rule, values that are ignored, callbacks of the wrong type. */
const keySpecifications: Check = (subject, settings) =>
  settings.sections("keyspec").flatMap((name) => {
    const found: Diagnostic[] = [];
    const field = (leaf: string) => attributeAt(subject.store, ["keyspec", name, leaf]);
    const value = (leaf: string): unknown => {
      const node = field(leaf);
      return node === undefined ? undefined : effectiveValue(node);
    };
    const path = (leaf: string): string => `keyspec.${name}.${leaf}`;
    const standard = ownPlace(subject, field("standard"));
    if (standard !== undefined && value("standard") === true && !/^_?X_/.test(name))
      found.push(
        toolDiagnostic("CHK-004", standard, `key '${name}' calls itself standard, but chalk does not define it`, {
          path: path("standard"),
          hint: "begin the name with X_ or _X_ and leave out standard",
        }),
      );
    for (const leaf of ["value", "callback"]) {
      const place = ownPlace(subject, field(leaf));
      if (place !== undefined && value("system") === true && value("conf_as_system") !== true)
        found.push(
          toolDiagnostic("CHK-007", place, `the ${leaf} of '${name}' is ignored: only chalk itself sets this key`, {
            path: path(leaf),
          }),
        );
    }
    const callback = field("callback");
    const place = ownPlace(subject, callback);
    const type = value("type");
    if (callback !== undefined && place !== undefined && type instanceof TypeValue) {
      const expected = `(string) -> ${typeText(type.type)}`;
      if (!textsUnify(callback.type, expected))
        found.push(
          toolDiagnostic(
            "CHK-006",
            place,
            `the callback of '${name}' is of type ${callback.type}, but the key needs ${expected}: its values will be dropped`,
            { path: path("callback"), expected, actual: callback.type },
          ),
        );
    }
    return found;
  });

/** A key file whose name has another shape than chalk's own. */
const keyFile: Check = (subject, settings) => {
  const path = "attestation.attestation_key_embed.filename";
  const place = ownPlace(subject, attributeAt(subject.store, path.split(".")));
  const name = settings.string(path);
  if (place === undefined || name.includes("/") || /.\.(key|pub)$/.test(name)) return [];
  return [
    toolDiagnostic("CHK-005", place, `the name of a key file should have a stem and end in .key or .pub, unlike '${name}'`, {
      path,
    }),
  ];
};

/** Sections whose names are those of parts of the program, under a name that is none. */
const unknownParts: Check = (subject, settings) =>
  ["plugin", "outconf"].flatMap((kind) => {
    const names = settings.sections(kind);
    const isShipped = (name: string): boolean =>
      sectionAt(subject.store, [kind, name])?.opened.some((place) => !subject.isOwn(place)) === true;
    const shipped = names.filter(isShipped);
    return names.flatMap((name) => {
      const section = sectionAt(subject.store, [kind, name]);
      const place = section === undefined || shipped.includes(name) ? undefined : firstOwnPlace(subject, section);
      if (place === undefined) return [];
      const suggestions = suggest(name, shipped);
      const hint = didYouMean(suggestions);
      const what = kind === "plugin" ? "plugin" : "operation";
      const details = { path: `${kind}.${name}`, ...(hint === undefined ? {} : { hint, suggestions }) };
      return [toolDiagnostic("CHK-009", place, `chalk has no ${what} '${name}'`, details)];
    });
  });

/** Sinks that are to authenticate by an auth_config that isn't there; calls that name a section that isn't there. */
const unknownNames: Check = (subject, settings) => [
  ...settings.sections("sink_config").flatMap((name) => {
    const path = `sink_config.${name}.auth`;
    const place = ownPlace(subject, attributeAt(subject.store, path.split(".")));
    const auth = settings.string(path, "");
    return place === undefined || auth === "" ? [] : unknownSection(settings, "auth_config", auth, place, path);
  }),
  ...unknownNamesInCalls(subject.modules, settings),
];

/** Calls that were only simulated, and would fail for real. */
const failingCalls: Check = (subject) =>
  subject.simulated.flatMap(({ location, message, wouldFail }) =>
    wouldFail && subject.isOwn(location) ? [toolDiagnostic("CHK-008", location, message)] : [],
  );

const checks: readonly Check[] = [unusedTemplates, keySpecifications, keyFile, unknownParts, unknownNames, failingCalls];

/** All findings about a configuration without errors. */
export function configurationFindings(subject: Subject): Diagnostic[] {
  const settings = createSettings(subject.store, undefined);
  return checks.flatMap((check) => check(subject, settings));
}
