/**
 * Preparing a wrapped build (`docker.md` 5, steps 2-14): from the command line to the command that is run instead, with everything it needs. Whatever goes
 * wrong here means that the original command is run as if we weren't there; nothing of the user's is changed except for the time of the build, and that is
 * undone by `Temporary`.
 */
import { type Host, HostError } from "../host/host.js";
import type { Json } from "../json.js";
import { environmentLines, labelsOf } from "./added-values.js";
import { type BuildCommand, rewrite } from "./arguments.js";
import { type Additions, amendIgnoreFile, assemble, hasAdditions } from "./assemble.js";
import type { BaseImages, BaseScan } from "./base-images.js";
import { NoBinary } from "./binaries.js";
import { inDirectory, stdinDockerfile } from "./context.js";
import type { DockerfileLines } from "./dockerfile/lines.js";
import type { Dockerfile, Stage } from "./dockerfile/stages.js";
import { canRunFor } from "./emulation.js";
import type { DockerEngine } from "./engine.js";
import { type EvaluatedBuild, evaluateBuild, type PlatformBuild } from "./evaluation.js";
import { copyFromImage } from "./executable-image.js";
import type { ExtraRegistry } from "./extra-registries.js";
import { buildWords, extraTags } from "./extra-tags.js";
import { buildKeys, pathInRepository } from "./facts.js";
import type { GitRepository } from "./git.js";
import { type InjectedFile, InjectionError, Injector } from "./inject.js";
import { normalizedText, type Platform, parsePlatform } from "./platforms.js";
import { isScratch, parseReference } from "./references.js";
import type { Registries } from "./registries.js";
import type { DockerSettings } from "./settings.js";
import type { Temporary } from "./temporary.js";
import { loaderLaunch, NotWrapped, plainLaunch, planWrapping, startsAlike } from "./wrap.js";

export type DockerLog = (level: "error" | "warn" | "info" | "trace", message: string) => void;

/** Where marks and their keys come from. */
export interface BuildMarks {
  /** Collects what there is to say about the build at chalk time; one artifact per platform, with these keys. */
  collect(artifacts: ReadonlyMap<string, ReadonlyMap<string, Json>>): Promise<void>;
  /** A base image that was looked at. */
  base(image: string, scan: BaseScan): Promise<void>;
  /** Keys that become labels: of the host, then of the artifact. */
  labelKeys(): readonly ReadonlyMap<string, Json>[];
  /** A chalk-time key that was collected. */
  key(name: string): Json | undefined;
  /** Text of a platform's mark. */
  mark(platform: string): string;
  /** Keys about what was added; they are in reports only. */
  added(keys: ReadonlyMap<string, Json>): void;
}

/** An executable for images, ready to be copied. */
export interface PreparedBinary {
  /** The file, or with libraries the tree that goes to `/`. */
  readonly path: string;
  readonly isTree: boolean;
}

export interface BuildServices {
  readonly host: Host;
  readonly settings: DockerSettings;
  readonly engine: DockerEngine;
  readonly registries: Registries;
  readonly ownPlatform: Platform;
  readonly temporary: Temporary;
  readonly log: DockerLog;
  readonly logFormat: "plain" | "json";
  readonly marks: BuildMarks;
  /** Directories that are built from. */
  readonly contexts: readonly string[];
  /** Registries that the configuration adds to the user's. */
  readonly extraRegistries: readonly ExtraRegistry[];
  /** Path of the executable for a platform. Throws `NoBinary`. */
  findBinary(platform: Platform): string;
  /** The repository of a git context. */
  readonly repository?: GitRepository | undefined;
  /** Does the finished image have what the executable needs? Undefined: nobody knows. */
  hasLibraries(image: string, binary: string, temporary: Temporary): boolean | undefined;
  /** A copy with our configuration. Throws `NotWrapped`. */
  prepareBinary(path: string, platform: Platform, withLibraries: boolean, temporary: Temporary): PreparedBinary;
  /** A name for what that copy would consist of; undefined if there is none. Absent if the engine shall get no image of it. Throws `NotWrapped`. */
  identifyBinary?(path: string, platform: Platform, withLibraries: boolean, temporary: Temporary): string | undefined;
}

export interface PreparedBuild {
  /** The words of the rewritten command. */
  readonly words: readonly string[];
  /** Standard input of docker; undefined: ours. */
  readonly input: string | undefined;
  readonly iidFile: string;
  readonly metadataFile: string | undefined;
  /** Why the image isn't wrapped although that was wanted. */
  readonly notWrapped: string | undefined;
  readonly platforms: readonly string[];
  readonly dockerfile: Dockerfile;
  readonly instructions: readonly string[];
  /** References that the configuration adds to what is pushed. */
  readonly extraTags: readonly string[];
}

/** The build cannot be prepared: the original command is run. */
export class CannotPrepare extends Error {}

class Preparation {
  private readonly build: BuildCommand;
  private readonly services: BuildServices;
  private readonly text: string;
  private readonly source: DockerfileLines;
  private readonly bases: BaseImages;
  private readonly target: number;
  private readonly platforms: readonly PlatformBuild[];
  private readonly injector: Injector;
  /** Where the files of a git context are, if docker is to take them from there. */
  private readonly checkedOut: string | undefined;
  private readonly helperStages: (readonly string[])[] = [];

  constructor(build: BuildCommand, text: string, services: BuildServices, evaluated: EvaluatedBuild) {
    this.build = build;
    this.text = text;
    this.services = services;
    this.source = evaluated.source;
    this.bases = evaluated.bases;
    this.target = evaluated.target;
    this.platforms = evaluated.platforms;
    for (const warning of this.first.dockerfile.warnings) services.log("error", `docker: ${build.dockerfile}: ${warning}`);
    const { engine, host, temporary, settings } = services;
    const namedContexts = engine.canAddContexts(build.buildArguments.BUILDKIT_SYNTAX ?? this.source.directives.syntax);
    // Files can only be added to a directory.
    this.checkedOut = namedContexts || settings.virtual ? undefined : services.repository?.checkOut();
    this.injector = new Injector({
      host,
      temporary,
      namedContexts,
      canSetMode: engine.hasBuildx,
      contextDirectory: build.context.kind === "directory" ? absolutePath(host, build.context.text) : this.checkedOut,
      updateIgnoreFile: settings.updateIgnoreFile,
      platformCount: this.platforms.length,
    });
  }

  private get first(): PlatformBuild {
    return this.platforms[0] as PlatformBuild;
  }

  private async pins(): Promise<Map<number, string>> {
    const pins = new Map<number, string>();
    for (const stage of this.first.dockerfile.stages) {
      if (stage.parent !== undefined || isScratch(parseReference(stage.image))) continue;
      const images = new Set(this.platforms.map(({ dockerfile }) => dockerfile.stages[stage.index]?.image));
      if (images.size > 1) continue;
      const platforms =
        stage.platform === undefined
          ? this.platforms.map(({ platform }) => platform)
          : [parsePlatform(stage.platform, this.services.ownPlatform)];
      const pinned = await this.bases.pin(stage.image, platforms);
      if (pinned !== undefined) pins.set(stage.index, pinned);
    }
    return pins;
  }

  private async collect(pins: ReadonlyMap<number, string>): Promise<void> {
    const { build, text, target, services } = this;
    const platforms = this.platforms.map(({ platform }) => normalizedText(platform));
    const path = build.context.kind === "git" ? undefined : absolutePath(services.host, build.dockerfile);
    const inRepository = pathInRepository(services.host, build, path, services.contexts);
    const bases = await this.scanBases();
    const keys = this.platforms.map(({ dockerfile }, i) => {
      const platform = platforms[i] as string;
      const sources = { build, text, dockerfile, target, platform, platforms, pins, bases, path, pathInRepository: inRepository };
      return [platform, buildKeys(sources)] as const;
    });
    await services.marks.collect(new Map(keys));
    for (const [image, scan] of bases) await services.marks.base(image, scan);
  }

  /** Looks at the images that stages begin with, each once. */
  private async scanBases(): Promise<Map<string, BaseScan>> {
    const { host, temporary, log } = this.services;
    const bases = new Map<string, BaseScan>();
    for (const { parent, image, platform } of this.first.dockerfile.stages) {
      if (parent !== undefined || bases.has(image)) continue;
      const wanted = platform === undefined ? this.first.platform : parsePlatform(platform, this.services.ownPlatform);
      const scan = await this.bases.scan(image, wanted, host, temporary);
      if (scan === undefined) log("trace", `docker: the base image ${image} cannot be looked at`);
      else bases.set(image, scan);
    }
    return bases;
  }

  /** Instructions that make the image start through chalk. Throws `NotWrapped`. */
  private wrapping(): string[] {
    const { services, target } = this;
    const { settings, engine } = services;
    const { image, platform } = this.first;
    for (const other of this.platforms.slice(1)) {
      const [one, two] = [normalizedText(platform), normalizedText(other.platform)];
      if (!startsAlike(image, other.image)) throw new NotWrapped(`${one} and ${two} have different ENTRYPOINTs or CMDs`);
      if (image.user !== other.image.user) throw new NotWrapped(`${one} and ${two} have different USERs`);
    }
    const plan = planWrapping(image, target, engine.usesBuildKit, {
      wrapCmd: settings.wrapCmd,
      commandNameFromArguments: settings.commandNameFromArguments,
      preparation: this.canPrepare() ? settings.preparation : undefined,
      logFormat: services.logFormat,
    });
    const binaries = this.platforms.map((item) => ({ ...item, binary: services.findBinary(item.platform) }));
    const withLibraries = binaries.some(({ chain, binary }) => this.needsLibraries((chain[0] as Stage).image, binary));
    const launch = withLibraries ? loaderLaunch : plainLaunch;
    const copied = this.copyingFromImage(binaries, withLibraries);
    if (copied !== undefined) return [copied, ...plan.instructions(launch)];
    const files = binaries.map((item): InjectedFile => {
      const prepared = services.prepareBinary(item.binary, item.platform, withLibraries, services.temporary);
      return { platform: normalizedText(item.platform), path: prepared.path, isTree: prepared.isTree };
    });
    const { instructions, helperStage } = this.injector.inject(files, "/chalk", "0755");
    if (helperStage !== undefined) this.helperStages.push(helperStage);
    return [...instructions, ...plan.instructions(launch)];
  }

  /** The instruction that copies the executable out of an image of its own, where the old builder builds. */
  private copyingFromImage(
    binaries: readonly { readonly platform: Platform; readonly binary: string }[],
    withLibraries: boolean,
  ): string | undefined {
    const { services, build } = this;
    const [only] = binaries;
    // With --pull the builder would look for the image in a registry.
    if (services.identifyBinary === undefined || only === undefined || binaries.length > 1 || build.pull) return undefined;
    if (!services.engine.canCopyFromImages) return undefined;
    const copy = [only.binary, only.platform, withLibraries, services.temporary] as const;
    const identity = services.identifyBinary(...copy);
    return identity === undefined
      ? undefined
      : copyFromImage(identity, withLibraries, () => services.prepareBinary(...copy), services);
  }

  /** Can the image be prepared for post-exec, which runs a program in it? */
  private canPrepare(): boolean {
    const { settings } = this.services;
    return (
      settings.preparation !== undefined &&
      canRunFor(
        this.platforms.map(({ platform }) => platform),
        this.services,
      )
    );
  }

  private needsLibraries(image: string, binary: string): boolean {
    const { settings } = this.services;
    if (settings.runtimeLibraries !== "auto") return settings.runtimeLibraries === "always";
    return isScratch(parseReference(image)) || this.services.hasLibraries(image, binary, this.services.temporary) !== true;
  }

  /** The instruction that adds the mark. */
  private marking(): readonly string[] {
    const { marks, temporary } = this.services;
    const files = this.platforms.map(({ platform }): InjectedFile => {
      const name = normalizedText(platform);
      return { platform: name, path: temporary.file("chalk.json", marks.mark(name), 0o444), isTree: false };
    });
    const { instructions, helperStage } = this.injector.inject(files, "/chalk.json", "0444");
    if (helperStage !== undefined) this.helperStages.push(helperStage);
    return instructions;
  }

  /** Runs an attempt to add something; returns why it failed. */
  private attempt(body: () => readonly string[]): { readonly lines: readonly string[]; readonly failure: string | undefined } {
    const stages = this.helperStages.length;
    try {
      return { lines: this.injector.attempt(body), failure: undefined };
    } catch (error) {
      const isExpected = [NotWrapped, InjectionError, NoBinary, HostError].some((kind) => error instanceof kind);
      if (!(error instanceof Error && isExpected)) throw error;
      this.helperStages.length = stages;
      return { lines: [], failure: error.message };
    }
  }

  async run(): Promise<PreparedBuild> {
    const { settings, marks, log, temporary, engine } = this.services;
    const pins = await this.pins();
    await this.collect(pins);
    const labels = labelsOf(this.services, this.source.escapeWith);
    let instructions: readonly string[] = [];
    let notWrapped: string | undefined;
    if (settings.virtual) {
      if (settings.wrapEntrypoint)
        log("warn", "docker: virtual chalk: the image is not wrapped although docker.wrap_entrypoint is true");
    } else {
      instructions = [...labels.map(({ line }) => line), ...environmentLines(this.services, this.source.escapeWith)];
      if (settings.wrapEntrypoint) {
        const { lines, failure } = this.attempt(() => this.wrapping());
        instructions = [...instructions, ...lines];
        notWrapped = failure;
      }
      const { lines, failure } = this.attempt(() => this.marking());
      instructions = [...instructions, ...lines];
      if (failure !== undefined) log("warn", `docker: the chalk mark is not added: ${failure}`);
    }
    const additions: Additions = { helperStages: this.helperStages, pins, instructions };
    const changed = hasAdditions(additions);
    const newText = changed ? assemble(this.first.dockerfile, this.target, additions) : this.text;
    if (changed) log("trace", `docker: Dockerfile that is passed:\n${newText}`);
    marks.added(
      new Map<string, Json>([
        ["DOCKER_FILE_CHALKED", newText],
        ["DOCKER_CHALK_ADDED_TO_DOCKERFILE", [...instructions]],
        ["DOCKER_CHALK_ADDED_LABELS", new Map(labels.map(({ original, value }) => [original, value] as const))],
      ]),
    );
    const passed = this.passDockerfile(newText, changed);
    const iidFile = this.build.iidFile === "" ? temporary.file("iid", "") : this.build.iidFile;
    const metadataFile =
      this.build.metadataFile !== ""
        ? this.build.metadataFile
        : engine.canWriteMetadata
          ? temporary.file("metadata.json", "")
          : undefined;
    const extra = this.extraTags();
    const added = [
      ...(settings.virtual ? labels.flatMap(({ name, value }) => ["--label", `${name}=${value}`]) : []),
      ...this.injector.contextWords,
      ...passed.words,
      ...(this.build.iidFile === "" ? ["--iidfile", iidFile] : []),
      ...(this.build.metadataFile === "" && metadataFile !== undefined ? ["--metadata-file", metadataFile] : []),
      ...extra.words,
    ];
    return {
      words: rewrite(this.build, added, this.checkedOut),
      input: passed.input,
      iidFile,
      metadataFile,
      notWrapped,
      platforms: this.platforms.map(({ platform }) => normalizedText(platform)),
      dockerfile: this.first.dockerfile,
      instructions,
      extraTags: extra.references,
    };
  }

  /** The words for tags of configured registries, if the build pushes; what they leave in the local engine is removed at the end. */
  private extraTags(): { readonly words: readonly string[]; readonly references: readonly string[] } {
    const { marks, log, temporary, engine, extraRegistries } = this.services;
    if (!this.build.push) return { words: [], references: [] };
    const key = (name: string): Json | undefined => marks.key(name);
    const tags = extraTags(extraRegistries, { key, warn: (text) => log("warn", text) });
    const { words, localTags } = buildWords(this.build, tags);
    for (const tag of localTags) temporary.onEnd(() => engine.removeTag(tag));
    return { words, references: tags.map(({ reference }) => reference) };
  }

  /** How docker gets the Dockerfile. One with an ignore file of its own needs a file of its own, too (12.3). */
  private passDockerfile(
    text: string,
    changed: boolean,
  ): { readonly words: readonly string[]; readonly input: string | undefined } {
    const { host, temporary } = this.services;
    const { dockerfile, file, context } = this.build;
    if (!changed && file !== "-" && context.kind !== "git")
      return { words: file === undefined ? [] : ["-f", file], input: undefined };
    const ignoreFile = `${absolutePath(host, dockerfile)}.dockerignore`;
    if (dockerfile === stdinDockerfile || context.kind === "git" || host.files.find(ignoreFile)?.kind !== "file")
      return { words: ["-f", "-"], input: text };
    const name = dockerfile.slice(dockerfile.lastIndexOf("/") + 1);
    const path = temporary.file(name, text);
    const patterns = host.files.readBytes(ignoreFile);
    const amended = this.injector.usesDirectory ? amendIgnoreFile(new TextDecoder().decode(patterns)) : undefined;
    host.files.write(`${path}.dockerignore`, amended ?? patterns);
    return { words: ["-f", path], input: undefined };
  }
}

/** The path as it is from anywhere. */
export function absolutePath(host: Host, path: string): string {
  if (path.startsWith("/") || path === stdinDockerfile) return path;
  return path === "." || path === "" ? host.processes.cwd() : inDirectory(host.processes.cwd(), inDirectory(".", path));
}

/** The Dockerfile of a build from disk: its text, and its path as far as it was given. Throws `CannotPrepare`. */
export function readDockerfile(build: BuildCommand, host: Host): { readonly path: string; readonly text: string } {
  const { context, file, dockerfile } = build;
  const isDirectory = context.kind === "directory";
  if (isDirectory && (context.text === "" || host.files.find(absolutePath(host, context.text))?.kind !== "directory"))
    throw new CannotPrepare(`the context '${context.text}' is no directory`);
  const candidates = [dockerfile, ...(file === undefined && isDirectory ? [inDirectory(context.text, "dockerfile")] : [])];
  const path = candidates.find((candidate) => host.files.find(absolutePath(host, candidate)) !== undefined);
  if (path === undefined) throw new CannotPrepare(`there is no ${dockerfile}`);
  return { path, text: decodeDockerfile(host.files.readBytes(absolutePath(host, path))) };
}

/** The text of a Dockerfile. What isn't UTF-8 could not be given back unchanged, so such files are left to docker. */
export function decodeDockerfile(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CannotPrepare("the Dockerfile is not encoded in UTF-8");
  }
}

/** Prepares a build whose Dockerfile has this text. Throws whatever went wrong: then the original command is run. */
export async function prepareBuild(build: BuildCommand, text: string, services: BuildServices): Promise<PreparedBuild> {
  if (text.trim() === "") throw new CannotPrepare(`${build.dockerfile} is empty`);
  return new Preparation(build, text, services, await evaluateBuild(build, text, services)).run();
}
