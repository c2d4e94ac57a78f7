/**
 * The rows of sockets in reports (`collection.md` 2.2), written as text at once: `[address, port, address, port, state, uid, inode]`. A busy proxy has tens of
 * thousands of sockets and the reporter lists them at every beat, without the engine's optimising compilers: so bytes go from one array to another, and
 * nothing is allocated for a row. Where the rows come from is in `socket-tables.ts` (text of /proc) and `socket-messages.ts` (netlink).
 */
import { isJsonList, type Json, parseJson } from "../json.js";
import { readyList } from "../ready-list.js";

/** TCP states by the kernel's number. */
const stateNames = [
  "UNKNOWN",
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECEIVED",
  "FIN_WAIT1",
  "FIN_WAIT2",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "CLOSING",
  "NEW_SYN_RECV",
] as const;

const [blank, quote, comma, dot, zero, openBracket, closeBracket] = [32, 34, 44, 46, 48, 91, 93];
const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const separatorLength = 2;

/** Which sockets count, and what their state column says. */
export interface SocketFilter {
  /** For each state number, its quoted name, or undefined to leave such rows out; beyond the list, the first entry counts. */
  readonly states: readonly (Uint8Array | undefined)[];
}

/** TCP: the states named in `network.tcp_socket_statuses`; `*` is all. */
export function tcpFilter(statuses: readonly string[]): SocketFilter {
  const all = statuses.includes("*");
  return { states: stateNames.map((name) => (all || statuses.includes(name) ? ascii(`"${name}"`) : undefined)) };
}

/** UDP: every socket, also a connected one. */
export const udpFilter: SocketFilter = { states: [ascii('"UNCONN"')] };

/** Widest possible row: two quoted IPv6 addresses, ports, the longest state, two 64-bit counters, punctuation. */
const widestRow = 200;

/** The parts of rows, one after another, into a buffer that grows. */
export class RowWriter {
  bytes: Uint8Array;
  length = 0;
  rows = 0;
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  all(values: Uint8Array): void {
    this.bytes.set(values, this.length);
    this.length += values.length;
  }

  /** The bracket that opens a row, and what separates it from the one before. */
  beginRow(): void {
    this.reserve(widestRow);
    if (this.rows > 0) this.separator();
    this.bytes[this.length++] = openBracket;
  }

  endRow(): void {
    this.bytes[this.length++] = closeBracket;
    this.rows++;
  }

  /** The rows of another one. */
  append(other: RowWriter): void {
    if (other.rows === 0) return;
    this.reserve(other.length + separatorLength);
    if (this.rows > 0) this.separator();
    this.all(other.bytes.subarray(0, other.length));
    this.rows += other.rows;
  }

  separator(): void {
    const { bytes } = this;
    bytes[this.length++] = comma;
    bytes[this.length++] = blank;
  }

  quote(): void {
    this.bytes[this.length++] = quote;
  }

  /** A number below 2^32 in decimal. */
  number(value: number): void {
    const { bytes } = this;
    let end = this.length + 1;
    for (let limit = 10; value >= limit; limit *= 10) end++;
    this.length = end;
    let rest = value;
    do {
      // Below 2^32 / 10 a whole number fits into the 32 bits of `| 0`.
      const tens = (rest / 10) | 0;
      bytes[--end] = zero + rest - tens * 10;
      rest = tens;
    } while (rest > 0);
  }

  /** Four bytes in dotted form. */
  ipv4(first: number, second: number, third: number, fourth: number): void {
    this.number(first);
    this.byte(dot);
    this.number(second);
    this.byte(dot);
    this.number(third);
    this.byte(dot);
    this.number(fourth);
  }
}

/** The rows as values. Only counters that JavaScript's own reader would round need the exact and slower one. */
function readRows(text: string): readonly Json[] {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as Json[];
  const parsed = parseJson(text);
  return "value" in parsed && isJsonList(parsed.value) ? parsed.value : [];
}

/** The text buffer is kept from report to report; a very large one is given back. */
let spare: RowWriter | undefined;
const keptCapacity = 4 << 20;

/** The list of rows that `write` writes. */
export function writeRows(write: (out: RowWriter) => void): readonly Json[] {
  const out = spare ?? new RowWriter(1 << 16);
  // In use: a list that is made meanwhile needs another one.
  spare = undefined;
  out.length = 0;
  out.rows = 0;
  out.byte(openBracket);
  write(out);
  out.reserve(1);
  out.byte(closeBracket);
  const text = new TextDecoder().decode(out.bytes.subarray(0, out.length));
  if (out.bytes.length <= keptCapacity) spare = out;
  return readyList(text, out.rows, () => readRows(text));
}
