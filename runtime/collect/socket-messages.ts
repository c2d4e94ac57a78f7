/**
 * TCP sockets as the kernel's `struct inet_diag_msg` (`host/socket-dump.ts`) into report rows: the same rows in the same order as from the text of
 * `/proc/net/tcp` and `tcp6`. States that the two ways tell differently (half-open connections have no owner here) are left to the text.
 */
import type { Network } from "../host/host.js";
import { HostError } from "../host/host.js";
import type { Json } from "../json.js";
import { littleEndian } from "./kernel-text.js";
import { RowWriter, type SocketFilter, writeRows } from "./socket-rows.js";

const [ipv4Family, ipv6Family] = [2, 10];
/** Offsets in the message. Ports and addresses are in network order, owner and inode in that of the machine. */
const [stateAt, portsAt, localAt, remoteAt, ownerAt, inodeAt] = [1, 4, 8, 24, 64, 68];

/** UNKNOWN, SYN_RECEIVED, NEW_SYN_RECV. */
const toldDifferently = [0, 3, 12];

const lowerHex = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const colon = 58;

function isMapped(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 10] !== 255 || bytes[at + 11] !== 255) return false;
  for (let index = 0; index < 10; index++) if (bytes[at + index] !== 0) return false;
  return true;
}

function writeAddress(out: RowWriter, family: number, message: Uint8Array, at: number): void {
  out.quote();
  if (family === ipv4Family) out.ipv4(message[at]!, message[at + 1]!, message[at + 2]!, message[at + 3]!);
  else if (isMapped(message, at)) out.ipv4(message[at + 12]!, message[at + 13]!, message[at + 14]!, message[at + 15]!);
  else {
    for (let index = 0; index < 16; index++) {
      if (index > 0 && index % 2 === 0) out.byte(colon);
      const value = message[at + index]!;
      out.byte(lowerHex[value >> 4]!);
      out.byte(lowerHex[value & 15]!);
    }
  }
  out.quote();
  out.separator();
}

function word(bytes: Uint8Array, at: number, little: boolean): number {
  return little
    ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    : (bytes[at + 3]! | (bytes[at + 2]! << 8) | (bytes[at + 1]! << 16) | (bytes[at]! << 24)) >>> 0;
}

function writeRow(out: RowWriter, state: Uint8Array, message: Uint8Array, offset: number, little: boolean): void {
  const family = message[offset]!;
  const ports = offset + portsAt;
  out.beginRow();
  writeAddress(out, family, message, offset + localAt);
  out.number(message[ports]! * 256 + message[ports + 1]!);
  out.separator();
  writeAddress(out, family, message, offset + remoteAt);
  out.number(message[ports + 2]! * 256 + message[ports + 3]!);
  out.separator();
  out.all(state);
  out.separator();
  out.number(word(message, offset + ownerAt, little));
  out.separator();
  out.number(word(message, offset + inodeAt, little));
  out.endRow();
}

/** Rows of the second family wait here while those of the first are written. */
const secondCapacity = 1 << 12;

/**
 * The rows of TCP sockets whose states the filter names, IPv6 ones after the others if they are wanted. Undefined if the kernel can't be asked this way; then
 * the tables of /proc have to be read.
 */
export function socketMessageRows(
  network: Network,
  filter: SocketFilter,
  withIpv6: boolean,
  little = littleEndian,
): readonly Json[] | undefined {
  if (toldDifferently.some((state) => filter.states[state] !== undefined)) return undefined;
  const wanted = filter.states.reduce((bits, name, state) => (name === undefined ? bits : bits | (1 << state)), 0);
  let second: RowWriter | undefined;
  try {
    return writeRows((out) => {
      if (wanted === 0) return;
      network.dumpTcpSockets(wanted, (message, offset) => {
        const state = filter.states[message[offset + stateAt]!];
        if (state === undefined) return;
        if (message[offset] === ipv4Family) writeRow(out, state, message, offset, little);
        else if (withIpv6 && message[offset] === ipv6Family) {
          second ??= new RowWriter(secondCapacity);
          writeRow(second, state, message, offset, little);
        }
      });
      if (second !== undefined) out.append(second);
    });
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
