/**
 * The stages of a Dockerfile (`docker.md` 4.2-4.5): what each FROM refers to, and for each stage what decides how its image starts. Everything else in a
 * Dockerfile is copied through as text and not looked at.
 */
import { DockerfileError, type DockerfileLines, type Instruction } from "./lines.js";
import { expandWord, type Lookup, splitWords, UnsupportedSubstitution } from "./words.js";

/** Arguments of ENTRYPOINT and CMD. */
export type Command =
  | { readonly form: "exec"; readonly value: readonly string[] }
  | { readonly form: "shell"; readonly value: string };

export interface User {
  /** Variables substituted. */
  readonly text: string;
  /** False if variables were needed whose values aren't known. */
  readonly resolved: boolean;
}

/** What decides how an image starts, in the order of the Dockerfile. */
export type Setting =
  | { readonly kind: "entrypoint" | "cmd"; readonly command: Command }
  | { readonly kind: "shell"; readonly shell: readonly string[] }
  | { readonly kind: "user"; readonly user: User };

export interface Copy {
  /** As written; empty without `--from`. */
  readonly from: string;
  readonly src: readonly string[];
  readonly dest: string;
}

export interface Stage {
  readonly index: number;
  /** As written; empty if it has none. */
  readonly name: string;
  /** What FROM names, substituted. */
  readonly image: string;
  /** The earlier stage it refers to; undefined: an image. */
  readonly parent: number | undefined;
  readonly platform: string | undefined;
  /** Lines, from 1, inclusive. */
  readonly start: number;
  readonly end: number;
  /** The FROM instruction: its last line, and the text of a line that names another image instead. */
  readonly fromEnd: number;
  readonly withImage: (image: string) => string;
  readonly settings: readonly Setting[];
  readonly copies: readonly Copy[];
  readonly labels: ReadonlyMap<string, string>;
}

export interface Dockerfile extends DockerfileLines {
  readonly stages: readonly Stage[];
  /** For the log. */
  readonly warnings: readonly string[];
}

export interface EvaluationOptions {
  readonly buildArguments: Readonly<Record<string, string>>;
  /** BUILDPLATFORM, TARGETPLATFORM and their parts. */
  readonly platformArguments: Readonly<Record<string, string>>;
  /** Environment of base images that were inspected, by the text of FROM. */
  readonly environments?: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Reads exec form; undefined for shell form. Throws for arrays that hold something else than texts. */
function execForm(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(json)) return undefined;
  if (!json.every((item) => typeof item === "string"))
    throw new DockerfileError("the exec form of an instruction must hold strings only");
  return json;
}

/** The command of an ENTRYPOINT or CMD instruction. */
function readCommand(text: string): Command {
  const list = execForm(text);
  return list === undefined ? { form: "shell", value: text } : { form: "exec", value: list };
}

function readShell(text: string): string[] {
  const shell = execForm(text);
  if (shell === undefined || shell.length === 0) throw new DockerfileError("SHELL needs a JSON array with at least one string");
  return shell;
}

/** What the instruction sets, if it is one of those that count. */
export function settingOf(keyword: string, text: string, expandUser: (text: string) => User): Setting | undefined {
  if (keyword === "ENTRYPOINT") return { kind: "entrypoint", command: readCommand(text) };
  if (keyword === "CMD") return { kind: "cmd", command: readCommand(text) };
  if (keyword === "SHELL") return { kind: "shell", shell: readShell(text) };
  return keyword === "USER" ? { kind: "user", user: expandUser(text) } : undefined;
}

/** What builders set where a base image doesn't. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Variables of a stage, or those before the first FROM. */
class Scope {
  readonly args: Map<string, string | undefined>;
  readonly env: Map<string, string>;
  constructor(args: Iterable<[string, string | undefined]> = [], env: Iterable<[string, string]> = []) {
    this.args = new Map(args);
    this.env = new Map(env);
  }
  readonly lookup: Lookup = (name) => this.env.get(name) ?? this.args.get(name);
}

interface OpenStage extends Omit<Stage, "end" | "settings" | "copies" | "labels"> {
  readonly scope: Scope;
  readonly settings: Setting[];
  readonly copies: Copy[];
  readonly labels: Map<string, string>;
}

class Reader {
  private readonly source: DockerfileLines;
  private readonly options: EvaluationOptions;
  private readonly global: Scope;
  private readonly stages: OpenStage[] = [];
  /** The latest stage of each name. */
  private readonly named = new Map<string, OpenStage>();
  readonly warnings: string[] = [];

  constructor(source: DockerfileLines, options: EvaluationOptions) {
    this.source = source;
    this.options = options;
    this.global = new Scope(Object.entries(options.platformArguments));
  }

  /** Substituted text; variables that nobody declared are noted. */
  private expand(text: string, scope: Scope, place: Instruction): string {
    const { text: result, unset } = expandWord(text, scope.lookup, this.source.escapeWith);
    // An ARG without a value is how people leave a value to the command line.
    for (const name of unset)
      if (!scope.args.has(name)) this.warnings.push(`line ${place.start}: the variable ${name} is not set`);
    return result;
  }

  /** The same for what doesn't stop the build: text that cannot be substituted stays as it is. */
  private expandLeniently(text: string, scope: Scope, place: Instruction): string {
    try {
      return this.expand(text, scope, place);
    } catch (error) {
      if (!(error instanceof UnsupportedSubstitution)) throw error;
      this.warnings.push(`line ${place.start}: ${error.message}`);
      return text;
    }
  }

  /** `NAME=VALUE …` or `NAME the rest`. */
  private pairs(instruction: Instruction, scope: Scope): [string, string][] {
    const words = splitWords(instruction.text, this.source.escapeWith);
    const first = words[0];
    if (first === undefined) return [];
    const expand = (text: string): string => this.expandLeniently(text, scope, instruction);
    if (!first.includes("=")) return [[expand(first), expand(instruction.text.slice(first.length).trim())]];
    return words.map((word) => {
      const equals = word.indexOf("=");
      return equals < 0 ? [expand(word), ""] : [expand(word.slice(0, equals)), expand(word.slice(equals + 1))];
    });
  }

  private declare(instruction: Instruction, scope: Scope, isGlobal: boolean): void {
    for (const word of splitWords(instruction.text, this.source.escapeWith)) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word : word.slice(0, equals);
      const { buildArguments } = this.options;
      const given = Object.hasOwn(buildArguments, name) ? buildArguments[name] : undefined;
      const value = given ?? (equals < 0 ? undefined : this.expandLeniently(word.slice(equals + 1), scope, instruction));
      if (value !== undefined) scope.args.set(name, value);
      else if (isGlobal) scope.args.set(name, this.options.platformArguments[name]);
      else scope.args.set(name, this.global.args.get(name) ?? this.options.platformArguments[name]);
    }
  }

  private from(instruction: Instruction): OpenStage {
    const { text, start } = instruction;
    const words = splitWords(text, this.source.escapeWith);
    let platform: string | undefined;
    let offset = 0;
    while (words[0]?.startsWith("--")) {
      const flag = words.shift() as string;
      offset = text.indexOf(flag, offset) + flag.length;
      if (flag.startsWith("--platform=")) platform = this.expandFrom(flag.slice("--platform=".length), instruction);
      else this.warnings.push(`line ${start}: FROM has no flag ${flag.split("=")[0]}`);
    }
    const [written = "", as, name = ""] = words;
    if (words.length !== 1 && (words.length !== 3 || as?.toUpperCase() !== "AS"))
      throw new DockerfileError(`line ${start}: FROM needs an image and at most AS with a name`);
    offset = text.indexOf(written, offset);
    const image = this.expandFrom(written, instruction);
    if (image === "") throw new DockerfileError(`line ${start}: the name of the image is empty`);
    // Docker would take it for a flag when we ask about it.
    if (image.startsWith("-")) throw new DockerfileError(`line ${start}: the name of an image cannot begin with a dash`);
    const parent = this.named.get(image.toLowerCase());
    const keyword = /\S+/.exec(this.source.lines[start - 1] as string)?.[0] ?? "FROM";
    return {
      index: this.stages.length,
      name,
      image,
      parent: parent?.index,
      platform: platform === "" ? undefined : platform,
      start,
      fromEnd: instruction.end,
      withImage: (other) => `${keyword} ${text.slice(0, offset)}${other}${text.slice(offset + written.length)}`,
      scope:
        parent === undefined
          ? new Scope([], Object.entries({ PATH: defaultPath, ...this.options.environments?.get(image) }))
          : new Scope(parent.scope.args, parent.scope.env),
      settings: [],
      copies: [],
      labels: new Map(),
    };
  }

  private expandFrom(text: string, place: Instruction): string {
    try {
      return this.expand(text, this.global, place);
    } catch (error) {
      if (error instanceof UnsupportedSubstitution) throw new DockerfileError(`line ${place.start}: ${error.message}`);
      throw error;
    }
  }

  private user(text: string, scope: Scope): User {
    try {
      const { text: result, unset } = expandWord(text, scope.lookup, this.source.escapeWith);
      return { text: result, resolved: unset.size === 0 };
    } catch (error) {
      if (!(error instanceof UnsupportedSubstitution)) throw error;
      return { text, resolved: false };
    }
  }

  private copy(instruction: Instruction, scope: Scope): Copy | undefined {
    let rest = instruction.text;
    let from = "";
    for (let match = /^--\S+\s*/.exec(rest); match !== null; match = /^--\S+\s*/.exec(rest)) {
      const flag = match[0].trim();
      if (flag.startsWith("--from=")) from = flag.slice("--from=".length);
      rest = rest.slice(match[0].length);
    }
    let paths: readonly string[] | undefined;
    try {
      paths = execForm(rest);
    } catch {}
    const words =
      paths ?? splitWords(rest, this.source.escapeWith).filter((word) => !instruction.heredocs || !/^\d*<<-?[^<]/.test(word));
    if (words.length < 2) return undefined;
    const expanded = words.map((word) => this.expandLeniently(word, scope, instruction));
    return { from, src: expanded.slice(0, -1), dest: expanded[expanded.length - 1] as string };
  }

  private inStage(instruction: Instruction, stage: OpenStage): void {
    const { keyword, text } = instruction;
    const { scope } = stage;
    const setting = settingOf(keyword, text, (user) => this.user(user, scope));
    if (setting !== undefined) stage.settings.push(setting);
    else if (keyword === "ARG") this.declare(instruction, scope, false);
    else if (keyword === "ENV") for (const [name, value] of this.pairs(instruction, scope)) scope.env.set(name, value);
    else if (keyword === "LABEL") for (const [name, value] of this.pairs(instruction, scope)) stage.labels.set(name, value);
    else if (keyword === "COPY") {
      const copy = this.copy(instruction, scope);
      if (copy !== undefined) stage.copies.push(copy);
    }
  }

  private open(stage: OpenStage): void {
    this.stages.push(stage);
    if (stage.name !== "") this.named.set(stage.name.toLowerCase(), stage);
  }

  run(): Stage[] {
    for (const instruction of this.source.instructions) {
      const current = this.stages[this.stages.length - 1];
      if (instruction.keyword === "FROM") this.open(this.from(instruction));
      else if (current !== undefined) this.inStage(instruction, current);
      else if (instruction.keyword === "ARG") this.declare(instruction, this.global, true);
      else this.warnings.push(`line ${instruction.start}: ${instruction.keyword} before the first FROM`);
    }
    if (this.stages.length === 0) throw new DockerfileError("there is no FROM");
    return this.stages.map(({ scope: _, ...stage }, i) => ({
      ...stage,
      end: (this.stages[i + 1]?.start ?? this.source.lines.length + 1) - 1,
    }));
  }
}

/** Evaluates the stages of a Dockerfile. Throws `DockerfileError` if it cannot be used. */
export function readStages(source: DockerfileLines, options: EvaluationOptions): Dockerfile {
  const reader = new Reader(source, options);
  const stages = reader.run();
  return { ...source, stages, warnings: reader.warnings };
}

/** Index of the stage that is built. Throws `DockerfileError` for an unknown one. */
export function targetStage(stages: readonly Stage[], target: string): number {
  if (target === "") return stages.length - 1;
  const named = stages.findLast((stage) => stage.name !== "" && stage.name.toLowerCase() === target.toLowerCase());
  if (named !== undefined) return named.index;
  const index = /^\d+$/.test(target) ? Number(target) : -1;
  if (stages[index] === undefined) throw new DockerfileError(`the target stage ${target} could not be found`);
  return index;
}

/** The stages from the one whose FROM names an image to the given one. */
export function ancestry(stages: readonly Stage[], index: number): readonly Stage[] {
  const chain: Stage[] = [];
  for (let stage = stages[index]; stage !== undefined; stage = stage.parent === undefined ? undefined : stages[stage.parent])
    chain.push(stage);
  return chain.reverse();
}
