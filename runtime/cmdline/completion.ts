/**
 * Completion scripts for shells, made from the specification of the command line, so that they cannot disagree with it. Each script holds a table: for
 * every command its sub-commands, its flags (those of the commands around it included) and what its flags and arguments can be. At run time it walks the
 * words before the cursor to find the command; chalk itself is not called.
 */
import type { CommandLineSpec, CommandSpec, FlagSpec } from "./spec.js";

export const completionShells = ["bash", "zsh", "fish"] as const;
export type CompletionShell = (typeof completionShells)[number];

/** Arguments that are words of a fixed list, by command. */
export type ArgumentWords = Readonly<Record<string, readonly string[]>>;

/** One flag at a command. */
interface FlagEntry {
  readonly spellings: readonly string[];
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly about: string;
}

/** One command, as scripts need it. */
interface CommandEntry {
  /** Names from the top, with blanks. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly aliases: readonly string[]; readonly about: string }[];
  readonly flags: readonly FlagEntry[];
  readonly words: readonly string[];
  /** `exec`: a program comes first. `docker`: everything is somebody else's. */
  readonly foreign: boolean;
}

const dashed = (spelling: string): string => (spelling.length === 1 ? `-${spelling}` : `--${spelling}`);

function flagEntries(flag: FlagSpec): FlagEntry[] {
  const about = (flag.doc.trim().split(/(?<=\.)\s/)[0] ?? "").replace(/\s+/g, " ").replaceAll("`", "").replace(/\.$/, "");
  const takesValue = flag.kind !== "yn" && flag.kind !== "help";
  const entries: FlagEntry[] = [{ spellings: flag.shownYes.map(dashed), takesValue, choices: flag.choices, about }];
  if (flag.kind === "yn" && flag.shownNo.length > 0)
    entries.push({ spellings: flag.shownNo.map(dashed), takesValue: false, choices: [], about: `Not: ${about}` });
  if (flag.choiceFlags)
    for (const choice of flag.choices)
      entries.push({
        spellings: [dashed(choice)],
        takesValue: false,
        choices: [],
        about: `Same as ${dashed(flag.shownYes[0] ?? flag.name)}=${choice}`,
      });
  return entries.filter((entry) => entry.spellings.length > 0);
}

/** Commands that users type. */
const isOffered = (command: CommandSpec): boolean =>
  !command.automatic && command.name !== "__" && command.name !== "login" && command.name !== "logout";

function entries(spec: CommandLineSpec, words: ArgumentWords): readonly CommandEntry[] {
  const visit = (command: CommandSpec, above: readonly FlagEntry[]): CommandEntry[] => {
    const flags = [...command.flags.flatMap(flagEntries), ...above];
    const path = command.path.replaceAll(".", " ");
    const offered = command.commands.filter(isOffered);
    const foreign = command.ignoreAllFlags || command.path === "exec";
    const own: CommandEntry = {
      path,
      commands: offered.map(({ name, aliases, shortdoc }) => ({ name, aliases, about: shortdoc.replace(/\s+/g, " ") })),
      flags: command.ignoreAllFlags ? [] : flags,
      words: words[path] ?? [],
      foreign: foreign && words[path] === undefined,
    };
    return [own, ...offered.flatMap((child) => visit(child, flags))];
  };
  return visit(spec.root, []);
}

/** A word in single quotes for any of the shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const all = (list: readonly CommandEntry[], pick: (flag: FlagEntry) => boolean): readonly string[] => [
  ...new Set(list.flatMap((entry) => entry.flags.filter(pick).flatMap((flag) => flag.spellings))),
];

/** The lines of a `case` that leads from a command and a word to the next command. */
function steps(list: readonly CommandEntry[], indent: string): string[] {
  return list.flatMap(({ path, commands }) =>
    commands.map(({ name, aliases }) => {
      const patterns = [name, ...aliases].map((word) => quoted(`${path}/${word}`)).join("|");
      return `${indent}${patterns}) at=${quoted(path === "" ? name : `${path} ${name}`)} ;;`;
    }),
  );
}

const choiceLines = (list: readonly CommandEntry[], indent: string, body: (choices: string) => string): string[] => {
  const seen = new Map<string, Set<string>>();
  for (const flag of list.flatMap((entry) => entry.flags)) {
    if (flag.choices.length === 0) continue;
    const key = flag.choices.join(" ");
    const names = seen.get(key) ?? new Set<string>();
    for (const spelling of flag.spellings) names.add(spelling);
    seen.set(key, names);
  }
  return [...seen].map(([choices, names]) => `${indent}${[...names].join("|")}) ${body(choices)} ;;`);
};

function bash(program: string, list: readonly CommandEntry[]): string {
  const valued = all(list, (flag) => flag.takesValue);
  const table = list.map((entry) => {
    const flags = entry.flags.flatMap((flag) =>
      flag.spellings
        .filter((spelling) => spelling.startsWith("--"))
        .map((spelling) => (flag.takesValue ? `${spelling}=` : spelling)),
    );
    return `    ${quoted(entry.path)}) commands=${quoted([...entry.commands.map((command) => command.name), ...entry.words].join(" "))} flags=${quoted(flags.join(" "))} foreign=${entry.foreign ? 1 : 0} ;;`;
  });
  return `# bash completion for ${program}; in ~/.bashrc:  source <(${program} completion bash)
_${program}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at='' word previous='' flag='' commands='' flags='' foreign=0 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $previous in
      ${valued.join("|")}) [[ $word == = ]] && continue; previous=''; continue ;;
    esac
    previous=$word
    case "$at/$word" in
${steps(list, "      ").join("\n")}
    esac
  done
  # Words are split at the equals sign.
  if [[ $cur == = ]]; then flag=\${COMP_WORDS[COMP_CWORD-1]} cur=''
  elif [[ \${COMP_WORDS[COMP_CWORD-1]} == = ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}
  else flag=\${COMP_WORDS[COMP_CWORD-1]}
  fi
  case $flag in
${choiceLines(list, "    ", (choices) => `COMPREPLY=($(compgen -W ${quoted(choices)} -- "$cur")); return`).join("\n")}
    ${valued.join("|")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $at in
${table.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  elif ((foreign)); then
    COMPREPLY=($(compgen -c -- "$cur") $(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
    [[ -z $commands || \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _${program} ${program}
`;
}

function zsh(program: string, list: readonly CommandEntry[]): string {
  const described = (name: string, about: string): string => quoted(`${name.replaceAll(":", "\\:")}:${about}`);
  const valued = all(list, (flag) => flag.takesValue);
  const table = list.flatMap((entry) => [
    `    ${quoted(entry.path)})`,
    `      commands=(${[...entry.commands.map(({ name, about }) => described(name, about)), ...entry.words.map((word) => described(word, ""))].join(" ")})`,
    `      flags=(${entry.flags.flatMap((flag) => flag.spellings.map((spelling) => described(spelling, flag.about))).join(" ")})`,
    `      foreign=${entry.foreign ? 1 : 0} ;;`,
  ]);
  return `#compdef ${program}
# zsh completion for ${program}; in ~/.zshrc after compinit:  source <(${program} completion zsh)
_${program}() {
  local at='' word='' previous='' flag='' i foreign=0
  local -a commands flags
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case $previous in
      (${valued.join("|")}) previous=''; continue ;;
    esac
    previous=$word
    case "$at/$word" in
${steps(list, "      ").join("\n")}
    esac
  done
  flag=\${words[CURRENT-1]}
  if [[ $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi
  case $flag in
${choiceLines(list, "    ", (choices) => `compadd -- ${choices}; return`).join("\n")}
    ${valued.join("|")}) _files; return ;;
  esac
  case $at in
${table.join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o -t flags flag flags
  elif ((foreign)); then
    _alternative 'commands:program:_command_names -e' 'files:file:_files'
  else
    (( \${#commands} )) && _describe -t commands command commands
    _files
  fi
}
if [[ \${funcstack[1]} == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function fish(program: string, list: readonly CommandEntry[]): string {
  const text = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const valued = all(list, (flag) => flag.takesValue);
  const lines: string[] = [];
  for (const entry of list) {
    const at = `-n ${text(`__${program}_at ${text(entry.path)}`)}`;
    for (const { name, about } of entry.commands)
      lines.push(`complete -c ${program} ${at} -f -a ${text(name)} -d ${text(about)}`);
    if (entry.words.length > 0) lines.push(`complete -c ${program} ${at} -f -a ${text(entry.words.join(" "))}`);
    if (entry.foreign) lines.push(`complete -c ${program} ${at} -a '(__fish_complete_command)'`);
    for (const flag of entry.flags) {
      const names = flag.spellings
        .map((spelling) => (spelling.startsWith("--") ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`))
        .join(" ");
      const value =
        flag.choices.length > 0 && flag.takesValue ? ` -x -a ${text(flag.choices.join(" "))}` : flag.takesValue ? " -r" : "";
      lines.push(`complete -c ${program} ${at} ${names}${value} -d ${text(flag.about)}`);
    }
  }
  const walk = list.flatMap(({ path, commands }) =>
    commands.map(
      ({ name, aliases }) =>
        `            case ${[name, ...aliases].map((word) => text(`${path}/${word}`)).join(" ")}\n                set at ${text(path === "" ? name : `${path} ${name}`)}`,
    ),
  );
  return `# fish completion for ${program}:  ${program} completion fish > ~/.config/fish/completions/${program}.fish
function __${program}_at
    set -l at ''
    set -l previous ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$previous" ${valued.join(" ")}
            set previous ''
            continue
        end
        set previous $word
        switch "$at/$word"
${walk.join("\n")}
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}

const writers: Readonly<Record<CompletionShell, (program: string, list: readonly CommandEntry[]) => string>> = {
  bash,
  zsh,
  fish,
};

/** The script for a shell. `words`: fixed words that a command takes as arguments, by its names with blanks. */
export function completionScript(
  shell: CompletionShell,
  program: string,
  spec: CommandLineSpec,
  words: ArgumentWords = {},
): string {
  return writers[shell](program, entries(spec, words));
}
