/**
 * The TCP sockets of our network namespace as the kernel tells them over netlink (`sock_diag(7)`, what `ss` uses). `/proc/net/tcp` says the same as text:
 * its rows cost the kernel several times as much, it cannot leave out states, and reading it with `tcp6` to the end walks the table of connections four
 * times where this does it once. The older of the two requests is used, because only that one covers both address families in one walk.
 */
import { HostError } from "./host.js";
import { errnoName, type Libc, libc } from "./libc.js";

const [netlinkFamily, rawSocket, closeOnExec, diagnosisProtocol] = [16, 3, 0o2000000, 4];

/** `TCPDIAG_GETSOCK` with the flags of a dump: request, root, match. */
const [getSockets, dumpFlags] = [18, 0x301];
const [errorMessage, doneMessage] = [2, 3];
const headerLength = 16;
/** `struct inet_diag_req`: family, lengths and extensions (all zero: any), the socket's identity (zero: any), states, database. */
const requestLength = headerLength + 4 + 48 + 4 + 4;
const statesAt = headerLength + 4 + 48;

const interrupted = 4;

/** The kernel fills at most 32 kB at once. */
const pieceLength = 1 << 15;
let piece: Uint8Array | undefined;

function request(states: number): Uint8Array {
  const bytes = new Uint8Array(requestLength);
  const words = new Uint32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  words[0] = requestLength;
  [halves[2], halves[3]] = [getSockets, dumpFlags];
  words[statesAt / 4] = states;
  return bytes;
}

/** Runs one system call again as long as signals interrupt it. Throws a `HostError`. */
function insist(native: Libc, what: string, call: () => number): number {
  for (;;) {
    const result = call();
    if (result >= 0) return result;
    const number = native.errno();
    if (number !== interrupted) throw new HostError(errnoName(number), what);
  }
}

/** Hands on the messages in the first `length` bytes; true when the last of the dump was among them. */
function readMessages(bytes: Uint8Array, length: number, socket: (message: Uint8Array, offset: number) => void): boolean {
  const words = new Int32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  for (let at = 0; at + headerLength <= length; ) {
    const size = words[at >> 2]!;
    const type = halves[(at >> 1) + 2]!;
    if (type === doneMessage) return true;
    if (type === errorMessage) throw new HostError(errnoName(-words[(at + headerLength) >> 2]!), "sock_diag");
    if (size < headerLength || at + size > length) throw new HostError("EPROTO", "sock_diag");
    socket(bytes, at + headerLength);
    at += (size + 3) & ~3;
  }
  return false;
}

/**
 * Calls `socket` with each `struct inet_diag_msg` whose state's bit is in `states`, IPv4 and IPv6 as they come. Throws a `HostError` where the kernel can't be
 * asked (plain Node, a sandbox, a kernel without the module); some calls may have been made by then.
 */
export function dumpTcpSockets(states: number, socket: (message: Uint8Array, offset: number) => void): void {
  const native = libc();
  if (native === undefined) throw new HostError("ENOSYS", "sock_diag");
  const fd = insist(native, "socket", () => native.call("socket", netlinkFamily, rawSocket | closeOnExec, diagnosisProtocol));
  try {
    const question = request(states);
    insist(native, "send", () => native.call("send", fd, native.pointer(question), question.length, 0));
    piece ??= new Uint8Array(pieceLength);
    const buffer = piece;
    const address = native.pointer(buffer);
    for (let done = false; !done; ) {
      const length = insist(native, "recv", () => native.call("recv", fd, address, buffer.length, 0));
      if (length === 0) throw new HostError("EPROTO", "sock_diag");
      done = readMessages(buffer, length, socket);
    }
  } finally {
    native.call("close", fd);
  }
}
