/** The process and its surroundings: output, environment, identity, other processes (`builtins.md` 6). */

import { splitPath } from "../effects/paths.js";
import { Failure } from "../failure.js";
import type { Uname } from "../host/host.js";
import { maxInt, minInt, stringDict } from "../operations.js";
import { concat, decodeBytes } from "../text.js";
import { valueText } from "../text-form.js";
import { TupleValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins, type Implementation } from "./builtin.js";
import type { BuiltinCall } from "./call.js";

function echo(args: readonly Value[], call: BuiltinCall): undefined {
  const line = args.map(valueText).reduce((text, part, i) => concat(i === 0 ? text : `${text} `, part), "");
  call.effects.print(`${line}\n`, call.location);
}

/** Under `run` the program ends with status 1 (`exec` and `docker` only drop the configuration); otherwise evaluation stops with a note. */
function abort([message]: readonly Value[], call: BuiltinCall): undefined {
  if (call.effects.isReal) {
    call.effects.print(`${message}\n`, call.location);
    call.runtime.services.aborted(message as string);
    throw new Failure("C4M-E024", message as string);
  }
  throw new Failure("C4M-E024", message as string, { severity: "note" });
}

function setEnvironment([name, value]: readonly Value[], call: BuiltinCall): Value {
  if (!/^[^=\0]+$/.test(name as string) || (value as string).includes("\0")) return false;
  call.effects.setVariable(name as string, value as string);
  call.effects.record("set_env", name as string);
  return true;
}

/** POSIX shell quoting. */
export function quoteForShell(text: string): string {
  if (text === "") return "''";
  return /^[A-Za-z0-9%+\-./_:=@]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

const systemNames: Readonly<Record<string, string>> = {
  Linux: "linux",
  Darwin: "macosx",
  Windows_NT: "windows",
  FreeBSD: "freebsd",
  NetBSD: "netbsd",
  OpenBSD: "openbsd",
};

const machineNames: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  i686: "i386",
  i586: "i386",
  armv6l: "arm",
  armv7l: "arm",
  ppc64le: "powerpc64el",
};

/** The values of `osname()` and `arch()`. */
export function platformNames(uname: Uname): { readonly os: string; readonly arch: string } {
  return {
    os: systemNames[uname.sysname] ?? uname.sysname.toLowerCase(),
    arch: machineNames[uname.machine] ?? uname.machine,
  };
}

/** Are we in a container, and in which one? The id is empty if it can't be told. */
function container(call: BuiltinCall): { readonly inside: boolean; readonly id: string } {
  const { files } = call.host;
  try {
    const id = /\/docker\/containers\/([^/\s]+)/.exec(files.readText("/proc/self/mountinfo"))?.[1];
    if (id !== undefined) return { inside: true, id };
  } catch {
    // Without /proc there is only the marker file.
  }
  const inside = files.find("/.dockerenv") !== undefined || files.find("/run/.containerenv") !== undefined;
  return { inside, id: "" };
}

const zero: Implementation = () => 0n;
const empty: Implementation = () => "";
const no: Implementation = () => false;
const none: Implementation = () => [];
/** Identity and environment: simulated without a host by what `lint` gets instead. */
const identity = (simulate: "run" | Implementation) => ({ classes: ["env-read"] as const, simulate });
const volatile = (simulate: "run" | Implementation) => ({ classes: ["volatile"] as const, simulate });

export const systemBuiltins: readonly Builtin[] = defineBuiltins(
  "system",
  ["env-read"],
  [
    [
      "echo",
      "(*`T) -> void",
      "Prints its arguments to standard error, with blanks between them.",
      echo,
      { classes: ["reporting"], simulate: "run" },
    ],
    ["abort", "(string) -> void", "Prints a message and ends the program.", abort, { classes: ["process"], simulate: "run" }],
    [
      "env",
      "() -> dict[string, string]",
      "All environment variables.",
      (_, call) => stringDict(Object.entries(call.effects.environment())),
      identity("run"),
    ],
    [
      "env",
      "(string) -> string",
      "The value of an environment variable, empty if it is not set.",
      ([name], call) => call.effects.variable(name as string) ?? "",
      identity("run"),
    ],
    [
      "env_exists",
      "(string) -> bool",
      "Is the environment variable set, even if empty?",
      ([name], call) => call.effects.variable(name as string) !== undefined,
      identity("run"),
    ],
    [
      "set_env",
      "(string, string) -> bool",
      "Sets an environment variable for this process and those that it starts.",
      setEnvironment,
      { classes: ["process"], simulate: "run" },
    ],
    ["getpid", "() -> int", "Number of this process.", (_, call) => BigInt(call.host.processes.pid), volatile(zero)],
    [
      "quote",
      "(string) -> string",
      "Quoted so that a shell takes it as one word.",
      ([text]) => quoteForShell(text as string),
      { classes: ["pure"] },
    ],
    [
      "osname",
      "() -> string",
      "Name of the operating system: linux, macosx …",
      (_, call) => platformNames(call.host.machine.uname()).os,
      identity(empty),
    ],
    [
      "arch",
      "() -> string",
      "Name of the processor architecture: amd64, arm64 …",
      (_, call) => platformNames(call.host.machine.uname()).arch,
      identity(empty),
    ],
    [
      "program_args",
      "() -> list[string]",
      "The arguments of the program.",
      (_, call) => [...call.host.processes.argv],
      identity(none),
    ],
    [
      "program_path",
      "() -> string",
      "Path of the program's executable.",
      (_, call) => call.host.processes.executable,
      identity(empty),
    ],
    [
      "program_name",
      "() -> string",
      "Name of the program's executable.",
      (_, call) => splitPath(call.host.processes.executable)[1],
      identity(empty),
    ],
    ["high", "() -> int", "The largest int.", () => maxInt, { classes: ["pure"] }],
    ["low", "() -> int", "The lowest int.", () => minInt, { classes: ["pure"] }],
    [
      "rand",
      "() -> int",
      "64 random bits.",
      (_, call) => new DataView(call.host.machine.randomBytes(8).slice().buffer).getBigInt64(0),
      volatile(zero),
    ],
    ["now", "() -> int", "Unix time in milliseconds.", (_, call) => BigInt(Math.floor(call.host.clock.now())), volatile(zero)],
    [
      "container_name",
      "() -> string",
      "Id of the container that we run in; empty if there is none or it cannot be told.",
      (_, call) => container(call).id,
      identity(empty),
    ],
    ["in_container", "() -> bool", "Do we run in a container?", (_, call) => container(call).inside, identity(no)],
  ],
);

function shell(text: string, call: BuiltinCall): { readonly output: string; readonly status: bigint } {
  const { effects, runtime } = call;
  effects.record("run", text);
  const { maxOutput, maxTime } = runtime.limits;
  const result = call.host.processes.run("/bin/sh", ["-c", text], {
    input: "",
    merge: true,
    limit: maxOutput,
    cwd: effects.cwd(),
    ...(maxTime > 0 ? { timeout: maxTime } : {}),
  });
  if (result.failure === "ENOBUFS" || result.stdout.length > maxOutput)
    throw new Failure("C4M-E022", `${call.builtin.name}() returned more than ${maxOutput} bytes`, {
      expected: String(maxOutput),
    });
  if (result.failure === "ETIMEDOUT") throw new Failure("C4M-E022", `${call.builtin.name}() took longer than ${maxTime} ms`);
  if (result.failure !== undefined) throw new Failure("C4M-E009", `the shell cannot be started: ${result.failure}`);
  const output = decodeBytes(result.stdout).replace(/\r\n?/g, "\n");
  return { output: output === "" || output.endsWith("\n") ? output : `${output}\n`, status: BigInt(result.status) };
}

const emptyUname: readonly string[] = ["", "", "", "", ""];

function terminalName(_: readonly Value[], call: BuiltinCall): Value {
  for (const fd of [0, 1, 2] as const) {
    if (!call.host.terminal.isTerminal(fd)) continue;
    try {
      return call.host.files.readLink(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  }
  return "";
}

export const posixBuiltins: readonly Builtin[] = defineBuiltins(
  "posix",
  ["env-read"],
  [
    [
      "run",
      "(string) -> string",
      "Runs a shell command and returns what it prints.",
      ([text], call) => shell(text as string, call).output,
      { classes: ["process"], simulate: empty },
    ],
    [
      "system",
      "(string) -> tuple[string, int]",
      "Runs a shell command and returns what it prints, and its exit status.",
      ([text], call) => {
        const { output, status } = shell(text as string, call);
        return new TupleValue([output, status]);
      },
      { classes: ["process"], simulate: () => new TupleValue(["", 0n]) },
    ],
    ["getuid", "() -> int", "The real user id.", (_, call) => BigInt(call.host.machine.uid()), identity(zero)],
    ["geteuid", "() -> int", "The effective user id.", (_, call) => BigInt(call.host.machine.effectiveUid()), identity(zero)],
    [
      "uname",
      "() -> list[string]",
      "System name, node name, release, version and machine.",
      (_, call) => {
        const { sysname, nodename, release, version, machine } = call.host.machine.uname();
        return [sysname, nodename, release, version, machine];
      },
      identity(() => emptyUname),
    ],
    [
      "using_tty",
      "() -> bool",
      "Is standard input, output or error a terminal?",
      (_, call) => ([0, 1, 2] as const).some((fd) => call.host.terminal.isTerminal(fd)),
      identity(no),
    ],
    ["tty_name", "() -> string", "Device of the terminal; empty without one.", terminalName, identity(empty)],
  ],
);
