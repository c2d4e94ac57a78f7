/**
 * Our own process and the programs we run beside us. Who we are is not obvious: the packed executable may have been started through a loader
 * that travels with it (`docker.md` 10.7), or the whole tool by a script runtime; `executable` always names the installed chalk program, and
 * `launch` the words that start another copy of it.
 */
import * as fs from "node:fs";
import { decodeBytes } from "../text.js";
import { attempt, builtin, toHostError } from "./attempt.js";
import type { Child, Processes, RunOptions, RunResult } from "./host.js";
import { REPLACED, readName } from "./names.js";

/** Is this the packed executable, rather than a script run by Node or Bun? */
export function isPacked(): boolean {
  return process.versions.bun !== undefined && (process.argv[1] ?? "").startsWith("/$bunfs/");
}

function readIfThere(path: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

/** The strings in what is left of them in memory: each ends with a zero byte. */
function splitWords(bytes: Buffer): Buffer[] {
  const words: Buffer[] = [];
  for (let from = 0, end = bytes.indexOf(0); end >= 0; from = end + 1, end = bytes.indexOf(0, from))
    words.push(bytes.subarray(from, end));
  return words;
}

/** Words of the command line as the kernel has them; empty where there is no /proc. */
function kernelCommandLine(): string[] {
  return splitWords(readIfThere("/proc/self/cmdline")).map((word) => word.toString());
}

/** The words that we were given, those included that are no UTF-8 (`names.ts`); the engine has put replacements into those. */
function givenWords(words: readonly string[]): readonly string[] {
  if (words.length === 0 || !words.some((word) => word.includes(REPLACED))) return words;
  const given = splitWords(readIfThere("/proc/self/cmdline")).slice(-words.length);
  const isOurs = given.length === words.length && given.every((bytes, index) => bytes.toString() === words[index]);
  return isOurs ? given.map((bytes) => decodeBytes(bytes)) : words;
}

/** Options of the dynamic loader that take a value, when it is started as a program. */
const loaderOptionsWithValue = new Set([
  "--library-path",
  "--inhibit-rpath",
  "--audit",
  "--preload",
  "--argv0",
  "--glibc-hwcaps-prepend",
]);

/** The words up to and including the program, when a dynamic loader was started with our executable as argument. */
export function loaderLaunch(executable: string, commandLine: readonly string[]): string[] | undefined {
  const name = executable.slice(executable.lastIndexOf("/") + 1);
  if (!/^ld($|[-.])/.test(name)) return undefined;
  let index = 1;
  while ((commandLine[index] ?? "").startsWith("--")) index += loaderOptionsWithValue.has(commandLine[index]!) ? 2 : 1;
  return commandLine[index] === undefined ? undefined : [executable, ...commandLine.slice(1, index + 1)];
}

interface Identity {
  readonly executable: string;
  readonly launch: readonly string[];
}

function resolved(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return path;
  }
}

function identify(): Identity {
  const engine = process.execPath;
  if (!isPacked()) {
    const script = resolved(process.argv[1] ?? engine);
    return { executable: script, launch: [engine, ...process.execArgv, script] };
  }
  const throughLoader = loaderLaunch(engine, kernelCommandLine());
  if (throughLoader === undefined) return { executable: engine, launch: [engine] };
  const executable = resolved(throughLoader.at(-1)!);
  return { executable, launch: [...throughLoader.slice(0, -1), executable] };
}

let identity: Identity | undefined;

/** Exit status of an ended child in the convention of shells. */
export function exitStatus(status: number | null, signal: string | null): number {
  if (signal === null) return status ?? 0;
  return 128 + (builtin("node:os").constants.signals[signal as NodeJS.Signals] ?? 0);
}

/** An unlinked temporary file to which several streams of a child may write. */
export function openScratch(): number {
  const path = `${process.env.TMPDIR || "/tmp"}/chalk-${process.pid}-${Math.random().toString(16).slice(2)}-file.tmp`;
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL, 0o600);
  fs.unlinkSync(path);
  return fd;
}

const nothing = new Uint8Array(0);

function run(command: string, args: readonly string[], options: RunOptions = {}): RunResult {
  const scratch = options.merge ? openScratch() : undefined;
  try {
    const result = builtin("node:child_process").spawnSync(command, [...args], {
      ...(options.environment === undefined ? {} : { env: { ...options.environment } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeout === undefined || options.timeout === 0 ? {} : { timeout: options.timeout, killSignal: "SIGKILL" }),
      ...(options.input === undefined ? {} : { input: options.input }),
      maxBuffer: options.limit ?? 1 << 30,
      stdio: options.inherit ? "inherit" : ["pipe", scratch ?? "pipe", scratch ?? "pipe"],
    });
    const code = (result.error as NodeJS.ErrnoException | undefined)?.code;
    const merged = scratch === undefined ? undefined : fs.readFileSync(`/proc/self/fd/${scratch}`);
    return {
      status: exitStatus(result.status ?? (result.signal === null ? 127 : null), result.signal),
      stdout: merged ?? result.stdout ?? nothing,
      stderr: result.stderr ?? nothing,
      ...(result.error === undefined ? {} : { failure: code ?? "EIO" }),
    };
  } finally {
    if (scratch !== undefined) fs.closeSync(scratch);
  }
}

function runAside(
  command: string,
  args: readonly string[],
  { environment, cwd, timeout, limit }: Parameters<Processes["runAside"]>[2] = {},
): Promise<RunResult> {
  return new Promise((done) => {
    const options = {
      encoding: "buffer" as const,
      maxBuffer: limit ?? 1 << 30,
      ...(environment === undefined ? {} : { env: { ...environment } }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(timeout === undefined || timeout === 0 ? {} : { timeout, killSignal: "SIGKILL" as const }),
    };
    const answer = (error: Error | null, stdout: Uint8Array, stderr: Uint8Array) => {
      const { code, killed, signal } = (error ?? {}) as { code?: string | number; killed?: boolean; signal?: NodeJS.Signals };
      const failure = typeof code === "string" ? code : killed === true ? "ETIMEDOUT" : undefined;
      const ended = typeof code === "number" ? code : error === null ? 0 : null;
      done({
        status: exitStatus(ended ?? (signal ? null : 127), signal ?? null),
        stdout: stdout ?? nothing,
        stderr: stderr ?? nothing,
        ...(failure === undefined ? {} : { failure }),
      });
    };
    try {
      const child = builtin("node:child_process").execFile(command, [...args], options, answer);
      child.stdin?.on("error", () => undefined);
      child.stdin?.end();
    } catch (error) {
      // Some failures of starting are told at once.
      done({ status: 127, stdout: nothing, stderr: nothing, failure: toHostError(error, "spawn", command).code });
    }
  });
}

function spawn(
  command: string,
  args: readonly string[],
  options: { environment?: Readonly<Record<string, string>>; cwd?: string; input?: Uint8Array | string } = {},
): Child {
  const child = builtin("node:child_process").spawn(command, [...args], {
    ...(options.environment === undefined ? {} : { env: { ...options.environment } }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: [options.input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
  });
  // A program need not read its input to the end.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  const exited = new Promise<number>((done) => {
    child.on("exit", (status, signal) => done(exitStatus(status, signal)));
    child.on("error", () => done(127));
  });
  if (child.pid === undefined) throw toHostError({ code: "ENOENT" }, "spawn", command);
  return {
    pid: child.pid,
    exited,
    kill(signal) {
      child.kill(signal);
    },
  };
}

function currentDirectory(): string {
  const path = process.cwd();
  if (!path.includes(REPLACED)) return path;
  return readName((encoding) => fs.readlinkSync("/proc/self/cwd", { encoding: encoding as BufferEncoding }));
}

/** The `Processes` of this machine. */
export const processes: Processes = {
  pid: process.pid,
  get executable() {
    return (identity ??= identify()).executable;
  },
  get launch() {
    return (identity ??= identify()).launch;
  },
  argv: givenWords(process.argv.slice(2)),
  calledAs: isPacked() ? process.argv0 : (process.argv[1] ?? process.argv0),
  environment() {
    const copy: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) copy[name] = value;
    return copy;
  },
  variable: (name) => process.env[name],
  setVariable(name, value) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  },
  cwd: () => attempt("getcwd", undefined, currentDirectory),
  chdir: (path) => attempt("chdir", path, () => process.chdir(path)),
  run,
  runAside,
  spawn,
  exit: (status) => process.exit(status),
};
