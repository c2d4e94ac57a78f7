/**
 * Everything the program asks of the operating system, as interfaces. Only the rest of `runtime/host/` implements them with `node:` and `bun:`
 * modules; all other code gets a `Host` passed in, so that tests can hand it a fake /proc, clock, network or disk (DESIGN.md, layout).
 *
 * Calls are synchronous except where time or the network is involved. A failing call throws a `HostError` with the errno name; callers turn it
 * into a diagnostic or a log message, users never see it raw.
 */

/** A system call that failed. `code` is the errno name (`ENOENT`, `EACCES`, `ENOSPC` …). */
export class HostError extends Error {
  readonly code: string;
  readonly call: string;
  readonly path: string | undefined;
  constructor(code: string, call: string, path?: string, detail?: string) {
    super(detail ?? `${call}${path === undefined ? "" : ` ${path}`}: ${code}`);
    this.name = "HostError";
    this.code = code;
    this.call = call;
    this.path = path;
  }
}

export interface FileStat {
  readonly kind: "file" | "directory" | "symlink" | "fifo" | "socket" | "character" | "block";
  readonly size: number;
  /** Permission bits, set-id and sticky bits included (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: bigint;
  readonly device: bigint;
  readonly links: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** An open file. Offsets and lengths in bytes. */
export interface OpenFile {
  readonly fd: number;
  stat(): FileStat;
  /** Reads up to `length` bytes at `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Uint8Array;
  /** As `read`, into a buffer of the caller, as much as fits; returns how much that was. */
  readInto(buffer: Uint8Array, offset: number): number;
  write(bytes: Uint8Array, offset: number): void;
  truncate(length: number): void;
  sync(): void;
  /**
   * Takes an advisory lock for as long as the file is open, trying for up to `patience` milliseconds. Undefined: there are no such locks here
   * (this file system, plain Node).
   */
  lock(kind: "shared" | "exclusive", patience?: number): boolean | undefined;
  close(): void;
}

/** A new file beside another one, complete some time later. */
export interface TemporaryFile {
  readonly path: string;
  /** Waits until its content is on disk, while this thread does other things. */
  sync(): Promise<void>;
  /** To be called when it was renamed or removed, or is to be left to `removeAbandoned`. */
  close(): void;
}

export interface Files {
  stat(path: string): FileStat;
  lstat(path: string): FileStat;
  /** Like `stat`, but undefined if nothing is there (ENOENT, ENOTDIR). */
  find(path: string): FileStat | undefined;
  canAccess(path: string, what: "read" | "write" | "execute"): boolean;
  readBytes(path: string): Uint8Array;
  /** UTF-8, invalid bytes replaced. */
  readText(path: string): string;
  list(path: string): string[];
  realPath(path: string): string;
  readLink(path: string): string;
  open(path: string, mode: "read" | "write" | "create-new", permissions?: number): OpenFile;
  /** Creates or truncates. */
  write(path: string, bytes: Uint8Array | string, permissions?: number): void;
  /** One `write` on an O_APPEND descriptor, created with `permissions` & ~umask (default 0666). */
  append(path: string, bytes: Uint8Array | string, permissions?: number): void;
  /** Temporary file beside the target, fsync, rename; mode and owner of an existing target are kept unless `permissions` is given. */
  replace(path: string, bytes: Uint8Array | string, permissions?: number): void;
  /** Creates an empty file beside `path` that nobody else may read, and that `removeAbandoned` of other processes leaves alone. */
  createTemporary(path: string): TemporaryFile;
  /** Removes what processes that were killed have left of `createTemporary` and `replace` in a directory. Never throws. */
  removeAbandoned(directory: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  removeTree(path: string): void;
  makeDirectories(path: string): void;
  /** A fresh directory with the given prefix under the temporary directory. It is ours until it is removed or renamed, unless it is `lasting`. */
  makeTemporaryDirectory(prefix: string, lasting?: boolean): string;
  /** Temporary directories that are ours now. */
  temporaryDirectories(): readonly string[];
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  symlink(target: string, path: string): void;
  copy(from: string, to: string): void;
  /**
   * The same content under a second name, for readers only: a hard link if the file has these permissions already and the file system allows it, else a
   * copy, with the modification time of the original.
   */
  share(from: string, to: string, permissions: number): void;
  /** Gives a file the modification time of another. */
  copyTime(from: string, to: string): void;
  /** Copies mode, owner where permitted, extended attributes; best effort for the last. */
  copyAttributes(from: string, to: string): void;
}

export interface RunResult {
  /** Exit status; 128 + n when killed by signal n. */
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Set when the program could not be started or ran into the time limit. */
  readonly failure?: "ENOENT" | "EACCES" | "ETIMEDOUT" | "ENOBUFS" | string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: Uint8Array | string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Bytes per stream. */
  readonly limit?: number;
  /** Hand our own stdin/stdout/stderr to the program. */
  readonly inherit?: boolean;
  /** stderr goes where stdout goes, in order. */
  readonly merge?: boolean;
}

/** A child that runs beside us. */
export interface Child {
  readonly pid: number;
  /** Resolves to exit status, 128 + n for signal n. */
  readonly exited: Promise<number>;
  kill(signal: number): void;
}

export interface Processes {
  readonly pid: number;
  /** Path of our own executable (of our image when started through a loader or a script runtime), resolved. */
  readonly executable: string;
  /** The words that start another copy of us: the executable, preceded by its loader or script runtime if there is one. */
  readonly launch: readonly string[];
  /** Arguments after the program name. */
  readonly argv: readonly string[];
  /** How we were called: `argv[0]`. */
  readonly calledAs: string;
  environment(): Record<string, string>;
  variable(name: string): string | undefined;
  setVariable(name: string, value: string | undefined): void;
  cwd(): string;
  chdir(path: string): void;
  run(command: string, args: readonly string[], options?: RunOptions): RunResult;
  /** The same without blocking, so that several programs can be asked at once; `merge`, `input` and `inherit` are not offered. Never rejects. */
  runAside(
    command: string,
    args: readonly string[],
    options?: Pick<RunOptions, "environment" | "cwd" | "timeout" | "limit">,
  ): Promise<RunResult>;
  /** Starts a program with our streams; with `input`, its standard input yields that instead of ours. */
  spawn(
    command: string,
    args: readonly string[],
    options?: { environment?: Readonly<Record<string, string>>; cwd?: string; input?: Uint8Array | string },
  ): Child;
  /** Ends the process at once. */
  exit(status: number): never;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of CLOCK_MONOTONIC, comparable between processes of one boot. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
  sleepSync(milliseconds: number): void;
  /** Minutes east of UTC of local time at that instant. */
  zoneOffset(milliseconds: number): number;
}

export interface Terminal {
  isTerminal(fd: 0 | 1 | 2): boolean;
  /** Columns of the terminal behind fd, undefined if there is none. */
  columns(fd: 0 | 1 | 2): number | undefined;
  /** One `write` of all bytes; EPIPE is ignored, EAGAIN retried. */
  write(fd: 1 | 2, bytes: Uint8Array | string): void;
  /** Everything on stdin until its end. */
  readAll(): Uint8Array;
  /** One line of stdin without its newline; undefined at the end. `hidden`: no echo, from before the prompt is printed. */
  readLine(hidden?: boolean, prompt?: string): string | undefined;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Milliseconds for the whole exchange; 0 or absent: none. */
  readonly timeout?: number;
  /** PEM text that is the only trust store. */
  readonly trust?: string;
  /** Without `trust`: whose certificates vouch for the server. Default: the system's, and the bundled ones where it has none. */
  readonly roots?: "system" | "bundled, then system" | "system, then bundled";
  /** Take whatever certificate the server has: only for servers that somebody declared insecure. */
  readonly unverified?: boolean;
  /** Longest body of the answer, bytes; a longer one is a failure (`EMSGSIZE`). */
  readonly limit?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Network {
  /**
   * One exchange, no redirect followed, no proxy used. Rejects with a `HostError` for transport failures (ECONNREFUSED, ETIMEDOUT, CERT_…), whose
   * `call` is `connect` if the other side was not even reached, else `request`.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** The same, blocking (components, builtins). */
  requestSync(request: HttpRequest): HttpResponse;
  /** Local IPv4 address that routes to `address`, without sending a packet; undefined without a route. */
  localAddressTowards(address: string): string | undefined;
  /** Addresses of a host name by the system resolver. */
  resolve(name: string, family: 4 | 6 | "any"): Promise<string[]>;
  /** One UDP datagram and the first answer from that port that is accepted; all others are ignored. */
  exchangeDatagram(
    address: string,
    port: number,
    payload: Uint8Array,
    timeout: number,
    accept?: (answer: Uint8Array) => boolean,
  ): Promise<Uint8Array>;
  /**
   * Calls `socket` for every TCP socket of our network namespace, IPv4 and IPv6, whose state's bit is set in `states`, with the kernel's
   * `struct inet_diag_msg` at `offset` of `message` (both good during the call only). Throws a `HostError` where the kernel can't be asked; some calls may
   * have been made by then.
   */
  dumpTcpSockets(states: number, socket: (message: Uint8Array, offset: number) => void): void;
  /**
   * Who answers ICMP echo requests to an IPv4 address that may pass 1, 2 … `hops` routers: an address for each, or an empty text if nobody did within `timeout`
   * milliseconds. Undefined if we may not send any.
   */
  probeHops(destination: string, hops: number, timeout: number): readonly string[] | undefined;
  /** The IPv4 addresses of this machine's devices (devices that are down have none). */
  interfaceAddresses(): readonly { readonly device: string; readonly address: string; readonly prefix: number }[];
}

export interface Uname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
}

export interface Machine {
  uname(): Uname;
  hostname(): string;
  uid(): number;
  effectiveUid(): number;
  /** The user whose rights the executable brought along (set-uid), although they have been given up since; undefined if there were none. */
  grantedUser(): number | undefined;
  gid(): number;
  /** Home directory: non-empty HOME, else the user database; of another user: the user database. Undefined if unknown. */
  home(user?: string): string | undefined;
  /** A user's name, and the uid of a name, from the user database. */
  userName(uid: number): string | undefined;
  randomBytes(length: number): Uint8Array;
}

export type HashAlgorithm = "sha1" | "sha256" | "sha512" | "md5";

/** Bytes, or a range of a file. */
export type HashedPiece = Uint8Array | { readonly start: number; readonly end: number };

/** A digest that another thread computes. */
export interface PendingDigest {
  /** In hexadecimal digits. Rejects with a `HostError` if the file cannot be read. */
  readonly result: Promise<string>;
  /** Ends the work; `result` stays pending. */
  cancel(): void;
}

export interface Hashing {
  digest(algorithm: HashAlgorithm, data: Uint8Array | string): Uint8Array;
  hex(algorithm: HashAlgorithm, data: Uint8Array | string): string;
  /** For data that comes in pieces. */
  stream(algorithm: HashAlgorithm): { update(data: Uint8Array): void; digest(): Uint8Array };
  /** The digest of pieces of an open file and of other bytes, in order, computed beside this thread. Absent where there is no other thread. */
  beside?(algorithm: HashAlgorithm, file: OpenFile, pieces: readonly HashedPiece[]): PendingDigest;
}

/** What scrypt is told: N, r and p of RFC 7914. */
export interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** Signatures are ECDSA over P-256 with SHA-256, in DER. Calls fail with a `HostError` if a key is none, or one of another kind. */
export interface Cryptography {
  scrypt(password: Uint8Array, salt: Uint8Array, cost: ScryptCost, length: number): Uint8Array;
  /** A new key pair: PKCS#8 in DER, and SubjectPublicKeyInfo in PEM. */
  generateSigningKey(): { readonly privateKey: Uint8Array; readonly publicKey: string };
  /** @param privateKey PKCS#8 in DER */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** @param publicKey PEM */
  verify(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Sleeping until a process ends. */
export interface EndWatch {
  /** Blocks the whole process for so long, or until the other one has ended, or a signal came. True if it has ended (a zombie has). */
  wait(milliseconds: number): boolean;
  close(): void;
}

/** A descriptor of `inotify(7)` with the numbers and paths of its watches; in this form another process that has the descriptor can take it over. */
export interface AccessWatchFacts {
  readonly fd: number;
  readonly watches: readonly (readonly [number: number, path: string])[];
}

/** Who opens or reads files. */
export interface AccessWatch {
  readonly facts: AccessWatchFacts;
  /** Paths that were opened or read since the last call. */
  take(): ReadonlySet<string>;
  close(): void;
}

/**
 * Starting a program in our place (`runtime-core.md` 8.2). Only the compiled executable has the system calls for it;
 * under plain Node `canReplace` is false and the program is a child whose signals and status are passed on.
 */
export interface ProcessControl {
  readonly canReplace: boolean;
  /** Restores the signal dispositions that we inherited, closes what isn't the program's, and execs (`argv` includes argv[0]). Returns only on failure, with the errno name. */
  replace(path: string, argv: readonly string[], environment: Readonly<Record<string, string>>): string;
  /**
   * Starts a detached process that is not our child (nor later the program's), with our stdout/stderr and nothing else of ours; `argv` includes
   * argv[0]. Its stdin yields `input` and then its end: the way to hand it what must not be visible in a command line or environment. `descriptor`
   * is one of ours that it shall have too, as number 3.
   * Returns its pid (0 if the kernel doesn't tell), or throws a `HostError`.
   */
  spawnDetached(
    path: string,
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    input?: Uint8Array | string,
    descriptor?: number,
  ): number;
  /**
   * Starts the user's program as our child, with everything that `replace` would give it; `argv` includes argv[0]. When we are process 1, zombies
   * of other processes are reaped while it runs. Throws a `HostError` if the program cannot be executed.
   */
  startProgram(path: string, argv: readonly string[], environment: Readonly<Record<string, string>>): Child;
  /** Sends a signal; false if there is no such process. Signal 0 only asks. */
  signal(pid: number, signal: number): boolean;
  /**
   * Makes ending signals turn this process into another program: the words, followed by the number of the signal. The words are asked for again whenever
   * our temporary directories change. Nothing happens where that is impossible.
   */
  answerEndings(words: () => readonly string[]): void;
  /** Installs a handler; undefined restores what was there. */
  onSignal(signal: number, handler: ((signal: number) => void) | undefined): void;
  /** Watches a process that is not our child; undefined if there is none of that PID, or if the kernel (or engine) can't. */
  watchEnd(pid: number): EndWatch | undefined;
  /** Watches files, and directories for the files in them; what can't be watched is left out. Undefined if the system (or engine) can't. */
  watchAccess(paths: Iterable<string>): AccessWatch | undefined;
  /** Takes over a watch that another process has set. */
  adoptAccessWatch(facts: AccessWatchFacts): AccessWatch;
  /** Our own priority: -20 … 19. */
  priority(): number;
  setPriority(nice: number): void;
  /** This process is going to need much memory for a short time: it shall get it in large pages, where the system offers that. */
  expectGrowth(): void;
  /** Says that a text of so many characters is about to be compiled and evaluated, so that the engine need not collect garbage meanwhile. */
  makeRoom(characters: number): void;
  /** Gives memory that is free inside this process back to the system, as far as the engine lets us. */
  releaseMemory(): void;
  /** Resident memory of this process in bytes. */
  residentMemory(): number;
}

export interface Host {
  readonly files: Files;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly network: Network;
  readonly machine: Machine;
  readonly hashing: Hashing;
  readonly cryptography: Cryptography;
  readonly control: ProcessControl;
  /** Unpacks zstd. Throws a `HostError`: `ENOSYS` where the engine cannot (Node before 22.15), `ERR_BUFFER_TOO_LARGE` beyond `limit` bytes. */
  readonly inflateZstd?: (bytes: Uint8Array, limit: number) => Uint8Array;
}
