/** Articles about specifications of command lines with faults (family G, from G101; `getopts.md` 1.5). */
import { type Article, defineArticles, type Example } from "./article.js";

/** A specification with nothing typed. */
const spec = (config: string): Example => ({ config, argv: [] });
const getopts = (body: string): Example => spec(`getopts {\n${body.replace(/^/gm, "  ").trimEnd()}\n}\n`);

export const commandLineFaultArticles: readonly Article[] = defineArticles([
  [
    "C4M-G101",
    "Two flags of one command have a spelling in common: a name, an alias, the form with a prefix such as no-, or a choice that is a flag of its own. _ and - count as the same. If a command and its parent share an alias, it is a warning, and the command's own flag wins.",
    getopts('flag_yn color { yes_aliases: ["c"] }\nflag_arg config { aliases: ["c"] }\n'),
    getopts('flag_yn color { yes_aliases: ["c"] }\nflag_arg config { aliases: ["f"] }\n'),
  ],
  [
    "C4M-G102",
    "Two commands side by side have a name or an alias in common, so that the word would not tell which one is meant. Rename one of them, or drop the alias. Commands of different parents may share names.",
    getopts('command copy { aliases: ["c"] }\ncommand check { aliases: ["c"] }\n'),
    getopts('command copy { aliases: ["cp"] }\ncommand check { aliases: ["c"] }\n'),
  ],
  [
    "C4M-G103",
    "A flag with choices needs at least two of them. For one with several values, min is at least 1 and below the number of choices, and max is neither below min nor above the number of choices.",
    getopts('flag_choice color { choices: ["always"] }\n'),
    getopts('flag_choice color { choices: ["always", "never"] }\n'),
  ],
  [
    "C4M-G104",
    "args is a tuple of the least and the largest number of arguments. Neither is negative, and the first is not above the second; high() means that there is no limit.",
    getopts("command copy { args: (3, 2) }\n"),
    getopts("command copy { args: (2, 3) }\n"),
  ],
  [
    "C4M-G105",
    "A command with ignore_all_flags takes every word as an argument, so it can have neither flags nor sub-commands, and ignore_bad_flags means nothing for it. Declare flags of the whole program at the top level. If only unknown flags should pass, use ignore_bad_flags instead.",
    getopts("command run {\n  ignore_all_flags: true\n  flag_yn verbose { }\n}\n"),
    getopts("flag_yn verbose { }\ncommand run {\n  ignore_all_flags: true\n  args: (0, high())\n}\n"),
  ],
  [
    "C4M-G106",
    "The same prefix makes the form of a yes/no flag that switches it on and the one that switches it off. Remove it from one of the lists.",
    getopts('default_yes_prefixes: ["with"]\ndefault_no_prefixes: ["with"]\n'),
    getopts('default_yes_prefixes: ["with"]\ndefault_no_prefixes: ["without"]\n'),
  ],
  [
    "C4M-G107",
    "The callback names a function that does not exist with the right parameters. The callback of a flag takes its value (bool, string or list[string]) and returns a string, that of a command takes the list of arguments.",
    getopts("flag_arg port { callback: func check_port }\n"),
    spec('func check_port(port: string) { return "" }\ngetopts {\n  flag_arg port { callback: func check_port }\n}\n'),
  ],
  [
    "C4M-G108",
    "An attribute that is to receive a flag, the command or its arguments is a section, or has a type that does not fit: a yes/no flag sets a bool, other flags a string or list[string]. The attributes for command and arguments must exist before.",
    spec('limit: 5\ngetopts {\n  flag_arg limit { field_to_set: "limit" }\n}\n'),
    spec('limit: "5"\ngetopts {\n  flag_arg limit { field_to_set: "limit" }\n}\n'),
  ],
  [
    "C4M-G109",
    'error_command is a word that is reserved for errors, "error" if nothing else is said, and a command has the same name. Rename one of the two.',
    getopts("command error { }\n"),
    getopts('error_command: "failed"\ncommand error { }\n'),
  ],
  [
    "C4M-G110",
    "A topic is a text that help shows under a name: a string, whose name is not that of a command, since help would not know which one is asked for. The documentation of a command itself is its doc.",
    getopts('command copy { }\ntopics {\n  copy: "All about copying"\n}\n'),
    getopts('command copy { }\ntopics {\n  copying: "All about copying"\n}\n'),
  ],
  [
    "C4M-G111",
    "The specification of a command line has no property or section of this name here. Check the spelling, and whether it belongs to the program, a command or a flag.",
    getopts("command copy { argz: (1, 2) }\n"),
    getopts("command copy { args: (1, 2) }\n"),
  ],
  [
    "C4M-G112",
    "A flag is known by its name throughout the program. So a command cannot declare a flag that a command above it has, and commands side by side can share a flag only if it is of the same kind in both.",
    getopts("flag_yn force { }\ncommand copy {\n  flag_yn force { }\n}\n"),
    getopts("flag_yn force { }\ncommand copy {\n  flag_yn overwrite { }\n}\n"),
  ],
  [
    "C4M-G113",
    "Names of commands and their aliases contain no dot, because dots join the names of nested commands, as in extract.images. To nest a command, declare it inside the other.",
    getopts('command "copy.all" { }\n'),
    getopts("command copy_all { }\n"),
  ],
]);
