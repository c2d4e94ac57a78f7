/**
 * Standard streams, by plain system calls on their descriptors: Node's stream objects would buffer, switch pipes to non-blocking mode (which the
 * program that we start would inherit) and cost start-up time.
 */
import * as fs from "node:fs";
import { attempt, builtin, toBytes } from "./attempt.js";
import { undoAtEnd } from "./endings.js";
import type { Terminal } from "./host.js";
import { libc } from "./libc.js";
import { pauseThread } from "./pause.js";
import type { Step } from "./trampoline.js";

const getWindowSize = 0x5413;
const setTerminal = 0x5402;
/** SIGTTOU, and the disposition that ignores it. */
const [backgroundWrite, ignore] = [22, 1];
/** Offset of `c_lflag` in `struct termios`, and its bit for echoing. */
const localFlags = 3;
const echo = 8;

/** Major device number of /dev/null and its like, the most frequent character devices that are no terminals. */
const memoryDevices = 1;

function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    const stats = fs.fstatSync(fd);
    // Only a character device can be one; asking the kernel first spares loading `node:tty` in pipelines and before /dev/null.
    return stats.isCharacterDevice() && stats.rdev >> 8 !== memoryDevices && builtin("node:tty").isatty(fd);
  } catch {
    return false;
  }
}

function columns(fd: 0 | 1 | 2): number | undefined {
  if (!isTerminal(fd)) return undefined;
  const native = libc();
  if (native === undefined)
    return [process.stdin, process.stdout, process.stderr].map((s) => (s as NodeJS.WriteStream).columns)[fd];
  const size = new Uint16Array(4);
  return native.call("ioctl", fd, getWindowSize, native.pointer(size)) === 0 && size[1]! > 0 ? size[1] : undefined;
}

function write(fd: 1 | 2, data: Uint8Array | string): void {
  const bytes = toBytes(data);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") return;
      // Somebody else made the pipe non-blocking; wait for its reader.
      if (code === "EAGAIN") pauseThread(5);
      else if (code !== "EINTR")
        attempt("write", undefined, () => {
          throw error;
        });
    }
  }
}

/** One read of stdin, waiting when it is non-blocking; an empty result is the end. */
function readSome(length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  for (;;) {
    try {
      return buffer.subarray(0, fs.readSync(0, buffer, 0, length, null));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") pauseThread(5);
      else if (code === "EOF") return buffer.subarray(0, 0);
      else if (code !== "EINTR")
        attempt("read", undefined, () => {
          throw error;
        });
    }
  }
}

function readAll(): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let piece = readSome(65536); piece.length > 0; piece = readSome(65536)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Runs an action with the terminal's echo off. */
function withoutEcho<T>(action: () => T): T {
  const native = libc();
  if (native === undefined) {
    const stty = (word: string) =>
      builtin("node:child_process").spawnSync("stty", [word], { stdio: ["inherit", "ignore", "ignore"] });
    stty("-echo");
    try {
      return action();
    } finally {
      stty("echo");
    }
  }
  const settings = new Uint32Array(64);
  if (native.call("tcgetattr", 0, native.pointer(settings)) !== 0) return action();
  const before = settings[localFlags]!;
  const apply = (flags: number) => {
    settings[localFlags] = flags;
    native.call("tcsetattr", 0, 0, native.pointer(settings));
  };
  const original = settings.slice();
  const setMode: Step = { call: "ioctl", arguments: [0, setTerminal, original] };
  const done = undoAtEnd([setMode]);
  // From the background, a change of the terminal would stop us.
  const stopping = native.call("signal", backgroundWrite, ignore);
  apply(before & ~echo);
  try {
    return action();
  } finally {
    apply(before);
    native.call("signal", backgroundWrite, stopping);
    done();
  }
}

/** Byte by byte, since what follows the line belongs to the next reader. */
function readPlainLine(): string | undefined {
  const bytes: number[] = [];
  for (;;) {
    const byte = readSome(1)[0];
    if (byte === undefined) return bytes.length === 0 ? undefined : Buffer.from(bytes).toString();
    if (byte === 10) return Buffer.from(bytes).toString();
    bytes.push(byte);
  }
}

/** The `Terminal` of this process. */
export const terminal: Terminal = {
  isTerminal,
  columns,
  write,
  readAll,
  readLine(hidden = false, prompt = "") {
    const ask = () => {
      if (prompt !== "") write(1, prompt);
      return readPlainLine();
    };
    return hidden && isTerminal(0) ? withoutEcho(ask) : ask();
  },
};
