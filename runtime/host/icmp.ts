/**
 * ICMP echo requests that only so many routers let pass, to learn who the routers are (`collection.md` 3). The kernel keeps what routers answer in the error
 * queue of the socket that asked, so that no packet of others is seen. Sockets for everybody if the system allows them, else raw ones for root.
 */
import { errnoName, type Libc, libc } from "./libc.js";

const [inet, datagram, raw, closeOnExec, icmp] = [2, 2, 3, 0o2000000, 1];
const [levelIp, optionTtl, optionReceiveErrors] = [0, 2, 11];
const [errorQueue, dontWait] = [0x2000, 0x40];
const [readable, failed] = [1, 8];
const [echoReply, unreachable, echoRequest, timeExceeded] = [0, 3, 8, 11];
/** `SO_EE_ORIGIN_ICMP`: a router or host said so, not our own system. */
const originIcmp = 2;
const payload = new TextEncoder().encode("chalk");
const headerLength = 8;

interface EchoSocket {
  readonly fd: number;
  /** Sees whole packets, of everybody. */
  readonly isRaw: boolean;
}

function open(native: Libc): EchoSocket | undefined {
  for (const kind of [datagram, raw]) {
    const fd = native.call("socket", inet, kind | closeOnExec, icmp);
    if (fd >= 0) return { fd, isRaw: kind === raw };
  }
  return undefined;
}

/** `struct sockaddr_in`. */
function socketAddress(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, inet, true);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An echo request with sequence number 0. */
function echo(identifier: number): Uint8Array {
  const packet = new Uint8Array(headerLength + payload.length);
  const view = new DataView(packet.buffer);
  packet[0] = echoRequest;
  view.setUint16(4, identifier, false);
  packet.set(payload, headerLength);
  view.setUint16(2, checksum(packet), false);
  return packet;
}

/** The address of the router in the error queue; undefined if there is none. */
function reporter(native: Libc, fd: number): string | undefined {
  const [content, control, vector, message] = [512, 512, 16, 56].map((length) => new Uint8Array(length)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const words = (bytes: Uint8Array) => new DataView(bytes.buffer);
  words(vector).setBigUint64(0, BigInt(native.pointer(content)), true);
  words(vector).setBigUint64(8, BigInt(content.length), true);
  words(message).setBigUint64(16, BigInt(native.pointer(vector)), true);
  words(message).setBigUint64(24, 1n, true);
  words(message).setBigUint64(32, BigInt(native.pointer(control)), true);
  words(message).setBigUint64(40, BigInt(control.length), true);
  if (native.call("recvmsg", fd, native.pointer(message), errorQueue | dontWait) < 0) return undefined;
  const end = Number(words(message).getBigUint64(40, true));
  const view = words(control);
  for (let at = 0; at + 16 <= end; ) {
    const length = Number(view.getBigUint64(at, true));
    const [level, type] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true)];
    // `struct sock_extended_err` of 16 bytes, then the address of who reported.
    const isError = level === levelIp && type === optionReceiveErrors && length >= 48;
    const isAnswer =
      isError && control[at + 20] === originIcmp && [unreachable, timeExceeded].includes(control[at + 21] as number);
    if (isAnswer) return control.subarray(at + 36, at + 40).join(".");
    if (length < 16) return undefined;
    at += (length + 7) & ~7;
  }
  return undefined;
}

/** Is a received packet the reply to our request? */
function isReply(packet: Uint8Array, { isRaw }: EchoSocket, identifier: number): boolean {
  const start = isRaw ? ((packet[0] ?? 0) & 15) * 4 : 0;
  if (packet.length < start + headerLength || packet[start] !== echoReply) return false;
  // Others are for the kernel to tell apart: it gives each socket an identifier of its own.
  return !isRaw || (((packet[start + 4] as number) << 8) | (packet[start + 5] as number)) === identifier;
}

/** Sends one request and waits for who answers; empty if nobody does. */
function probe(native: Libc, socket: EchoSocket, destination: string, hop: number, timeout: number, now: () => number): string {
  const { fd } = socket;
  const target = socketAddress(destination);
  const option = (name: number, value: number) => {
    const word = Uint32Array.of(value);
    return native.call("setsockopt", fd, levelIp, name, native.pointer(word), 4) === 0;
  };
  if (!option(optionTtl, hop) || !option(optionReceiveErrors, 1)) return "";
  if (native.call("connect", fd, native.pointer(target), target.length) !== 0) return "";
  const identifier = process.pid & 0xffff;
  const request = echo(identifier);
  if (native.call("send", fd, native.pointer(request), request.length, dontWait) < 0) return "";
  const waiting = new Uint8Array(8);
  const packet = new Uint8Array(2048);
  for (const end = now() + timeout; ; ) {
    const left = Math.ceil(end - now());
    if (left <= 0) return "";
    new DataView(waiting.buffer).setInt32(0, fd, true);
    waiting.set([readable, 0, 0, 0], 4);
    if (native.call("poll", native.pointer(waiting), 1, left) <= 0) {
      if (errnoName(native.errno()) === "EINTR") continue;
      return "";
    }
    if (((waiting[6] as number) & failed) !== 0) {
      const found = reporter(native, fd);
      if (found !== undefined) return found;
    }
    const length = native.call("recv", fd, native.pointer(packet), packet.length, dontWait);
    if (length > 0 && isReply(packet.subarray(0, length), socket, identifier)) return destination;
  }
}

/**
 * Who answers requests to an IPv4 address that may pass 1, 2 … `hops` routers; empty where nobody did within `timeout` milliseconds. Undefined if this process may
 * not send any.
 */
export function probeHops(destination: string, hops: number, timeout: number, now: () => number): string[] | undefined {
  const native = libc();
  if (native === undefined) return undefined;
  const answers: string[] = [];
  for (let hop = 1; hop <= hops; hop++) {
    // One socket for each hop, so that a late answer isn't taken for the next one's.
    const socket = open(native);
    if (socket === undefined) return hop === 1 ? undefined : [...answers, ...Array<string>(hops - hop + 1).fill("")];
    try {
      answers.push(probe(native, socket, destination, hop, timeout, now));
    } finally {
      native.call("close", socket.fd);
    }
  }
  return answers;
}
