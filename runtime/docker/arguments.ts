/**
 * What a docker command line asks for (`docker.md` 1.4, 2): which command it is, and of builds, pushes and pulls all that chalk needs to know. Nothing is
 * looked up on disk here.
 */
import { type BuildContext, contextOf, dockerfilePath } from "./context.js";
import { booleanOf, csvFields, FlagError, type FlagTable, flagTable, type ParsedFlags, readFlags } from "./flags.js";
import { displayForm, parseReference } from "./references.js";

const globalFlags = flagTable("config context host log-level tlscacert tlscert tlskey", "debug tls tlsverify version help", {
  c: "context",
  D: "debug",
  H: "host",
  l: "log-level",
  v: "version",
  h: "help",
});
const buildxFlags = flagTable("builder", "debug help", { D: "debug", h: "help" });
const buildFlags = flagTable(
  `add-host allow annotation attest build-arg build-context builder cache-from cache-to call cgroup-parent cpu-period cpu-quota cpu-shares cpuset-cpus
  cpuset-mems file iidfile isolation label memory memory-swap metadata-file network no-cache-filter output output-type platform policy progress
  provenance sbom secret security-opt shm-size ssh tag target ulimit`,
  "check compress disable-content-trust force-rm help load no-cache pull push quiet rm squash",
  { c: "cpu-shares", f: "file", h: "help", m: "memory", o: "output", q: "quiet", t: "tag" },
);
const transferFlags = flagTable("platform", "all-tags disable-content-trust quiet help", {
  a: "all-tags",
  q: "quiet",
  h: "help",
});

export interface Secret {
  readonly src?: string;
  readonly env?: string;
}

export interface BuildCommand {
  readonly command: "build";
  readonly buildx: boolean;
  readonly context: BuildContext;
  /** As given; undefined without `-f`. */
  readonly file: string | undefined;
  /** Where the Dockerfile is: a path, `:stdin:`, or the path inside a git context. */
  readonly dockerfile: string;
  readonly tags: readonly string[];
  readonly allTags: readonly string[];
  readonly platforms: readonly string[];
  readonly target: string;
  readonly builder: string;
  readonly iidFile: string;
  readonly metadataFile: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly extraContexts: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly outputs: readonly Readonly<Record<string, string>>[];
  readonly push: boolean;
  readonly load: boolean;
  /** Images that are built on are fetched anew. */
  readonly pull: boolean;
  /** The command line without `-f`, and where flags can be added in it. */
  readonly remaining: readonly string[];
  readonly insertAt: number;
  /** Global flags, which choose the engine. */
  readonly globals: readonly string[];
  readonly unknownFlags: readonly string[];
}

export interface TransferCommand {
  readonly command: "push" | "pull";
  readonly image: string;
  readonly allTags: boolean;
  readonly platform: string;
  readonly globals: readonly string[];
}

/** A command that chalk leaves alone. */
export interface OtherCommand {
  readonly command: "other";
  readonly reason: string;
}

export type DockerCommand = BuildCommand | TransferCommand | OtherCommand;

const other = (reason: string): OtherCommand => ({ command: "other", reason });

/** Values of flags by name. */
class Values {
  private readonly byName = new Map<string, string[]>();
  constructor(uses: ParsedFlags["uses"]) {
    for (const { name, value } of uses) {
      const list = this.byName.get(name);
      if (list === undefined) this.byName.set(name, [value]);
      else list.push(value);
    }
  }
  all(name: string): readonly string[] {
    return this.byName.get(name) ?? [];
  }
  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }
  isOn(name: string): boolean {
    return booleanOf(this.last(name) ?? "false") === true;
  }
}

function splitPair(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function pairs(values: readonly string[], missing: (name: string) => string | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const text of values) {
    const [name, value = missing(name)] = splitPair(text);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function readSecrets(values: readonly string[], variable: (name: string) => string | undefined): Record<string, Secret> {
  const secrets: Record<string, Secret> = {};
  for (const text of values) {
    const fields = Object.fromEntries(
      csvFields(text)
        .map((field) => splitPair(field))
        .map(([name, value = ""]) => [name.trim().toLowerCase(), value]),
    );
    const { id, type } = fields;
    if (id === undefined || id === "") continue;
    const src = fields.src ?? fields.source;
    const env = fields.env ?? (type === "env" ? (src ?? id) : undefined);
    if (env !== undefined) secrets[id] = { env };
    else if (src !== undefined) secrets[id] = { src };
    else if (variable(id) !== undefined) secrets[id] = { env: id };
  }
  return secrets;
}

function readOutput(text: string): Record<string, string> {
  const fields = csvFields(text);
  if (fields.length === 1 && !text.includes("="))
    return text === "-" ? { type: "tar", dest: "-" } : { type: "local", dest: text };
  return Object.fromEntries(
    fields.map((field) => splitPair(field)).map(([name, value = ""]) => [name.trim().toLowerCase(), value]),
  );
}

/** The positional argument that is the context, among words we may have misunderstood (2.4). */
function findContext({ others }: ParsedFlags): string {
  const positional = others.filter((word) => !word.isFlag);
  if (positional.length === 1) return positional[0]?.text ?? "";
  for (const [i, word] of others.entries()) {
    const before = others[i - 1];
    if (!word.isFlag && !(before?.isFlag === true && before.index === word.index - 1)) return word.text;
  }
  return positional.at(-1)?.text ?? "";
}

const tagged = (text: string): string => displayForm(parseReference(text, "latest"));
const splitList = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

function readBuild(
  words: readonly string[],
  globals: readonly string[],
  start: number,
  buildx: boolean,
  builder: string,
  variable: (name: string) => string | undefined,
): DockerCommand {
  const parsed = readFlags(words, buildFlags, start, { without: new Set(["file"]) });
  const values = new Values(parsed.uses);
  if (values.isOn("help")) return other("help");
  const platforms = values.all("platform").flatMap(splitList);
  const outputs = values.all("output").map(readOutput);
  const ofType = (type: string) => outputs.filter((output) => output.type === type);
  const isTrue = (text: string | undefined): boolean => booleanOf(text ?? "false") === true;
  const tags = values.all("tag").map(tagged);
  const context = contextOf(findContext(parsed));
  const file = values.last("file");
  return {
    command: "build",
    buildx,
    context,
    file,
    dockerfile: dockerfilePath(context, file),
    tags,
    allTags: [...tags, ...ofType("image").flatMap((output) => splitList(output.name ?? "").map(tagged))],
    platforms: platforms.length > 0 ? platforms : splitList(variable("DOCKER_DEFAULT_PLATFORM") ?? ""),
    target: values.last("target") ?? "",
    builder: values.last("builder") ?? builder,
    iidFile: values.last("iidfile") ?? "",
    metadataFile: values.last("metadata-file") ?? "",
    buildArguments: pairs(values.all("build-arg"), variable),
    labels: pairs(values.all("label"), () => ""),
    annotations: pairs(values.all("annotation"), () => ""),
    extraContexts: Object.fromEntries(
      Object.entries(pairs(values.all("build-context"), () => undefined)).filter(([name, value]) => name !== "" && value !== ""),
    ),
    secrets: readSecrets(values.all("secret"), variable),
    outputs,
    push:
      values.isOn("push") ||
      ofType("registry").length > 0 ||
      ofType("image").some((output) => isTrue(output.push) || isTrue(output["push-by-digest"])),
    load: values.isOn("load") || ofType("docker").length > 0,
    pull: values.isOn("pull"),
    remaining: parsed.remaining,
    insertAt: parsed.insertAt,
    globals,
    unknownFlags: parsed.others.filter((word) => word.isFlag).map((word) => word.text),
  };
}

function readTransfer(
  command: "push" | "pull",
  words: readonly string[],
  globals: readonly string[],
  start: number,
): DockerCommand {
  const parsed = readFlags(words, transferFlags, start);
  const values = new Values(parsed.uses);
  if (values.isOn("help")) return other("help");
  const image = parsed.others.find((word) => !word.isFlag)?.text ?? "";
  return { command, image, allTags: values.isOn("all-tags"), platform: values.last("platform") ?? "", globals };
}

/** The next word that is no flag. */
function subCommand(
  words: readonly string[],
  table: FlagTable,
  start: number,
): { readonly name: string; readonly next: number; readonly values: Values } | undefined {
  const parsed = readFlags(words, table, start, { stop: true });
  const name = words[parsed.end];
  if (name === undefined || name === "--") return undefined;
  return { name, next: parsed.end + 1, values: new Values(parsed.uses) };
}

function read(words: readonly string[], variable: (name: string) => string | undefined): DockerCommand {
  const first = subCommand(words, globalFlags, 0);
  if (first === undefined) return other("no command");
  if (first.values.isOn("help") || first.values.isOn("version")) return other("not a command that is wrapped");
  const globals = words.slice(0, first.next - 1);
  const build = (start: number, buildx: boolean, builder: string): DockerCommand =>
    readBuild(words, globals, start, buildx, builder, variable);
  let { name, next } = first;
  if (name === "image") {
    const second = subCommand(words, flagTable("", "help", { h: "help" }), next);
    if (second === undefined || second.values.isOn("help")) return other("not a command that is wrapped");
    ({ name, next } = second);
    if (name === "b") return other("not a command that is wrapped");
  } else if (name === "buildx") {
    const second = subCommand(words, buildxFlags, next);
    if (second?.values.isOn("help") === false && (second.name === "build" || second.name === "b"))
      return build(second.next, true, second.values.last("builder") ?? "");
    return other("not a command that is wrapped");
  }
  if (name === "build" || name === "b") return build(next, false, "");
  if (name === "push" || name === "pull") return readTransfer(name, words, globals, next);
  return other("not a command that is wrapped");
}

/**
 * Reads the words after `chalk docker`. A command line that docker would refuse is one that chalk leaves alone.
 * @param variable environment variables, for build arguments and secrets that take their value from there
 */
export function readDockerCommand(words: readonly string[], variable: (name: string) => string | undefined): DockerCommand {
  try {
    return read(words, variable);
  } catch (error) {
    if (error instanceof FlagError) return other(error.message);
    throw error;
  }
}

/** Why a build is passed through although its command line is understood; undefined if it is wrapped. */
export function passThroughReason({ context }: BuildCommand): string | undefined {
  if (context.kind === "stdin") return "stdin context: passed through";
  return context.kind === "url" ? "remote archive: passed through" : undefined;
}

/** The rewritten command line: without `-f`, another context if one is given, and with words added where flags may stand. */
export function rewrite(build: BuildCommand, added: readonly string[], context?: string): string[] {
  const words = [...build.remaining.slice(0, build.insertAt), ...added, ...build.remaining.slice(build.insertAt)];
  if (context !== undefined) {
    const at = words.indexOf(build.context.text);
    if (at >= 0) words[at] = context;
  }
  return words;
}
