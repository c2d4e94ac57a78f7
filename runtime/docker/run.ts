/**
 * `chalk docker` from the command line to the exit status (`docker.md` 1, 5, 15): what is wrapped, what is passed through, and what happens when something
 * of ours fails. Docker is never run again once it has succeeded, and nothing of ours changes the status that it ended with.
 */
import type { Host } from "../host/host.js";
import { parseJson } from "../json.js";
import { reasonOf } from "../reason.js";
import {
  type BuildCommand,
  type DockerCommand,
  passThroughReason,
  readDockerCommand,
  type TransferCommand,
} from "./arguments.js";
import {
  type BuildServices,
  type DockerLog,
  decodeDockerfile,
  type PreparedBuild,
  prepareBuild,
  readDockerfile,
} from "./build.js";
import { stdinDockerfile } from "./context.js";
import type { DockerEngine, DockerProgram } from "./engine.js";
import { GitRepository } from "./git.js";
import { metadataOf, resolveBuildResult } from "./result.js";
import type { DockerSettings } from "./settings.js";
import { Temporary } from "./temporary.js";

/** What was built, pushed or pulled, for the report. */
export interface Outcome {
  readonly status: number;
  /** Id of the image in the local engine; undefined if it isn't there. */
  readonly localImage: string | undefined;
  /** Plain hex; empty if unknown. */
  readonly configDigest: string;
  readonly references: readonly string[];
  /** Did the command put the image into a registry? */
  readonly pushed: boolean;
}

/** Reports of a command. Both are called at most once, and what they throw is logged. */
export interface Reports {
  /** Everything is done. */
  succeeded(outcome: Outcome): Promise<void>;
  /** The command was run without us. */
  failed(): Promise<void>;
}

export interface BuildSession extends Omit<BuildServices, "temporary" | "host" | "settings" | "log"> {
  /** Logs in to configured registries; failures are logged. */
  logIn(): Promise<void>;
  readonly reports: Reports;
}

/** Reports of a push or pull. */
export interface TransferSession {
  readonly engine: DockerEngine;
  /** Logs in to configured registries; failures are logged. */
  logIn(): Promise<void>;
  /** Pushes the image under the tags that the configuration adds, and returns those; failures are logged. */
  pushExtra(image: string): readonly string[];
  /** Looks at the image; false if it cannot be inspected. */
  scan(image: string): Promise<boolean>;
  readonly reports: Reports;
}

export interface DockerContext {
  readonly host: Host;
  readonly settings: DockerSettings;
  readonly program: DockerProgram;
  readonly log: DockerLog;
  /** Prints a warning that must be seen even if warnings aren't shown. */
  readonly insist: (message: string) => void;
  /** Nothing has to be done after docker: it may take our place. */
  passOn(words: readonly string[]): Promise<number>;
  /** @param repository directory of the repository that a git context was fetched into */
  beginBuild(build: BuildCommand, repository: string | undefined): BuildSession;
  beginTransfer(transfer: TransferCommand): TransferSession;
}

/** Runs a command of docker. The result is our exit status. */
export async function runDocker(words: readonly string[], context: DockerContext): Promise<number> {
  const { host, log } = context;
  let command: DockerCommand = { command: "other", reason: "not understood" };
  try {
    command = readDockerCommand(words, (name) => host.processes.variable(name));
  } catch (error) {
    log("error", `docker: the command line is not understood (${reasonOf(error)}); it is run as it is`);
  }
  if (command.command === "other") return context.passOn(words);
  if (command.command !== "build") return transfer(words, command, context);
  for (const flag of command.unknownFlags) log("trace", `docker: the flag ${flag} is not known`);
  const reason = passThroughReason(command);
  if (reason === undefined) return new WrappedBuild(words, command, context).run();
  log("info", `docker: ${reason}`);
  return context.passOn(words);
}

class WrappedBuild {
  private readonly words: readonly string[];
  private build: BuildCommand;
  private readonly context: DockerContext;
  private readonly temporary: Temporary;
  private session: BuildSession | undefined;
  /** What we have read of standard input. */
  private input: Uint8Array | undefined;

  constructor(words: readonly string[], build: BuildCommand, context: DockerContext) {
    this.words = words;
    this.build = build;
    this.context = context;
    this.temporary = new Temporary(context.host, context.settings.keepTemporary);
  }

  async run(): Promise<number> {
    const { log } = this.context;
    try {
      let prepared: PreparedBuild;
      let status: number;
      try {
        prepared = await this.prepareGuarded();
        log("info", `docker: builds for ${prepared.platforms.join(", ")}`);
        log("trace", `docker: runs: docker ${prepared.words.join(" ")}`);
        if (prepared.notWrapped !== undefined) this.warnNotWrapped(prepared.notWrapped);
        const end = await this.context.program.run(prepared.words, prepared.input);
        ({ status } = end);
        this.session?.engine.forget();
        // Who ends a build does not want another one.
        if (end.interrupted) return status;
      } catch (error) {
        return await this.withoutUs(reasonOf(error));
      }
      if (status !== 0) return await this.withoutUs(`docker ended with status ${status}`);
      await this.report(prepared);
      return 0;
    } finally {
      this.temporary.end();
    }
  }

  private async prepareGuarded(): Promise<PreparedBuild> {
    const unguard = this.temporary.guard();
    try {
      return await this.prepare();
    } finally {
      unguard();
    }
  }

  private async prepare(): Promise<PreparedBuild> {
    const { host, settings, log } = this.context;
    if (this.build.dockerfile === stdinDockerfile) this.input = host.terminal.readAll();
    const { git } = this.build.context;
    const { temporary } = this;
    const repository = git === undefined ? undefined : new GitRepository(git, { host, temporary, secrets: this.build.secrets });
    const text = this.input === undefined ? this.readDockerfile(repository) : decodeDockerfile(this.input);
    this.session = this.context.beginBuild(this.build, repository?.directory);
    log("info", `docker: wraps the build of ${this.build.context.text}`);
    log("trace", `docker: Dockerfile:\n${text}`);
    await this.session.engine.askUsual();
    await this.session.logIn();
    return prepareBuild(this.build, text, { ...this.session, host, settings, log, temporary, repository });
  }

  private readDockerfile(repository: GitRepository | undefined): string {
    if (repository !== undefined) return repository.dockerfile(this.build.dockerfile, this.build.file !== undefined);
    const { path, text } = readDockerfile(this.build, this.context.host);
    this.build = { ...this.build, dockerfile: path };
    return text;
  }

  /** Said aloud if somebody asked for wrapping (16.1). */
  private warnNotWrapped(reason: string): void {
    const { settings, log, insist } = this.context;
    (settings.wrapAsked ? insist : (message: string) => log("warn", message))(`docker: image not wrapped: ${reason}`);
  }

  /** The original command, as if we weren't there. */
  private async withoutUs(reason: string): Promise<number> {
    const { log, program } = this.context;
    log("error", `docker: ${reason}; the command is run without chalk`);
    this.temporary.end();
    const { status } = await program.run(this.words, this.input);
    try {
      await this.session?.reports.failed();
    } catch (error) {
      log("error", `docker: no report: ${reasonOf(error)}`);
    }
    return status;
  }

  private async report(prepared: PreparedBuild): Promise<void> {
    const { log } = this.context;
    try {
      await this.session?.reports.succeeded(this.outcome(prepared, this.session.engine));
    } catch (error) {
      log("error", `docker: the image is built, but the report failed: ${reasonOf(error)}`);
    }
  }

  private outcome({ iidFile, metadataFile, extraTags }: PreparedBuild, engine: DockerEngine): Outcome {
    const { host, log } = this.context;
    const read = (path: string | undefined): string =>
      path !== undefined && host.files.find(path) !== undefined ? host.files.readText(path).trim() : "";
    const iid = read(iidFile);
    const metadataText = read(metadataFile);
    const parsed = metadataText === "" ? undefined : parseJson(metadataText);
    if (parsed !== undefined && !("value" in parsed)) log("warn", "docker: the metadata file is no JSON");
    const metadata = metadataOf(parsed !== undefined && "value" in parsed ? parsed.value : undefined);
    if (iid === "") log("warn", "docker: the build left nothing to inspect; is --load or --push missing?");
    const found = new Set<string>();
    const existsLocally = (id: string): boolean => {
      if (!found.has(id) && engine.inspect("image", `sha256:${id}`) !== undefined) found.add(id);
      return found.has(id);
    };
    const overlayfs = iid !== "" && engine.isOverlayfs;
    const result = resolveBuildResult({ iid, metadata, overlayfs, tags: [...this.build.allTags, ...extraTags], existsLocally });
    return {
      status: 0,
      localImage: result.source === "local" ? result.localId : undefined,
      configDigest: result.configDigest,
      references: result.references,
      pushed: this.build.push,
    };
  }
}

/** Push and pull: docker does what it was told, and the image is reported. */
async function transfer(words: readonly string[], command: TransferCommand, context: DockerContext): Promise<number> {
  const { log, program } = context;
  let session: TransferSession | undefined;
  const look = async (): Promise<void> => {
    try {
      session = context.beginTransfer(command);
      if (await session.scan(command.image)) return;
      log("error", `docker: ${command.image} cannot be inspected; it is not reported`);
    } catch (error) {
      log("error", `docker: ${command.image}: ${reasonOf(error)}`);
    }
    session = undefined;
  };
  log("info", `docker: wraps the ${command.command} of ${command.image}`);
  // What is pushed is here already; what is pulled comes first.
  if (command.command === "push") {
    await look();
    await session?.logIn();
  }
  const { status } = await program.run(words);
  if (status !== 0) return status;
  session?.engine.forget();
  if (command.command === "pull") await look();
  try {
    const pushed = command.command === "push";
    const references = pushed ? (session?.pushExtra(command.image) ?? []) : [];
    await session?.reports.succeeded({ status, localImage: command.image, configDigest: "", references, pushed });
  } catch (error) {
    log("error", `docker: ${command.image}: the report failed: ${reasonOf(error)}`);
  }
  return status;
}
