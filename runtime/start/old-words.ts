/** Command lines of older releases, read as today's (`facts/legacy.json`, commands and flags). */
import { keyFileParts } from "../../compiler/legacy/key-file.js";
import { legacyCommands, legacyFlags } from "../../compiler/legacy/table.js";

export interface ModernArguments {
  readonly argv: readonly string[];
  /** What was read differently; for trace messages. */
  readonly notes: readonly string[];
  /** Settings that old flags stand for, by path. */
  readonly settings: ReadonlyMap<string, string | readonly string[]>;
  /** The second word of `setup gen` or `setup load`. */
  readonly setupForm?: SetupForm;
}

/** `gen`: make keys without looking for existing ones; `load`: use existing ones, make none. */
export type SetupForm = "gen" | "load";

const setupForms: Readonly<Record<string, SetupForm>> = { "setup gen": "gen", "setup load": "load" };

/** Old first words (and words after `extract` and `setup`), old flags up to `--`; the words of `exec` and `docker` are never touched. */
export function modernArguments(argv: readonly string[]): ModernArguments {
  const notes: string[] = [];
  const settings = new Map<string, string | readonly string[]>();
  const words: string[] = [];
  let setupForm: SetupForm | undefined;
  const first = argv.findIndex((word) => !word.startsWith("-"));
  const command = first < 0 ? "" : (argv[first] as string);
  let end = argv.length;
  if (command === "exec" || command === "docker") end = first;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (i >= end || word === "--") {
      words.push(...argv.slice(i));
      break;
    }
    const pair = `${word} ${argv[i + 1] ?? ""}`;
    const replacement =
      i !== first
        ? undefined
        : Object.hasOwn(legacyCommands, pair)
          ? pair
          : Object.hasOwn(legacyCommands, word)
            ? word
            : undefined;
    if (replacement !== undefined) {
      const now = legacyCommands[replacement] as readonly string[];
      words.push(...now);
      if (replacement === pair) i++;
      setupForm = setupForms[replacement];
      notes.push(`'${replacement}' is spelled '${now.join(" ")}' now`);
      continue;
    }
    const flag = /^--([^=:]+)(.*)$/.exec(word);
    const known =
      flag === null ? undefined : Object.hasOwn(legacyFlags, flag[1] as string) ? legacyFlags[flag[1] as string] : undefined;
    if (flag === null || known === undefined) {
      words.push(word);
      continue;
    }
    if (known.keyFile === true) {
      const path = flag[2] === "" ? (argv[++i] ?? "") : (flag[2] as string).slice(1);
      const { filename, directory } = keyFileParts(path);
      settings.set("attestation.attestation_key_embed.filename", filename);
      settings.set("attestation.attestation_key_embed.save_path", directory);
      settings.set("attestation.attestation_key_embed.get_paths", [directory]);
      notes.push(`--${flag[1]} is spelled as settings of attestation.attestation_key_embed now`);
      continue;
    }
    notes.push(known.to === null ? `--${flag[1]} has no effect any more` : `--${flag[1]} is spelled --${known.to} now`);
    if (known.to !== null) words.push(`--${known.to}${flag[2]}`);
    else if (known.values === 1 && flag[2] === "") i++;
  }
  return { argv: words, notes, settings, ...(setupForm === undefined ? {} : { setupForm }) };
}
