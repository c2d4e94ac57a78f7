/**
 * Starting programs so that they cannot tell chalk was there (`runtime-core.md` 8.2): `replace` becomes the program, `startProgram` is its parent,
 * `spawnDetached` starts the reporter beside it. What the program inherits is decided in `inherited.ts`; how a child is made without running
 * JavaScript in it, in `trampoline.ts`. Under plain Node only the last resort exists: ordinary children.
 */
import * as fs from "node:fs";
import { adoptAccessWatch, watchAccess } from "./access-watch.js";
import { builtin, toBytes, toHostError } from "./attempt.js";
import { watchEnd } from "./end-watch.js";
import { answerEndings, armAgain, armedSignals } from "./endings.js";
import { type Child, HostError, type ProcessControl } from "./host.js";
import {
  inheritedIgnored,
  openFilesToRestore,
  programDescriptors,
  rawVariables,
  setOpenFiles,
  signalsToRestore,
} from "./inherited.js";
import { cString, errnoName, type Libc, libc } from "./libc.js";
import { expectGrowth, makeRoom, releaseMemory, residentMemory } from "./memory.js";
import { exitStatus, isPacked, openScratch } from "./processes.js";
import { canRunTables, cloneStep, failureName, restoreMask, runTable, type Step, systemCall } from "./trampoline.js";

const closeRangeCloseOnExec = 4;
const setDescriptorFlags = 2;
const openFilesResource = 7;
const noHang = 1;
const noChild = 10;
type Environment = Readonly<Record<string, string>>;

/** A NULL-terminated vector of C strings. `parts` must outlive the use of `vector`. */
interface Vector {
  readonly vector: BigInt64Array;
  readonly parts: readonly Uint8Array[];
}

function toVector(native: Libc, strings: readonly string[], raw?: ReadonlyMap<string, Uint8Array>): Vector {
  const parts = strings.map((text) => cString(raw?.get(text) ?? text));
  return { vector: BigInt64Array.from([...parts.map((part) => BigInt(native.pointer(part))), 0n]), parts };
}

const toPairs = (environment: Environment) => Object.entries(environment).map(([name, value]) => `${name}=${value}`);

interface Image {
  readonly path: Uint8Array;
  readonly argv: Vector;
  readonly environment: Vector;
}

function toImage(native: Libc, path: string, argv: readonly string[], environment: Environment): Image {
  return {
    path: cString(path),
    argv: toVector(native, argv),
    environment: toVector(native, toPairs(environment), rawVariables()),
  };
}

/** Marks every descriptor above 2 close-on-exec, except those of the program. */
function closeOursOnExec(native: Libc): void {
  if (systemCall(native, "close_range", 3, 0xffffffff, closeRangeCloseOnExec) !== 0) {
    // Kernels before 5.11.
    for (const name of fs.readdirSync("/proc/self/fd"))
      if (Number(name) > 2) native.call("fcntl", Number(name), setDescriptorFlags, 1);
  }
  for (const fd of programDescriptors()) native.call("fcntl", fd, setDescriptorFlags, 0);
}

function replace(path: string, argv: readonly string[], environment: Environment): string {
  const native = libc();
  if (native === undefined) return "ENOSYS";
  const image = toImage(native, path, argv, environment);
  for (const signal of signalsToRestore()) native.call("signal", signal, 0);
  const limit = openFilesToRestore();
  if (limit !== undefined) setOpenFiles(limit);
  closeOursOnExec(native);
  native.call("execve", native.pointer(image.path), native.pointer(image.argv.vector), native.pointer(image.environment.vector));
  return errnoName(native.errno());
}

const executeStep = (image: Image): Step => ({
  call: "execve",
  arguments: [image.path, image.argv.vector, image.environment.vector],
  result: "exec",
});
const defaultAction = new BigUint64Array(4);
const toDefault = (signal: number): Step => ({ call: "rt_sigaction", arguments: [signal, defaultAction, 0, 8] });
const exitStep = (status: number): Step => ({ call: "exit", arguments: [status] });
const closeOursStep: Step = { call: "close_range", arguments: [3, 0xffffffff, closeRangeCloseOnExec] };

/** A descriptor whose reading yields the bytes and then the end. */
function openInput(native: Libc, input: Uint8Array | string | undefined): number {
  if (input === undefined) return fs.openSync("/dev/null", "r");
  const name = cString("chalk");
  const memory = native.call("memfd_create", native.pointer(name), 1);
  const fd = memory >= 0 ? memory : openScratch();
  const bytes = toBytes(input);
  // At an explicit position, so that the descriptor's own stays at the start.
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done, bytes.length - done, done);
  return fd;
}

/** The number under which a detached process gets a descriptor of ours. */
const handedDescriptor = 3;

/** Steps that give a detached process one of our descriptors, and no other. */
function handOver(descriptor: number | undefined): Step[] {
  if (descriptor === undefined) return [];
  return descriptor === handedDescriptor
    ? [{ call: "fcntl", arguments: [descriptor, setDescriptorFlags, 0] }]
    : [{ call: "dup3", arguments: [descriptor, handedDescriptor, 0] }];
}

function spawnDetached(
  path: string,
  argv: readonly string[],
  environment: Environment,
  input?: Uint8Array | string,
  descriptor?: number,
): number {
  const native = libc();
  if (native === undefined || !canRunTables()) return spawnDetachedByEngine(path, argv, environment, input, descriptor);
  const image = toImage(native, path, argv, environment);
  const stdin = openInput(native, input);
  try {
    const grandchild: readonly Step[] = [
      closeOursStep,
      // One by one too, for sandboxes that refuse `close_range`: whoever waits for the program to close them must not wait for the reporter.
      ...programDescriptors().map((fd): Step => ({ call: "fcntl", arguments: [fd, setDescriptorFlags, 1] })),
      { call: "dup3", arguments: [stdin, 0, 0] },
      ...handOver(descriptor),
      ...armedSignals().map(toDefault),
      restoreMask,
      executeStep(image),
      exitStep(127),
    ];
    const child: readonly Step[] = [{ call: "setsid", arguments: [] }, cloneStep("second", grandchild), exitStep(0)];
    const results = runTable([cloneStep("first", child)]);
    const first = results.get("first")!;
    if (first < 0) throw new HostError(failureName(first), "clone", path);
    // The one in between has ended already; left alone it would become a zombie of the program.
    native.call("waitpid", first, null, 0);
    const failure = [results.get("second")!, results.get("exec")!].find((result) => result < 0);
    if (failure !== undefined) throw new HostError(failureName(failure), "execve", path);
    return results.get("second")!;
  } finally {
    fs.closeSync(stdin);
  }
}

/** With the engine's own means: detached, but our child. */
function spawnDetachedByEngine(
  path: string,
  argv: readonly string[],
  environment: Environment,
  input?: Uint8Array | string,
  descriptor?: number,
): number {
  const child = builtin("node:child_process").spawn(path, argv.slice(1), {
    argv0: argv[0] ?? path,
    detached: true,
    env: { ...environment },
    stdio: [input === undefined ? "ignore" : "pipe", "inherit", "inherit", ...(descriptor === undefined ? [] : [descriptor])],
  });
  child.on("error", () => undefined);
  child.stdin?.end(input);
  child.unref();
  if (child.pid === undefined) throw new HostError("ENOENT", "spawn", path);
  return child.pid;
}

/** Children made by `startProgram` that have not been seen to end. */
const running = new Map<number, (status: number) => void>();
let watching: ReturnType<typeof setInterval> | undefined;
/** How often ended children are looked for besides SIGCHLD, which may be lost while a synchronous call runs. */
const reapMilliseconds = 200;

function reap(native: Libc): void {
  const status = new Int32Array(1);
  const targets = process.pid === 1 ? [-1] : [...running.keys()];
  for (const target of targets) {
    for (;;) {
      const pid = native.call("waitpid", target, native.pointer(status), noHang);
      // Where the caller ignored SIGCHLD the kernel may have thrown the status away.
      if (pid < 0 && target > 0 && native.errno() === noChild) {
        running.get(target)?.(0);
        running.delete(target);
      }
      if (pid <= 0) break;
      const word = status[0]!;
      const signal = word & 0x7f;
      running.get(pid)?.(signal === 0 ? (word >> 8) & 0xff : 128 + signal);
      running.delete(pid);
    }
  }
  if (running.size === 0) {
    clearInterval(watching);
    watching = undefined;
    process.off("SIGCHLD", onChild);
  }
}

const onChild = () => reap(libc()!);

function watch(pid: number): Promise<number> {
  const ended = new Promise<number>((done) => running.set(pid, done));
  if (watching === undefined) {
    process.on("SIGCHLD", onChild);
    watching = setInterval(onChild, reapMilliseconds);
  }
  return ended;
}

function startProgram(path: string, argv: readonly string[], environment: Environment): Child {
  const native = libc();
  if (native === undefined || !canRunTables()) return startProgramByEngine(path, argv, environment);
  const image = toImage(native, path, argv, environment);
  const limit = openFilesToRestore();
  const child: readonly Step[] = [
    ...[...signalsToRestore(), ...armedSignals()].map(toDefault),
    ...(limit === undefined
      ? []
      : [
          {
            call: "prlimit64",
            arguments: [0, openFilesResource, new BigUint64Array([limit.soft, limit.hard]), 0],
          } satisfies Step,
        ]),
    closeOursStep,
    ...programDescriptors().map((fd): Step => ({ call: "fcntl", arguments: [fd, setDescriptorFlags, 0] })),
    restoreMask,
    executeStep(image),
    exitStep(127),
  ];
  const results = runTable([cloneStep("child", child)]);
  const pid = results.get("child")!;
  if (pid < 0) throw new HostError(failureName(pid), "clone", path);
  const failure = results.get("exec")!;
  if (failure < 0) {
    native.call("waitpid", pid, null, 0);
    throw new HostError(failureName(failure), "execve", path);
  }
  return { pid, exited: watch(pid), kill: (signal) => void sendSignal(pid, signal) };
}

function startProgramByEngine(path: string, argv: readonly string[], environment: Environment): Child {
  const child = builtin("node:child_process").spawn(path, argv.slice(1), {
    argv0: argv[0] ?? path,
    env: { ...environment },
    stdio: "inherit",
  });
  const exited = new Promise<number>((done) => {
    child.on("exit", (status, signal) => done(exitStatus(status, signal)));
    child.on("error", () => done(126));
  });
  const { pid } = child;
  if (pid === undefined) throw new HostError(fs.existsSync(path) ? "EACCES" : "ENOENT", "spawn", path);
  return { pid, exited, kill: (signal) => void sendSignal(pid, signal) };
}

function sendSignal(pid: number, signal: number): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    const failure = toHostError(error, "kill");
    if (failure.code === "ESRCH") return false;
    // Another user's process exists all the same.
    if (failure.code === "EPERM" && signal === 0) return true;
    throw failure;
  }
}

const handlers = new Map<number, () => void>();

function onSignal(signal: number, handler: ((signal: number) => void) | undefined): void {
  const name = Object.entries(builtin("node:os").constants.signals).find(([, value]) => value === signal)?.[0] as
    | NodeJS.Signals
    | undefined;
  if (name === undefined) return;
  const former = handlers.get(signal);
  if (former !== undefined) process.off(name, former);
  handlers.delete(signal);
  if (handler === undefined) armAgain(signal);
  // What the caller ignored (`nohup`) gets no handler and stays ignored.
  if (handler === undefined || (inheritedIgnored() & (1n << BigInt(signal - 1))) !== 0n) return;
  const listener = () => handler(signal);
  handlers.set(signal, listener);
  process.on(name, listener);
}

/** Linux keeps priorities per thread: every thread that the engine has running gets it, later ones inherit it. */
function setPriority(nice: number): void {
  const native = libc();
  if (native === undefined) {
    builtin("node:os").setPriority(nice);
    return;
  }
  for (const thread of fs.readdirSync("/proc/self/task")) native.call("setpriority", 0, Number(thread), nice);
}

/** The `ProcessControl` of this process. */
export const control: ProcessControl = {
  get canReplace() {
    return isPacked() && libc() !== undefined;
  },
  replace,
  spawnDetached,
  startProgram,
  signal: sendSignal,
  answerEndings,
  onSignal,
  watchEnd,
  watchAccess,
  adoptAccessWatch,
  priority: () => builtin("node:os").getPriority(),
  setPriority,
  expectGrowth,
  makeRoom,
  releaseMemory,
  residentMemory,
};
