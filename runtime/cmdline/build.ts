/**
 * From an evaluated `getopts` section to a `CommandLineSpec`, with every check of `getopts.md` 1.5. All faults are reported at once, each with the
 * place of the assignment or section header at fault; what can be read in spite of them is read.
 */

import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { lookup, type SectionNode } from "../store.js";
import { commandCallback, flagSections } from "./properties.js";
import { PropertyReader, type SpecSurroundings } from "./read-properties.js";
import { type CommandLineSpec, type CommandSpec, type FlagSpec, type SpellingMeaning, spellingKey, unlimited } from "./spec.js";

export interface BuiltCommandLine {
  readonly spec: CommandLineSpec;
  readonly diagnostics: readonly Diagnostic[];
}

interface Inherited {
  readonly ignoreBadFlags: boolean;
  readonly colonOk: boolean;
  readonly spaceOk: boolean;
  /** Reporting names that the ancestors declare. */
  readonly ancestors: ReadonlyMap<string, FlagSpec>;
}

class SpecReader extends PropertyReader {
  private yesPrefixes: readonly string[] = [];
  private noPrefixes: readonly string[] = ["no"];
  private addHelp = true;

  // ---- flags ---------------------------------------------------------------------------------------------------------------------------

  private flag(kindName: keyof typeof flagSections, name: string, section: SectionNode, path: string): FlagSpec {
    this.checkProperties(kindName, section, path);
    const { kind, valueType, callback } = flagSections[kindName];
    const reporting = spellingKey(name);
    const spellings: Record<string, SpellingMeaning> = {};
    const shownYes: string[] = [];
    const shownNo: string[] = [];
    const add = (spelling: string, meaning: SpellingMeaning, shown: string[]): void => {
      const key = spellingKey(spelling);
      if (Object.hasOwn(spellings, key))
        this.report("C4M-G101", this.place(section), path, `the spelling '${spelling}' is declared twice`);
      spellings[key] = meaning;
      shown.push(spelling);
    };
    const choices = this.strings(section, "choices");
    const choiceFlags = this.bool(section, "add_choice_flags", false);
    if (kind === "yn") {
      const yesPrefixes = this.strings(section, "yes_prefixes", this.yesPrefixes);
      const noPrefixes = this.strings(section, "no_prefixes", this.noPrefixes);
      const prefixed = (prefix: string): string => (prefix.endsWith("-") ? prefix + reporting : `${prefix}-${reporting}`);
      const yesNames = [
        ...(yesPrefixes.length === 0 ? [reporting] : yesPrefixes.map(prefixed)),
        ...this.strings(section, "yes_aliases"),
      ];
      const noNames = [...noPrefixes.map(prefixed), ...this.strings(section, "no_aliases")];
      for (const spelling of yesNames) add(spelling, { kind: "value", value: true }, shownYes);
      for (const spelling of noNames) add(spelling, { kind: "value", value: false }, shownNo);
      if (!Object.hasOwn(spellings, reporting)) {
        const bare = (prefix: string): string => prefix.replace(/-$/, "");
        const words: Record<string, boolean> = { true: true, yes: true, on: true, false: false, no: false, off: false };
        for (const word of [...yesNames, ...yesPrefixes.map(bare)]) words[word] = true;
        for (const word of [...noNames, ...noPrefixes.map(bare)]) words[word] = false;
        spellings[reporting] = { kind: "word", words };
      }
    } else if (kind === "help") {
      for (const spelling of this.strings(section, "names", ["help", "h"]))
        add(spelling, { kind: "value", value: true }, shownYes);
    } else {
      for (const spelling of [reporting, ...this.strings(section, "aliases")]) add(spelling, { kind: "flag" }, shownYes);
      if (choiceFlags) for (const choice of choices) add(choice, { kind: "choice", choice }, shownNo);
    }
    if ((kind === "choice" || kind === "multi-choice") && choices.length < 2) {
      this.report(
        "C4M-G103",
        this.place(section, "choices"),
        `${path}.choices`,
        `a choice needs at least two choices, ${choices.length === 0 ? "none is" : "one is"} given`,
      );
    }
    const min = this.int(section, "min", 1);
    const max = this.int(section, "max", unlimited);
    if (
      kind === "multi-choice" &&
      (min < 1 || min >= Math.max(choices.length, 2) || min > max || (max !== unlimited && max > choices.length))
    ) {
      this.report(
        "C4M-G103",
        this.place(section, "min"),
        path,
        `'min' ${min} and 'max' ${max === unlimited ? "high()" : max} do not fit ${choices.length} choices`,
      );
    }
    const field = this.string(section, "field_to_set");
    if (field !== undefined && field !== "")
      this.checkField(field, valueType, this.place(section, "field_to_set"), `${path}.field_to_set`, false);
    return {
      name: kind === "help" ? "help" : reporting,
      kind,
      spellings,
      shownYes,
      shownNo,
      choices,
      choiceFlags,
      min,
      max,
      optionalArgument: this.bool(section, "optional_arg", false),
      commaDelimited: this.bool(section, "comma_delimited", true),
      callback: this.callback(section, path, callback),
      field: field === "" ? undefined : field,
      doc: this.string(section, "doc") ?? "",
      location: this.place(section),
    };
  }

  /** An attribute that the command line writes: it must not be a section nor have another type. */
  private checkField(field: string, type: string, at: Location | undefined, path: string, mustExist: boolean): void {
    const node = lookup(this.around.store, field.split("."));
    if (node?.kind === "section") this.report("C4M-G108", at, path, `'${field}' is a section, it cannot be set`);
    else if (node !== undefined && !this.around.typesFit(node.type, type))
      this.report("C4M-G108", at, path, `'${field}' has type ${node.type}, ${type} is needed`);
    else if (node === undefined) {
      const declared = this.around.fieldType(field);
      if (declared !== undefined && !this.around.typesFit(declared, type))
        this.report("C4M-G108", at, path, `the field '${field}' has type ${declared}, ${type} is needed`);
      else if (declared === undefined && mustExist) this.report("C4M-G108", at, path, `there is no attribute '${field}'`);
    }
  }

  // ---- commands ------------------------------------------------------------------------------------------------------------------------

  private command(name: string, section: SectionNode, path: string, commandPath: string, inherited: Inherited): CommandSpec {
    const top = commandPath === "";
    this.checkProperties(top ? "getopts" : "command", section, path);
    const ignoreAllFlags = this.bool(section, "ignore_all_flags", false);
    const ignoreBadFlags = this.bool(section, "ignore_bad_flags", inherited.ignoreBadFlags);
    const colonOk = this.bool(section, "colon_ok", inherited.colonOk);
    const spaceOk = this.bool(section, "space_ok", inherited.spaceOk);
    const flags = this.flagsOf(section, path, inherited);
    const ancestors = new Map([...inherited.ancestors, ...flags.map((flag) => [flag.name, flag] as const)]);
    const commandSection = section.members.get("command");
    const children = commandSection?.kind === "section" ? [...commandSection.members] : [];
    const commands: CommandSpec[] = [];
    for (const [childName, node] of children) {
      if (node.kind !== "section") continue;
      const childPath = top ? childName : `${commandPath}.${childName}`;
      commands.push(
        this.command(childName, node, `${path}.command.${childName}`, childPath, { ignoreBadFlags, colonOk, spaceOk, ancestors }),
      );
    }
    this.checkCommandNames(commands, path);
    this.checkSiblingFlags(commands, path);
    const flagsFirst = this.bool(section, "flags_first", false);
    if (ignoreAllFlags) {
      const forbidden =
        commands.length > 0
          ? "sub-commands"
          : flags.length > 0
            ? "flags"
            : this.bool(section, "ignore_bad_flags", false)
              ? "'ignore_bad_flags'"
              : undefined;
      if (forbidden !== undefined)
        this.report(
          "C4M-G105",
          this.place(section, "ignore_all_flags"),
          path,
          `a command that ignores all flags cannot have ${forbidden}`,
        );
    }
    if (flagsFirst && commands.length > 0)
      this.report("C4M-G105", this.place(section, "flags_first"), path, "'flags_first' cannot be combined with sub-commands");
    const [minimum, maximum] = this.counts(section, path, top && children.length === 0 ? [0, unlimited] : [0, 0]);
    const own = commands.length;
    const topics = this.topics(section, path, commands);
    if (this.addHelp && !ignoreAllFlags && !commands.some((child) => child.name === "help" || child.aliases.includes("help"))) {
      commands.push(automaticHelp(commandPath));
    }
    return {
      name,
      path: commandPath,
      aliases: this.strings(section, "aliases"),
      minimum,
      maximum,
      doc: this.string(section, "doc") ?? "",
      shortdoc: this.string(section, "shortdoc") ?? "",
      argumentName: this.string(section, "arg_name") ?? "ARG",
      callback: top ? undefined : this.callback(section, path, commandCallback),
      subCommandMandatory: own > 0 && (top || this.bool(section, "arg_sub_mutex", true)),
      ignoreAllFlags,
      ignoreBadFlags,
      dashArgSpaceOptional: this.bool(section, "dash_arg_space_optional", true),
      colonOk,
      spaceOk,
      flagsFirst,
      automatic: false,
      flags,
      commands,
      topics,
      location: this.place(section),
    };
  }

  private flagsOf(section: SectionNode, path: string, inherited: Inherited): FlagSpec[] {
    const flags: FlagSpec[] = [];
    for (const kind of Object.keys(flagSections) as (keyof typeof flagSections)[]) {
      const container = section.members.get(kind);
      if (container?.kind !== "section") continue;
      if (kind === "flag_help") flags.push(this.flag(kind, "help", container, `${path}.${kind}`));
      else
        for (const [name, node] of container.members)
          if (node.kind === "section") flags.push(this.flag(kind, name, node, `${path}.${kind}.${name}`));
    }
    const seen = new Map<string, FlagSpec>();
    const inheritedSpellings = new Map(
      [...inherited.ancestors.values()].flatMap((flag) => Object.keys(flag.spellings).map((key) => [key, flag] as const)),
    );
    for (const flag of flags) {
      const parent = inherited.ancestors.get(flag.name);
      if (parent !== undefined)
        this.report("C4M-G112", flag.location, path, `the flag '${flag.name}' is already declared by a parent command`);
      for (const key of Object.keys(flag.spellings)) {
        const other = seen.get(key);
        if (other !== undefined)
          this.report(
            "C4M-G101",
            flag.location,
            path,
            `the spelling '${key}' belongs to the flags '${other.name}' and '${flag.name}'`,
          );
        else if (parent === undefined && inheritedSpellings.has(key)) {
          this.report(
            "C4M-G101",
            flag.location,
            path,
            `the spelling '${key}' also belongs to the parent's flag '${inheritedSpellings.get(key)?.name}'`,
            undefined,
            "warning",
          );
        }
        seen.set(key, flag);
      }
    }
    return flags;
  }

  private checkCommandNames(commands: readonly CommandSpec[], path: string): void {
    const seen = new Set<string>();
    for (const command of commands) {
      for (const name of [command.name, ...command.aliases]) {
        if (name.includes("."))
          this.report(
            "C4M-G113",
            command.location,
            `${path}.command.${command.name}`,
            `the command name '${name}' contains a dot`,
          );
        if (seen.has(name))
          this.report("C4M-G102", command.location, `${path}.command.${command.name}`, `two commands share the name '${name}'`);
        seen.add(name);
      }
    }
  }

  private checkSiblingFlags(commands: readonly CommandSpec[], path: string): void {
    const kindsSeen = new Map<string, { kind: string; command: string }>();
    for (const command of commands) {
      for (const flag of command.flags) {
        const other = kindsSeen.get(flag.name);
        if (other !== undefined && other.kind !== flag.kind) {
          this.report(
            "C4M-G112",
            flag.location,
            path,
            `the commands '${other.command}' and '${command.name}' declare the flag '${flag.name}' with different kinds`,
          );
        }
        if (other === undefined) kindsSeen.set(flag.name, { kind: flag.kind, command: command.name });
      }
    }
  }

  private topics(section: SectionNode, path: string, commands: readonly CommandSpec[]): Record<string, string> {
    const container = section.members.get("topics");
    const topics: Record<string, string> = {};
    if (container?.kind !== "section") return topics;
    for (const name of container.members.keys()) {
      const text = this.value(container, name);
      if (typeof text !== "string")
        this.report("C4M-G110", this.place(container, name), `${path}.topics.${name}`, "a topic must be a string");
      else if (commands.some((command) => command.name === name))
        this.report(
          "C4M-G110",
          this.place(container, name),
          `${path}.topics.${name}`,
          `the topic '${name}' has the name of a command`,
        );
      else topics[name] = text;
    }
    return topics;
  }

  readAll(section: SectionNode, path: string): CommandLineSpec {
    this.yesPrefixes = this.strings(section, "default_yes_prefixes");
    this.noPrefixes = this.strings(section, "default_no_prefixes", ["no"]);
    this.addHelp = this.bool(section, "add_help_commands", true);
    for (const prefix of this.yesPrefixes) {
      if (this.noPrefixes.includes(prefix))
        this.report(
          "C4M-G106",
          this.place(section, "default_yes_prefixes"),
          `${path}.default_yes_prefixes`,
          `'${prefix}' is both a yes prefix and a no prefix`,
        );
    }
    const root = this.command("", section, path, "", {
      ignoreBadFlags: false,
      colonOk: true,
      spaceOk: true,
      ancestors: new Map(),
    });
    const errorCommand = this.string(section, "error_command") ?? "error";
    const clash = root.commands.find((command) => !command.automatic && command.name === errorCommand);
    if (clash !== undefined)
      this.report(
        "C4M-G109",
        clash.location,
        `${path}.error_command`,
        `the error command '${errorCommand}' is the name of a command`,
      );
    const attributeNamed = (property: string, type: string): string | undefined => {
      const target = this.string(section, property);
      if (target === undefined || target === "") return undefined;
      this.checkField(target, type, this.place(section, property), `${path}.${property}`, true);
      return target;
    };
    const defaultCommand = this.string(section, "default_command");
    return {
      root,
      commandAttribute: attributeNamed("command_attribute", "string"),
      argumentAttribute: attributeNamed("arg_attribute", "list[string]"),
      flagAttribute: attributeNamed("flag_attribute", "dict[string, string]"),
      defaultCommand: defaultCommand === "" || defaultCommand === "?" ? undefined : defaultCommand,
      showDocOnError: this.bool(section, "show_doc_on_err", true),
    };
  }
}

function automaticHelp(parentPath: string): CommandSpec {
  return {
    name: "help",
    path: parentPath === "" ? "help" : `${parentPath}.help`,
    aliases: [],
    minimum: 0,
    maximum: unlimited,
    doc: "",
    shortdoc: "",
    argumentName: "TOPIC",
    callback: undefined,
    subCommandMandatory: false,
    ignoreAllFlags: false,
    ignoreBadFlags: true,
    dashArgSpaceOptional: true,
    colonOk: true,
    spaceOk: true,
    flagsFirst: false,
    automatic: true,
    flags: [],
    commands: [],
    topics: {},
    location: undefined,
  };
}

/**
 * Reads the command-line specification at a dotted path of a store. Faults are codes C4M-G101 to G113 (and C4M-S002 for a property of
 * the wrong type), with `kind` set; C4M-G111 if there is no section at the path.
 */
export function buildCommandLine(
  path: string,
  around: SpecSurroundings,
): BuiltCommandLine | { readonly spec: undefined; readonly diagnostics: readonly Diagnostic[] } {
  const section = lookup(around.store, path.split("."));
  if (section?.kind !== "section") {
    return {
      spec: undefined,
      diagnostics: [
        diagnostic("C4M-G111", undefined, `there is no command-line specification at '${path}'`, {
          path,
          kind: "spec-unknown-property",
        }),
      ],
    };
  }
  const reader = new SpecReader(around);
  const spec = reader.readAll(section, path);
  return { spec, diagnostics: reader.diagnostics };
}
