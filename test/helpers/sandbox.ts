/**
 * A place for one compiled chalk: a directory with a home, a working directory and a copy of the executable. What chalk does is seen from outside: exit
 * code, streams, log messages, files.
 *
 *     const box = createSandbox();
 *     const result = box.run(["load", "network.c4m"]);   // status, stdout, stderr, messages
 */
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { binary, copyExecutable } from "./binary.js";
import { removeAtExit } from "./temporary.js";

// biome-ignore lint/suspicious/noExplicitAny: reports are looked into freely
export type Report = Record<string, any>;

export interface RunResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The messages that chalk logged, each with its level as prefix. */
  readonly messages: readonly string[];
}

export interface RunOptions {
  /** Added to the environment; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Another executable than the sandbox's. */
  readonly program?: string;
  /** Words in front of the command line, for instance `nohup`. */
  readonly through?: readonly string[];
}

/** The texts of chalk's JSON log lines; other lines stay as they are. */
export function messagesOf(stderr: string): string[] {
  return stderr
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      if (!line.startsWith('{"msg":')) return line;
      return (JSON.parse(line) as { msg: string }).msg;
    });
}

export function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Waits until a condition holds; fails after `seconds`. */
export async function until(what: string, condition: () => boolean, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Does a process exist that is more than a zombie? */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/**
 * Where sandboxes are made: in memory if there is room, since every load writes and syncs a hundred megabytes; programs must be allowed to run there.
 */
function scratchDirectory(): string {
  const memory = "/dev/shm";
  try {
    const { bavail, bsize } = statfsSync(memory);
    const options = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .find((line) => line.split(" ")[1] === memory)
      ?.split(" ")[3];
    if (options !== undefined && !options.split(",").includes("noexec") && bavail * bsize > 8e9) return memory;
  } catch {}
  return tmpdir();
}

export class Sandbox {
  readonly base: string;
  readonly home: string;
  readonly work: string;
  /** The copy of the executable; made when it is first asked for. */
  #chalk: string | undefined;
  readonly #children: ChildProcess[] = [];

  constructor() {
    this.base = mkdtempSync(join(scratchDirectory(), "chalk-box-"));
    this.home = join(this.base, "home");
    this.work = join(this.base, "work");
    mkdirSync(this.home);
    mkdirSync(this.work);
    removeAtExit(this.base);
  }

  get chalk(): string {
    this.#chalk ??= copyExecutable(binary(), join(this.work, "chalk"));
    return this.#chalk;
  }

  /** A file in the working directory. Returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.work, name);
    writeFileSync(path, content);
    return path;
  }

  environment(changes: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
    const environment: NodeJS.ProcessEnv = { PATH: process.env["PATH"], HOME: this.home, ...changes };
    for (const [name, value] of Object.entries(environment)) if (value === undefined) delete environment[name];
    return environment;
  }

  #command(args: readonly string[], { program, through = [] }: RunOptions): [string, string[]] {
    const words = [...through, program ?? this.chalk, ...args];
    return [words[0]!, words.slice(1)];
  }

  /** Runs chalk to its end, without a terminal and with an empty stdin. */
  run(args: readonly string[], options: RunOptions = {}): RunResult {
    const [program, words] = this.#command(args, options);
    const { status, signal, stdout, stderr, error } = spawnSync(program, words, {
      cwd: options.cwd ?? this.work,
      env: this.environment(options.environment),
      input: options.input ?? "",
      encoding: "utf8",
      maxBuffer: 1 << 28,
      timeout: 300_000,
    });
    if (error !== undefined) throw error;
    return { status, signal, stdout, stderr, messages: messagesOf(stderr) };
  }

  /** The same while this process goes on: for servers of the test that chalk talks to. */
  async runBeside(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const child = this.start(args, "pipe", options);
    child.stdin?.end(options.input ?? "");
    const collect = async (stream: Readable | null): Promise<string> => {
      const pieces: Buffer[] = [];
      for await (const piece of stream ?? []) pieces.push(piece as Buffer);
      return Buffer.concat(pieces).toString();
    };
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((done) =>
      child.on("close", (status, signal) => done([status, signal])),
    );
    const [stdout, stderr, [status, signal]] = await Promise.all([collect(child.stdout), collect(child.stderr), ended]);
    return { status, signal, stdout, stderr, messages: messagesOf(stderr) };
  }

  /** Starts chalk and leaves it running. */
  start(args: readonly string[], stdio: StdioOptions, options: RunOptions = {}): ChildProcess {
    const [program, words] = this.#command(args, options);
    const child = spawn(program, words, { cwd: options.cwd ?? this.work, env: this.environment(options.environment), stdio });
    this.#children.push(child);
    return child;
  }

  /** Ends what was started; for `test.after`, so that a failed test keeps nothing waiting. */
  stop(): void {
    for (const child of this.#children) {
      child.kill("SIGKILL");
      for (const stream of child.stdio) stream?.destroy();
    }
  }

  /** Text of a file in the home directory; empty if it isn't there. */
  inHome(name: string): string {
    const path = join(this.home, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Lines of the default log. What follows the last newline is still being written. */
  get logLines(): string[] {
    return this.inHome(".local/chalk/chalk.log").split("\n").slice(0, -1).filter(Boolean);
  }

  /** Reports in the default log. */
  get reports(): Report[] {
    return this.logLines.flatMap((line) => JSON.parse(line) as Report[]);
  }

  /** Forgets the default log. */
  clearLog(): void {
    rmSync(join(this.home, ".local"), { recursive: true, force: true });
  }
}

export function createSandbox(): Sandbox {
  return new Sandbox();
}
