/** Runs a case of `wrap.json`: one `chalk docker …` from command line to exit status, against the stand-in, and compares what docker was given. */

import { footer, header, pinHeader } from "../docker/assemble.js";
import { findBinary } from "../docker/binaries.js";
import type { BuildMarks, DockerLog } from "../docker/build.js";
import { readInstructions } from "../docker/dockerfile/lines.js";
import { ancestry, readStages, type Stage, targetStage } from "../docker/dockerfile/stages.js";
import { type Effective, type EffectiveCommand, effective } from "../docker/effective.js";
import { DockerEngine } from "../docker/engine.js";
import { normalizedText, parsePlatform, platformArguments } from "../docker/platforms.js";
import { parseReference } from "../docker/references.js";
import { Registries } from "../docker/registries.js";
import { runDocker } from "../docker/run.js";
import type { DockerSettings } from "../docker/settings.js";
import { createMemoryHost, type MemoryHost } from "../host/memory-host.js";
import { type Json, parseJson } from "../json.js";
import { type EngineFacts, type ImageFacts, StandInDocker } from "./docker-engine.js";

export interface WrapCase {
  readonly name: string;
  readonly argv: readonly string[];
  readonly dockerfile: string;
  readonly dockerfile_path?: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly base_image_config: Readonly<Record<string, ImageFacts | null>>;
  readonly engine?: EngineFacts;
  readonly binaries?: Readonly<Record<string, string>>;
  readonly chalk_keys?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly expect: Expectation;
}

interface Expectation {
  readonly action: "build" | "passthrough" | "failsafe";
  readonly wrapped: boolean;
  readonly marked: boolean;
  readonly entrypoint?: readonly string[] | null;
  readonly cmd?: readonly string[] | null;
  readonly added?: readonly string[];
  readonly stages_added?: Readonly<Record<string, readonly string[]>>;
  readonly labels_added?: Readonly<Record<string, string>>;
  readonly dockerfile_out?: string;
  readonly argv_out_prefix?: readonly string[];
  readonly argv_out_contains?: readonly string[];
  readonly exit_code?: number;
  readonly docker_runs?: number;
  readonly context_files_during_build?: readonly string[];
  readonly dockerignore_during_build?: string;
  readonly dockerignore_after?: string;
  readonly dockerfile_passed_as?: string;
  readonly virtual_mark_published?: boolean;
  readonly entrypoint_unchanged?: boolean;
  readonly user?: string;
  readonly keys?: Readonly<Record<string, unknown>>;
}

const directory = "/work";
const ownPlatform = { os: "linux", architecture: "amd64", variant: "" };
/** Keys of the mark template `chalk_labels`. */
const labelKeys = [
  "AUTHOR",
  "BRANCH",
  "COMMITTER",
  "COMMIT_ID",
  "DATE_AUTHORED",
  "DATE_COMMITTED",
  "DATE_TAGGED",
  "ORIGIN_URI",
  "TAG",
  "TAGGER",
];

const asJson = (value: unknown): Json => {
  const parsed = parseJson(JSON.stringify(value));
  return "value" in parsed ? parsed.value : null;
};

function settingsOf(given: WrapCase["settings"]): DockerSettings {
  const at = <T>(name: string, fallback: T): T => (given[name] as T | undefined) ?? fallback;
  const map = (name: string): ReadonlyMap<string, string> => new Map(Object.entries(at<Record<string, string>>(name, {})));
  return {
    wrapEntrypoint: at("docker.wrap_entrypoint", false),
    wrapAsked: given["docker.wrap_entrypoint"] !== undefined,
    wrapCmd: at("docker.wrap_cmd", true),
    binaryDirectory: at("docker.arch_binary_locations_path", "~/.local/chalk/bin"),
    binaries: map("docker.arch_binary_locations"),
    downloadBinaries: at("docker.download_arch_binary", true),
    downloadUrls: at("docker.download_arch_binary_urls", []),
    runtimeLibraries: "never",
    labelPrefix: at("docker.label_prefix", "run.crashoverride."),
    labelTemplate: at("docker.label_template", "chalk_labels"),
    customLabels: map("docker.custom_labels"),
    environmentVariables: map("docker.additional_env_vars"),
    updateIgnoreFile: at("docker.update_dockerignore", true),
    reportEmpty: at("docker.report_empty_fields", false),
    reportUnwrapped: at("docker.report_unwrapped_commands", false),
    virtual: at("virtual_chalk", false),
    commandNameFromArguments: at("exec.command_name_from_args", true),
    preparation: at("docker.prep_postexec", false) && at("exec.postexec.run", false) ? ["__", "prep_postexec"] : undefined,
    keepTemporary: false,
    upload: { chunkSize: 1, timeout: 1 },
    tagAttestations: true,
    keepContexts: 0,
    installEmulators: at("docker.install_binfmt", false),
    emulatorImage: at("docker.binfmt_container", "tonistiigi/binfmt"),
  };
}

function machineOf(test: WrapCase): MemoryHost {
  const path = test.dockerfile_path ?? "Dockerfile";
  const files: Record<string, string> = { [`${directory}/tool`]: "", "/usr/local/bin/chalk": "chalk" };
  for (const [name, text] of Object.entries(test.files ?? {})) files[`${directory}/${name}`] = text;
  if (path !== "-") files[`${directory}/${path}`] = test.dockerfile;
  const host = createMemoryHost({
    files,
    environment: test.env ?? {},
    cwd: directory,
    home: "/home/u",
    input: path === "-" ? test.dockerfile : "",
  });
  for (const [platform, place] of Object.entries(test.binaries ?? {})) {
    if (place === "self") continue;
    const target =
      place === "arch_binary_locations_path" ? `/home/u/.local/chalk/bin/chalk-${platform.replaceAll("/", "-")}` : place;
    host.files.makeDirectories(target.slice(0, target.lastIndexOf("/")));
    host.files.write(target, "chalk", 0o755);
    host.files.chmod(target, 0o755);
  }
  return host;
}

/** What a run came to. */
interface Observed {
  readonly status: number;
  readonly docker: StandInDocker;
  readonly host: MemoryHost;
  readonly reported: boolean;
  readonly keys: ReadonlyMap<string, Json>;
}

async function observe(test: WrapCase): Promise<Observed> {
  const host = machineOf(test);
  const docker = new StandInDocker(host, test.engine ?? {}, test.base_image_config);
  const settings = settingsOf(test.settings);
  const keys = new Map<string, Json>();
  let reported = false;
  const log: DockerLog = () => {};
  const marks: BuildMarks = {
    collect: async (artifacts) => {
      for (const artifact of artifacts.values()) for (const [key, value] of artifact) keys.set(key, value);
    },
    base: async () => {},
    labelKeys: () => [
      new Map(
        labelKeys.flatMap((key) => (test.chalk_keys?.[key] === undefined ? [] : [[key, asJson(test.chalk_keys[key])] as const])),
      ),
    ],
    key: (name) => (test.chalk_keys?.[name] === undefined ? undefined : asJson(test.chalk_keys[name])),
    mark: (platform) => `{ "MAGIC" : "dadfedabbadabbed", "DOCKER_PLATFORM" : "${platform}" }`,
    added: (added) => {
      for (const [key, value] of added) keys.set(key, value);
    },
  };
  const status = await runDocker(test.argv, {
    host,
    settings,
    program: docker,
    log,
    insist: () => {},
    passOn: async (words) => (await docker.run(words)).status,
    beginBuild: (build) => {
      const { globals, buildx: isBuildx, builder } = build;
      const engine = new DockerEngine({ host, program: docker, globals, isBuildx, builder, log });
      return {
        engine,
        registries: new Registries({ host, engine, globals, isBuildx, builds: true, log }),
        ownPlatform,
        logFormat: "json",
        marks,
        contexts: [],
        extraRegistries: [],
        logIn: async () => {},
        findBinary: (platform) =>
          findBinary(
            { host, settings, ownPlatform, version: "1.0.0", commit: "c0ffee", isChalk: () => true, log, fetch: () => undefined },
            platform,
          ),
        hasLibraries: () => true,
        prepareBinary: (_path, platform, _libraries, temporary) => ({
          path: temporary.file(`chalk-${platform.os}-${platform.architecture}`, "chalk", 0o755),
          isTree: false,
        }),
        reports: {
          succeeded: async () => {
            reported = true;
          },
          failed: async () => {},
        },
      };
    },
    beginTransfer: () => {
      throw new Error("no case pushes or pulls");
    },
  });
  return { status, docker, host, reported, keys };
}

/** Added lines between the last header and its footer. */
function addedBlocks(text: string): string[][] {
  const blocks: string[][] = [];
  let current: string[] | undefined;
  for (const line of text.split("\n")) {
    if (line === header) current = [];
    else if (line === footer) {
      if (current !== undefined) blocks.push(current);
      current = undefined;
    } else current?.push(line);
  }
  return blocks;
}

const placeholders: readonly (readonly [RegExp, string])[] = [
  [/(--from=chalkcontext\d+ )chalk-[a-z0-9]+-[a-z0-9]+ /g, "$1{BIN} "],
  [/(--from=chalkcontext\d+ )chalk\.json /g, "$1{MARK} "],
  [/--log-format=(json|plain)/g, "--log-format={LOGFMT}"],
];
const withPlaceholders = (text: string): string =>
  placeholders
    .reduce((result, [pattern, by]) => result.replace(pattern, by), text)
    .replaceAll(pinHeader, "{PIN_HEADER}")
    .replaceAll(header, "{HEADER}")
    .replaceAll(footer, "{FOOTER}");

/** The vector that docker makes of a command. */
function vector(command: EffectiveCommand | "unknown" | undefined, legacy: boolean): readonly string[] | null {
  if (command === undefined || command === "unknown") return null;
  if (command.command.form === "exec") return command.command.value;
  return command.command.value === "" && legacy ? null : [...(command.shell ?? []), command.command.value];
}

/** How an image starts that docker would build from a Dockerfile. */
function simulate(test: WrapCase, text: string): Effective {
  const target = test.argv.includes("--target") ? (test.argv[test.argv.indexOf("--target") + 1] ?? "") : "";
  const buildArguments = Object.fromEntries(
    test.argv.flatMap((word, i) => (word === "--build-arg" ? [(test.argv[i + 1] ?? "").split("=") as [string, string]] : [])),
  );
  const platform = parsePlatform(test.engine?.default_platform ?? "linux/amd64", ownPlatform);
  const dockerfile = readStages(readInstructions(text), {
    buildArguments,
    platformArguments: { ...platformArguments(platform), ...platformArguments(platform, "BUILD") },
  });
  const chain = ancestry(dockerfile.stages, targetStage(dockerfile.stages, target));
  const { image } = chain[0] as Stage;
  const named = Object.entries(test.base_image_config).find(
    ([key]) => key === image || parseReference(key).repository === parseReference(image).repository,
  )?.[1];
  const facts = named?.per_platform?.[normalizedText(platform)] ?? named;
  const list = (value: readonly string[] | null | undefined): readonly string[] | undefined => value ?? undefined;
  const base =
    image === "scratch"
      ? {}
      : facts === null || facts === undefined
        ? {}
        : {
            entrypoint: list(facts.entrypoint),
            cmd: list(facts.cmd),
            shell: list(facts.shell),
            user: facts.user,
            onBuild: list(facts.onbuild),
          };
  return effective(chain, base);
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
const differs = (what: string, found: unknown, expected: unknown): string =>
  `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;

/** Runs one case; returns what is wrong. */
export async function runWrapCase(test: WrapCase): Promise<string | undefined> {
  const { expect } = test;
  const seen = await observe(test);
  const { runs } = seen.docker;
  const last = runs[runs.length - 1];
  if (last === undefined) return "docker was not run";
  if (expect.docker_runs !== undefined && runs.length !== expect.docker_runs)
    return differs("runs of docker", runs.length, expect.docker_runs);
  if (expect.exit_code !== undefined && seen.status !== expect.exit_code)
    return differs("exit code", seen.status, expect.exit_code);
  const leftovers = seen.host.files.list("/tmp").filter((name) => name.startsWith("chalk-") && true);
  if (leftovers.length > 0) return differs("left behind", leftovers, []);
  if (expect.action !== "build") {
    if (!same(last.words, test.argv)) return differs("last command", last.words, test.argv);
    if (expect.action === "passthrough" && runs.length !== 1) return differs("runs of docker", runs.length, 1);
    return undefined;
  }
  if (runs.length !== 1) return differs("runs of docker", runs.length, 1);
  const text = last.input ?? last.passedFile ?? test.dockerfile;
  return compareBuild(test, seen, text);
}

function compareBuild(test: WrapCase, seen: Observed, text: string): string | undefined {
  const { expect } = test;
  const [run] = seen.docker.runs;
  if (run === undefined) return "docker was not run";
  const blocks = addedBlocks(text).map((block) => block.map(withPlaceholders));
  const stages = blocks.filter((block) => block[0]?.startsWith("FROM scratch AS ") === true);
  const added = blocks.filter((block) => !stages.includes(block)).flat();
  const image = simulate(test, text);
  const legacy = test.engine?.buildx === false;
  const ignorePath = `${directory}/.dockerignore`;
  const labels = added.filter((line) => line.startsWith("LABEL ")).join("\n");
  const labelsFound = new Map(
    labels === ""
      ? []
      : (
          readStages(readInstructions(`FROM scratch\n${labels}`), { buildArguments: {}, platformArguments: {} })
            .stages[0] as Stage
        ).labels,
  );
  run.words.forEach((word, i) => {
    const [name = "", value = ""] = (run.words[i + 1] ?? "").split(/=(.*)/s);
    if (word === "--label" && !test.argv.includes(run.words[i + 1] ?? "")) labelsFound.set(name, value);
  });
  const checks: readonly (readonly [string, unknown, unknown])[] = [
    ["wrapped", added.some((line) => line.endsWith(" /chalk")), expect.wrapped],
    ["marked", added.some((line) => line.endsWith(" /chalk.json")), expect.marked],
    ["added", added, expect.added],
    ["stages_added", Object.fromEntries(stages.map((stage) => [stage[0]?.split(" AS ")[1] ?? "", stage])), expect.stages_added],
    [
      "entrypoint",
      expect.entrypoint_unchanged ? undefined : vector(image.entrypoint, legacy),
      expect.entrypoint_unchanged ? undefined : expect.entrypoint,
    ],
    [
      "cmd",
      expect.entrypoint_unchanged ? undefined : vector(image.cmd, legacy),
      expect.entrypoint_unchanged ? undefined : expect.cmd,
    ],
    [
      "entrypoint unchanged",
      added.some((line) => line.startsWith("ENTRYPOINT")),
      expect.entrypoint_unchanged === true ? false : undefined,
    ],
    ["user", image.user, expect.user],
    [
      "labels_added",
      Object.fromEntries([...labelsFound].sort()),
      expect.labels_added === undefined ? undefined : Object.fromEntries(Object.entries(expect.labels_added).sort()),
    ],
    ["dockerfile_out", withPlaceholders(text), expect.dockerfile_out],
    ["argv_out_prefix", run.words.slice(0, expect.argv_out_prefix?.length), expect.argv_out_prefix],
    [
      "argv_out_contains",
      expect.argv_out_contains?.every((word) => run.words.includes(word)),
      expect.argv_out_contains === undefined ? undefined : true,
    ],
    [
      "context files",
      [...run.files.keys()].filter((name) => name.endsWith(".chalk") && test.files?.[name] === undefined).sort(),
      expect.context_files_during_build,
    ],
    [
      "context files afterwards",
      seen.host.files.list(directory).filter((name) => name.endsWith(".chalk") && test.files?.[name] === undefined),
      [],
    ],
    [
      "ignore file during the build",
      run.files.get(".dockerignore") === undefined ? undefined : withPlaceholders(run.files.get(".dockerignore") as string),
      expect.dockerignore_during_build,
    ],
    [
      "ignore file afterwards",
      seen.host.files.find(ignorePath) === undefined ? undefined : seen.host.files.readText(ignorePath),
      expect.dockerignore_after,
    ],
    ["dockerfile passed as", run.input === undefined ? "file" : "stdin", expect.dockerfile_passed_as],
    ["virtual mark", seen.reported, expect.virtual_mark_published],
    ...Object.entries(expect.keys ?? {}).map(([key, value]) => [`key ${key}`, plain(seen.keys.get(key)), value] as const),
  ];
  for (const [what, found, expected] of checks)
    if (expected !== undefined && !same(found, expected)) return differs(what, found, expected);
  return undefined;
}

/** A value as plain JSON. */
function plain(value: Json | undefined): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
}
