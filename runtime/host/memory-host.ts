/**
 * A host in memory, for tests and browsers: files in a map, a fixed clock, an environment of its own. Nothing of it touches the system. What has no sensible
 * meaning here (processes, network) fails with ENOSYS unless the test gives an answer.
 */
import {
  type Child,
  type Clock,
  type Cryptography,
  type Hashing,
  type Host,
  HostError,
  type HttpRequest,
  type HttpResponse,
  type Machine,
  type Network,
  type ProcessControl,
  type Processes,
  type RunOptions,
  type RunResult,
  type Terminal,
} from "./host.js";
import { MemoryFiles } from "./memory-files.js";

export interface MemoryHostOptions {
  /** Path -> contents. Directories on the way come into being. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly home?: string;
  readonly executable?: string;
  readonly argv?: readonly string[];
  /** Milliseconds since the epoch; the clock stands still unless `sleep` moves it. */
  readonly now?: number;
  readonly uid?: number;
  /** Which of the standard streams are terminals. */
  readonly terminals?: readonly (0 | 1 | 2)[];
  /** Answers requests; without it every request is refused. */
  readonly respond?: (request: HttpRequest) => HttpResponse;
  /** Answers started programs; without it every start fails. */
  readonly run?: (command: string, args: readonly string[], options: RunOptions) => RunResult;
  /** Hash functions; without them hashing throws. */
  readonly hashing?: Hashing;
  /** Signatures; without them signing throws. */
  readonly cryptography?: Cryptography;
  readonly input?: string;
}

/** A host in memory, with what it was told to print. */
export interface MemoryHost extends Host {
  readonly files: MemoryFiles;
  /** Everything written to standard output and standard error. */
  readonly written: { readonly 1: string; readonly 2: string };
}

function unsupported(call: string): never {
  throw new HostError("ENOSYS", call);
}

const noHashing: Hashing = {
  digest: () => unsupported("digest"),
  hex: () => unsupported("hex"),
  stream: () => unsupported("hash"),
};

const noCryptography: Cryptography = {
  scrypt: () => unsupported("scrypt"),
  generateSigningKey: () => unsupported("generate key"),
  sign: () => unsupported("sign"),
  verify: () => unsupported("verify"),
};

class MemoryTerminal implements Terminal {
  readonly written = { 1: "", 2: "" };
  private readonly terminals: readonly number[];
  private input: string;
  constructor(terminals: readonly number[], input: string) {
    this.terminals = terminals;
    this.input = input;
  }
  isTerminal(fd: 0 | 1 | 2): boolean {
    return this.terminals.includes(fd);
  }
  columns(): undefined {
    return undefined;
  }
  write(fd: 1 | 2, bytes: Uint8Array | string): void {
    this.written[fd] += typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
  }
  readAll(): Uint8Array {
    const all = new TextEncoder().encode(this.input);
    this.input = "";
    return all;
  }
  readLine(_hidden = false, prompt = ""): string | undefined {
    this.written[1] += prompt;
    if (this.input === "") return undefined;
    const end = this.input.indexOf("\n");
    const line = end < 0 ? this.input : this.input.slice(0, end);
    this.input = end < 0 ? "" : this.input.slice(end + 1);
    return line;
  }
}

class MemoryClock implements Clock {
  private time: number;
  private readonly start: number;
  constructor(now: number) {
    this.time = now;
    this.start = now;
  }
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time - this.start;
  }
  async sleep(milliseconds: number): Promise<void> {
    this.time += milliseconds;
  }
  sleepSync(milliseconds: number): void {
    this.time += milliseconds;
  }
  zoneOffset(): number {
    return 0;
  }
}

function processes(options: MemoryHostOptions, files: MemoryFiles): Processes {
  const environment = new Map(Object.entries(options.environment ?? {}));
  let cwd = options.cwd ?? "/";
  const executable = options.executable ?? "/usr/local/bin/chalk";
  const notThere: RunResult = { status: 127, stdout: new Uint8Array(), stderr: new Uint8Array(), failure: "ENOENT" };
  return {
    pid: 4711,
    executable,
    argv: options.argv ?? [],
    calledAs: executable,
    launch: [executable],
    environment: () => Object.fromEntries(environment),
    variable: (name) => environment.get(name),
    setVariable: (name, value) => {
      if (value === undefined) environment.delete(name);
      else environment.set(name, value);
    },
    cwd: () => cwd,
    chdir: (path) => {
      if (files.find(path)?.kind !== "directory") throw new HostError("ENOENT", "chdir", path);
      cwd = path;
    },
    run: (command, args, given = {}) => options.run?.(command, args, given) ?? notThere,
    runAside: async (command, args, given = {}) => options.run?.(command, args, given) ?? notThere,
    spawn: (): Child => unsupported("spawn"),
    exit: (status) => unsupported(`exit ${status}`),
  };
}

function network(options: MemoryHostOptions): Network {
  const request = (wanted: HttpRequest): HttpResponse => {
    if (options.respond === undefined) throw new HostError("ECONNREFUSED", "request", wanted.url);
    return options.respond(wanted);
  };
  return {
    request: async (wanted) => request(wanted),
    requestSync: request,
    localAddressTowards: () => undefined,
    resolve: async () => [],
    exchangeDatagram: async () => unsupported("exchangeDatagram"),
    dumpTcpSockets: () => unsupported("sock_diag"),
    probeHops: () => undefined,
    interfaceAddresses: () => [],
  };
}

function machine(options: MemoryHostOptions): Machine {
  const uid = options.uid ?? 1000;
  return {
    uname: () => ({ sysname: "Linux", nodename: "memory", release: "6.1.0", version: "#1", machine: "x86_64" }),
    hostname: () => "memory",
    uid: () => uid,
    effectiveUid: () => uid,
    grantedUser: () => undefined,
    gid: () => uid,
    home: (user) => (user === undefined ? options.home : undefined),
    userName: () => undefined,
    randomBytes: (length) => Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff),
  };
}

const control: ProcessControl = {
  canReplace: false,
  replace: () => "ENOSYS",
  spawnDetached: () => unsupported("spawnDetached"),
  startProgram: () => unsupported("startProgram"),
  expectGrowth: () => {},
  makeRoom: () => {},
  releaseMemory: () => {},
  signal: () => false,
  answerEndings: () => {},
  onSignal: () => {},
  watchEnd: () => undefined,
  watchAccess: () => undefined,
  adoptAccessWatch: () => unsupported("inotify_init1"),
  priority: () => 0,
  setPriority: () => {},
  residentMemory: () => 0,
};

/** Makes a host in memory. */
export function createMemoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const files = new MemoryFiles(options.files ?? {}, options.now ?? 0);
  const terminal = new MemoryTerminal(options.terminals ?? [], options.input ?? "");
  return {
    files,
    processes: processes(options, files),
    clock: new MemoryClock(options.now ?? 1_700_000_000_000),
    terminal,
    written: terminal.written,
    network: network(options),
    machine: machine(options),
    hashing: options.hashing ?? noHashing,
    cryptography: options.cryptography ?? noCryptography,
    control,
  };
}
