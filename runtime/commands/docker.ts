/** `chalk docker` (`runtime-core.md` 4.4, `docker.md`): connects the docker side in `runtime/docker/` with configuration, engine and self mark. */
import { checkMark } from "../artifacts/check.js";
import { parseCommandLine } from "../cmdline/parse.js";
import { findBinary } from "../docker/binaries.js";
import { absolutePath } from "../docker/build.js";
import { contextDirectories, namedContexts, stdinDockerfile } from "../docker/context.js";
import { type CopyOptions, copyBinary, identityOfCopy } from "../docker/copy.js";
import { DockerEngine, type DockerProgram } from "../docker/engine.js";
import { readExtraRegistries } from "../docker/extra-registries.js";
import { extraTags, pushExtraTags } from "../docker/extra-tags.js";
import { findDocker, isChalk, isNative } from "../docker/find.js";
import { readImageMark } from "../docker/image-mark.js";
import { isNewEnough, type LibraryNeeds, libcPlaces, libraryNeeds } from "../docker/libraries.js";
import { LibraryMemory } from "../docker/library-memory.js";
import { type LoginServices, logIn } from "../docker/login.js";
import { type Platform, platformOfMachine, samePlatform } from "../docker/platforms.js";
import { programAt } from "../docker/program.js";
import { Registries } from "../docker/registries.js";
import { BuildReport, type ReportServices, TransferReport } from "../docker/reports.js";
import { type DockerContext, runDocker } from "../docker/run.js";
import { readDockerSettings } from "../docker/settings.js";
import { Temporary } from "../docker/temporary.js";
import { type Host, HostError } from "../host/host.js";
import type { SavedParameter } from "../image/state.js";
import type { Json } from "../json.js";
import { isPlainLog, parseLevel } from "../log/index.js";
import { reasonOf } from "../reason.js";
import { signerFor } from "../signing/own-keys.js";
import { createAuths } from "../sinks/auth.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { markContexts, scanContexts } from "./context-scan.js";
import { connectEngine } from "./engine.js";

const commandNotFound = 127;
const downloadTimeout = 60_000;
/** The real docker; undefined, and an error in the log, if there is none. */
function dockerPath(chalk: Chalk, configured: string): string | undefined {
  const path = findDocker({ host: chalk.host, configured, warn: (message) => chalk.logger.warn(message) });
  if (path === undefined)
    chalk.logger.error(
      "docker: docker is needed for this command, and there is no program of that name in PATH; docker_exe names another place",
    );
  return path;
}

/** Docker in our place; as our child where that isn't possible. */
async function becomeDocker(host: Host, path: string, words: readonly string[]): Promise<number> {
  if (host.control.canReplace) host.control.replace(path, [path, ...words], host.processes.environment());
  return (await programAt(host, path).run(words)).status;
}

/** The configuration is broken: docker runs as if chalk weren't there (`docker.md` 1.7). */
export function dockerWithoutUs(chalk: Chalk): number | Promise<number> {
  const path = dockerPath(chalk, "");
  return path === undefined ? commandNotFound : becomeDocker(chalk.host, path, commandArguments(chalk));
}

/** Runs the command; the result is the exit code. */
export async function docker(chalk: Chalk): Promise<number> {
  const { settings, logger, line } = chalk;
  const level = parseLevel(settings.string("docker_log_level", "error"));
  if (level !== undefined && line?.flags.has("log-level") !== true) logger.configure({ level });
  const path = dockerPath(chalk, settings.string("docker_exe", ""));
  if (logger.shows("trace")) traceUnderstanding(chalk);
  return path === undefined ? commandNotFound : runDocker(commandArguments(chalk), contextOf(chalk, path));
}

/** What the command line of docker looks like to chalk (`getopts.md` 9), for people who wonder. */
function traceUnderstanding({ shipped, logger, line }: Chalk): void {
  const outcome = parseCommandLine(shipped.dockerCommandLine(), commandArguments({ line }));
  if (outcome.kind !== "parsed") return;
  const { command, args } = outcome.line;
  // Build arguments and secrets may be confidential: names only.
  const flags = [...outcome.line.flags.keys()].map((name) => `--${name}`);
  logger.trace(
    `docker: command ${command === "" ? "(none)" : command}, flags ${flags.join(" ") || "(none)"}, arguments ${(args.get(command) ?? []).join(" ") || "(none)"}`,
  );
}

function contextOf(chalk: Chalk, path: string): DockerContext {
  const { host, logger } = chalk;
  const program = programAt(host, path);
  const settings = readDockerSettings(chalk.settings, logger.shows("trace"));
  const log: DockerContext["log"] = (level, message) => logger.log(level, message);
  const extraRegistries = readExtraRegistries(chalk.settings);
  const auths = createAuths(host, () => chalk.settings);
  const loginServices = (globals: readonly string[]): LoginServices => ({ host, program, globals, log, authHeaders: auths });
  const isDirectory = (path: string): boolean => {
    try {
      return host.files.find(path)?.kind === "directory";
    } catch (error) {
      if (error instanceof HostError) return false;
      throw error;
    }
  };
  return {
    host,
    settings,
    program,
    log,
    insist: (message) => {
      const silent = !logger.shows("warn") && logger.settings.level !== "none";
      if (silent) host.terminal.write(2, logger.format("warn", message));
      logger.warn(message);
    },
    passOn: (words) => (settings.reportUnwrapped ? passAndReport(chalk, program, words) : becomeDocker(host, path, words)),
    beginBuild: (build, repository) => {
      const engine = new DockerEngine({
        host,
        program,
        globals: build.globals,
        isBuildx: build.buildx,
        builder: build.builder,
        log,
      });
      const registries = new Registries({ host, engine, globals: build.globals, isBuildx: build.buildx, builds: true, log });
      const contexts = contextDirectories(build.context, build.extraContexts, repository, isDirectory, (text) =>
        log("warn", text),
      );
      const services = reportServices(chalk, engine, registries, settings, contexts);
      const report = new BuildReport(
        services,
        build.allTags[0] ?? build.context.text,
        contexts,
        namedContexts(build, isDirectory).map(({ name, directory }) => ({ name, directory: absolutePath(host, directory) })),
        build.context.kind === "git" || build.dockerfile === stdinDockerfile ? undefined : absolutePath(host, build.dockerfile),
      );
      const { sysname, machine } = host.machine.uname();
      const ownPlatform = platformOfMachine(sysname, machine);
      const copyOptions = (platform: Platform, temporary: Temporary): CopyOptions => ({
        host,
        temporary,
        self: chalk.self,
        isSensitive: (parameter) => isSensitive(chalk, parameter),
        orderOf: (key) => services.reports.keyspecs.get(key)?.order,
        isOwn: samePlatform(platform, ownPlatform),
      });
      return {
        engine,
        registries,
        ownPlatform,
        logFormat: isPlainLog(host, chalk.logger.settings) ? "plain" : "json",
        marks: report,
        reports: report,
        contexts,
        extraRegistries,
        logIn: () => logIn(extraRegistries, loginServices(build.globals)),
        findBinary: (platform) =>
          findBinary(
            {
              host,
              settings,
              ownPlatform,
              version: chalk.build.version,
              commit: chalk.build.commit,
              isChalk: (candidate) => isChalk(host, candidate),
              log,
              fetch: (url) => download(host, url),
            },
            platform,
          ),
        hasLibraries: (image, binary, temporary) => hasLibraries(host, engine, image, binary, temporary),
        prepareBinary: (source, platform, withLibraries, temporary) =>
          copyBinary(source, platform, withLibraries, copyOptions(platform, temporary)),
        // A script of that name is a docker of another kind; nobody knows what it does with images.
        ...(isNative(host, path)
          ? {
              identifyBinary: (source, platform, withLibraries, temporary) =>
                identityOfCopy(source, withLibraries, copyOptions(platform, temporary)),
            }
          : {}),
      };
    },
    beginTransfer: (transfer) => {
      const engine = new DockerEngine({ host, program, globals: transfer.globals, isBuildx: false, builder: "", log });
      const registries = new Registries({ host, engine, globals: transfer.globals, isBuildx: false, builds: false, log });
      const report = new TransferReport(reportServices(chalk, engine, registries, settings), transfer.command, transfer.image);
      return {
        engine,
        reports: report,
        logIn: () => logIn(extraRegistries, loginServices(transfer.globals)),
        pushExtra: (image) => {
          const key = (name: string): Json | undefined => report.key(name);
          return pushExtraTags(image, extraTags(extraRegistries, { key, warn: (text) => log("warn", text) }), engine, log);
        },
        scan: async (image) => {
          const json = engine.inspect("image", image);
          if (json === undefined) return false;
          const temporary = new Temporary(host, settings.keepTemporary);
          try {
            const complain = (problem: string): void => log("warn", `docker: ${image}: ${problem}`);
            await report.found(json, readImageMark(engine, host, temporary, image, complain));
          } finally {
            temporary.end();
          }
          return true;
        },
      };
    },
  };
}

function reportServices(
  chalk: Chalk,
  engine: DockerEngine,
  registries: Registries,
  settings: ReportServices["settings"],
  contexts: readonly string[] = [],
): ReportServices {
  const { host, logger, publisher } = chalk;
  const reports = connectEngine(chalk);
  return {
    extraRegistries: readExtraRegistries(chalk.settings),
    lookIntoContexts: async (operation) => {
      scanContexts(chalk, reports, operation, contexts);
      return markContexts(chalk, reports, operation, contexts);
    },
    host,
    settings,
    engine,
    registries,
    reports,
    log: (level, message) => logger.log(level, message),
    publishVirtual: async (mark) => {
      const { delivered, subscribers } = await publisher.publish("virtual", mark);
      if (subscribers > 0 && delivered.length === 0) logger.error("docker: the virtual chalk mark could not be delivered");
    },
    check: (operation, artifact) => checkMark(chalk, operation, artifact, undefined),
    signer: (operation) => signerFor(chalk, operation),
    flush: () => publisher.flush(),
  };
}

/** A command that chalk leaves alone, reported because the configuration wants that (1.5). */
async function passAndReport(chalk: Chalk, program: DockerProgram, words: readonly string[]): Promise<number> {
  const { status } = await program.run(words);
  try {
    await connectEngine(chalk, () => status)
      .begin("docker")
      .report();
    await chalk.publisher.flush();
  } catch (error) {
    chalk.logger.error(`docker: no report: ${reasonOf(error)}`);
    await connectEngine(chalk, () => status)
      .begin("docker")
      .report("fail")
      .catch(() => {});
  }
  return status;
}

function isSensitive(chalk: Chalk, parameter: SavedParameter): boolean {
  return [...chalk.stack.runtime.modules].some(
    (module) =>
      module.key === parameter.url &&
      module.ir.parameters.some((declared) => declared.sensitive === true && declared.path.join(".") === parameter.symbol),
  );
}

function download(host: Host, url: string): Uint8Array | undefined {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const { status, body } = host.network.requestSync({ method: "GET", url, headers: {}, timeout: downloadTimeout });
      return status === 200 ? body : undefined;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
  return undefined;
}

/** Does a base image in the local engine have the interpreter and a libc that is new enough? Undefined: it isn't there (10.7). */
function hasLibraries(
  host: Host,
  engine: DockerEngine,
  image: string,
  binary: string,
  temporary: Temporary,
): boolean | undefined {
  const needs = libraryNeeds(host, binary);
  if (needs === undefined) return true;
  const id = engine.inspect("image", image)?.get("Id");
  if (id === undefined) return undefined;
  return new LibraryMemory(host).has(typeof id === "string" ? id : "", needs, () =>
    lookForLibraries(host, engine, image, needs, temporary),
  );
}

function lookForLibraries(
  host: Host,
  engine: DockerEngine,
  image: string,
  needs: LibraryNeeds,
  temporary: Temporary,
): boolean | undefined {
  const directory = temporary.directory();
  return engine.lookInto(image, (copy) => {
    if (!copy(needs.interpreter, `${directory}/interpreter`)) return false;
    const libc = `${directory}/libc`;
    // One question after the other: each takes docker some time, and the first place is mostly the right one.
    return libcPlaces(needs).some((place) => copy(place, libc)) && isNewEnough(host.files.readBytes(libc), needs);
  });
}
