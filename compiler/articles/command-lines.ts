/** Articles about command lines that do not fit their specification (family G, up to G015; `getopts.md`). */
import { defineArticles, type Example } from "./article.js";

/** A program with two commands, and what is typed after its name. */
const typed = (line: string): Example => ({
  config: `getopts {
  flag_yn verbose { }
  flag_choice color { choices: ["always", "never"] }
  flag_multi_choice show { choices: ["name", "size", "date"]; max: 2 }
  command copy {
    args: (2, 3)
    flag_arg mode { }
  }
  command list {
    args: (0, 1)
  }
}
`,
  argv: line === "" ? [] : line.split(" "),
});

/** A program without commands. */
const withConfig = (config: string, ...argv: string[]): Example => ({ config, argv });

export const commandLineArticles = defineArticles([
  [
    "C4M-G001",
    "No flag is spelled like this, neither for the command nor for the whole program; flags cannot be abbreviated. Close spellings are suggested. Letters after a single dash are short flags, one by one, if the word is not a flag as a whole. To pass a word that begins with a dash as an argument, put -- before it.",
    typed("copy --mod fast a b"),
    typed("copy --mode fast a b"),
  ],
  [
    "C4M-G002",
    "The flag needs a value, in the same word after = or in the next word, and there is none. A next word that begins with a dash is taken for a flag: write --flag=-value if you mean it as the value.",
    typed("copy a b --mode"),
    typed("copy a b --mode fast"),
  ],
  [
    "C4M-G003",
    "The flag is either given or not, it takes no value. To switch it off there is usually a second spelling, such as --no-verbose.",
    typed("list --verbose=false"),
    typed("list --no-verbose"),
  ],
  [
    "C4M-G004",
    "The flag takes one of a few values, which the message lists, and this is none of them. Values cannot be abbreviated, and case counts.",
    typed("list --color=Never"),
    typed("list --color=never"),
  ],
  [
    "C4M-G005",
    "The flag takes several of its values, and here are fewer or more than it allows. They are separated by commas, or the flag is given several times.",
    typed("list --show=name,size,date"),
    typed("list --show=name,size"),
  ],
  [
    "C4M-G006",
    "The flag is given twice, perhaps under two of its spellings. Only flags for lists of values may be repeated. Remove one, also if both say the same.",
    typed("list --verbose --no-verbose"),
    typed("list --verbose"),
  ],
  [
    "C4M-G007",
    "The flag exists, but it belongs to another command, which the hint names. Leave it out, or use that command.",
    typed("--mode fast list"),
    typed("copy --mode fast a b"),
  ],
  [
    "C4M-G008",
    "The command needs more arguments than were given. Flags and their values do not count as arguments. The command's help shows what is expected: add --help, or the word help after the command.",
    typed("copy a"),
    typed("copy a b"),
  ],
  [
    "C4M-G009",
    "The command takes fewer arguments than were given. A file name with blanks needs quotes in the shell, and a pattern such as *.txt may have become many words.",
    typed("list a b"),
    typed("list a"),
  ],
  [
    "C4M-G010",
    "The program needs a command, and there is none of this name; or the command needs a further one. Commands cannot be abbreviated. Close names are suggested.",
    typed("cpy a b"),
    typed("copy a b"),
  ],
  [
    "C4M-G011",
    "No command was given, the arguments fit several, and no default decides. Name the command that you mean.",
    withConfig(
      'cmd: ""\ngetopts {\n  command_attribute: "cmd"\n  command show { args: (0, 1) }\n  command check { args: (0, 1) }\n}\n',
      "report.txt",
    ),
    withConfig(
      'cmd: ""\ngetopts {\n  command_attribute: "cmd"\n  command show { args: (0, 1) }\n  command check { args: (0, 1) }\n}\n',
      "show",
      "report.txt",
    ),
  ],
  [
    "C4M-G012",
    "No command was given, so the default one was assumed, and it does not accept this line. Type the command to see what exactly is wrong, or name another one.",
    withConfig(
      'cmd: "remove"\ngetopts {\n  command_attribute: "cmd"\n  command show { args: (0, 1) }\n  command check { args: (0, 1) }\n  command remove { args: (2, 3) }\n}\n',
      "report.txt",
    ),
    withConfig(
      'cmd: "show"\ngetopts {\n  command_attribute: "cmd"\n  command show { args: (0, 1) }\n  command check { args: (0, 1) }\n  command remove { args: (2, 3) }\n}\n',
      "report.txt",
    ),
  ],
  [
    "C4M-G013",
    "A function of the configuration looks at the value of this flag, and refused it; the message is its own. Nothing has been changed, not even by the flags before it.",
    withConfig(
      'func check_port(port: string) {\n  if port == "0" { return "the port must not be 0" }\n  return ""\n}\ngetopts {\n  flag_arg port { callback: func check_port }\n}\n',
      "--port=0",
    ),
    withConfig(
      'func check_port(port: string) {\n  if port == "0" { return "the port must not be 0" }\n  return ""\n}\ngetopts {\n  flag_arg port { callback: func check_port }\n}\n',
      "--port=80",
    ),
  ],
  [
    "C4M-G014",
    "The value of this flag goes into an attribute, but the configuration has a section of that name, so it cannot be set. Either the specification of the flag or the configuration must use another name.",
    withConfig(
      'func open_limit(value: bool) {\n  limit.size = 5\n  return ""\n}\ngetopts {\n  flag_yn prepare { callback: func open_limit }\n  flag_arg limit { field_to_set: "limit" }\n}\n',
      "--prepare",
      "--limit=5",
    ),
    withConfig('getopts {\n  flag_arg limit { field_to_set: "limit" }\n}\n', "--limit=5"),
  ],
  [
    "C4M-G015",
    "The value of this flag goes into an attribute of another type. Flags give strings, lists of strings or truth values; the specification of the flag and the attribute must agree, or a callback must convert the value.",
    withConfig(
      'func fix_limit(value: bool) {\n  size = 5\n  return ""\n}\ngetopts {\n  flag_yn prepare { callback: func fix_limit }\n  flag_arg limit { field_to_set: "size" }\n}\n',
      "--prepare",
      "--limit=5",
    ),
    withConfig('size: "1"\ngetopts {\n  flag_arg limit { field_to_set: "size" }\n}\n', "--limit=5"),
  ],
]);
