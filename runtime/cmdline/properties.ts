/**
 * The properties of every section of a command-line specification, their types and defaults: the one table from which the reader of
 * specifications (`build.ts`) and its checks derive (`getopts.md` 1.1-1.3). `configs/getopts.c42spec` states the same for the schema engine; a
 * test compares the two.
 */
import type { FlagKind } from "./spec.js";

export type PropertyType = "bool" | "int" | "string" | "list[string]" | "tuple[int, int]" | "func";

export type SectionKind =
  | "getopts"
  | "command"
  | "flag_yn"
  | "flag_help"
  | "flag_choice"
  | "flag_multi_choice"
  | "flag_arg"
  | "flag_multi_arg";

const help: Record<string, PropertyType> = { doc: "string", shortdoc: "string" };
const parsing: Record<string, PropertyType> = {
  ignore_bad_flags: "bool",
  dash_arg_space_optional: "bool",
  colon_ok: "bool",
  space_ok: "bool",
};
const flag: Record<string, PropertyType> = { doc: "string", callback: "func", field_to_set: "string" };
const choice: Record<string, PropertyType> = {
  ...flag,
  aliases: "list[string]",
  choices: "list[string]",
  add_choice_flags: "bool",
};
const argument: Record<string, PropertyType> = { ...flag, aliases: "list[string]", optional_arg: "bool" };

/** Properties by kind of section. */
export const properties: Readonly<Record<SectionKind, Readonly<Record<string, PropertyType>>>> = {
  getopts: {
    ...help,
    ...parsing,
    args: "tuple[int, int]",
    arg_name: "string",
    command_attribute: "string",
    arg_attribute: "string",
    flag_attribute: "string",
    default_command: "string",
    default_yes_prefixes: "list[string]",
    default_no_prefixes: "list[string]",
    show_doc_on_err: "bool",
    error_command: "string",
    add_help_commands: "bool",
  },
  command: {
    ...help,
    ...parsing,
    args: "tuple[int, int]",
    arg_name: "string",
    aliases: "list[string]",
    callback: "func",
    arg_sub_mutex: "bool",
    ignore_all_flags: "bool",
    flags_first: "bool",
  },
  flag_yn: {
    ...flag,
    shortdoc: "string",
    yes_aliases: "list[string]",
    no_aliases: "list[string]",
    yes_prefixes: "list[string]",
    no_prefixes: "list[string]",
  },
  flag_help: { doc: "string", names: "list[string]" },
  flag_choice: choice,
  flag_multi_choice: { ...choice, min: "int", max: "int" },
  flag_arg: argument,
  flag_multi_arg: { ...argument, comma_delimited: "bool" },
};

/** What a kind of flag section declares: its kind, the type of its value, and the signature of its callback. */
export const flagSections: Readonly<
  Record<
    Exclude<SectionKind, "getopts" | "command">,
    { readonly kind: FlagKind; readonly valueType: string; readonly callback: string }
  >
> = {
  flag_yn: { kind: "yn", valueType: "bool", callback: "(bool) -> string" },
  flag_help: { kind: "help", valueType: "bool", callback: "(bool) -> string" },
  flag_choice: { kind: "choice", valueType: "string", callback: "(string) -> string" },
  flag_multi_choice: { kind: "multi-choice", valueType: "list[string]", callback: "(list[string]) -> string" },
  flag_arg: { kind: "arg", valueType: "string", callback: "(string) -> string" },
  flag_multi_arg: { kind: "multi-arg", valueType: "list[string]", callback: "(list[string]) -> string" },
};

/** Signature of a command's callback; its result is ignored. */
export const commandCallback = "(list[string]) -> `result";
