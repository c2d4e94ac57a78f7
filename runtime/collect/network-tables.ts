/** The smaller network tables of /proc and the load (`collection.md` 2.3 - 2.8): each a pure function from the file's text to its rows. */
import { Float, type Json } from "../json.js";
import { reasonOf } from "../reason.js";
import { columns, decimal, fraction, hexadecimal, ipv4Text, ipv6Text, lines } from "./kernel-text.js";

/** Told about every row that could not be understood; the others count all the same. */
export type BadRow = (problem: string) => void;

/** Runs a function for each row and drops those for which it throws. */
function eachRow(rows: readonly string[], bad: BadRow, action: (line: string) => void): void {
  for (const line of rows) {
    try {
      action(line);
    } catch (error) {
      bad(reasonOf(error));
    }
  }
}

/** `/proc/net/dev`: device -> [eight receive counters, eight transmit counters]. */
export function interfaceCounters(text: string, bad: BadRow): Map<string, Json> {
  const found = new Map<string, Json>();
  eachRow(lines(text).slice(2), bad, (line) => {
    const colon = line.indexOf(":");
    if (colon < 0) return;
    const counters = columns(line.slice(colon + 1));
    if (counters.length !== 16) return;
    const numbers = counters.map(decimal);
    found.set(line.slice(0, colon).trim(), [numbers.slice(0, 8), numbers.slice(8)]);
  });
  return found;
}

export interface Ipv6Address {
  readonly device: string;
  readonly address: string;
  readonly index: number | bigint;
  readonly prefix: number | bigint;
  readonly scope: number | bigint;
  readonly flags: number | bigint;
}

/** `/proc/net/if_inet6`, every address. */
export function ipv6Addresses(text: string, bad: BadRow): Ipv6Address[] {
  const found: Ipv6Address[] = [];
  eachRow(lines(text), bad, (line) => {
    const [address, index, prefix, scope, flags, ...rest] = columns(line);
    const device = rest.at(-1);
    if (device === undefined) return;
    found.push({
      device,
      address: ipv6Text(address!),
      index: hexadecimal(index!),
      prefix: hexadecimal(prefix!),
      scope: hexadecimal(scope!),
      flags: hexadecimal(flags!),
    });
  });
  return found;
}

/** Scopes from the one that matters most: global, site, host, link. */
const scopeRank = new Map<number | bigint, number>([0, 0x40, 0x10, 0x20].map((scope, rank) => [scope, rank]));
const rankOf = (row: Ipv6Address) => scopeRank.get(row.scope) ?? scopeRank.size;

/** One address per device, the first of the widest scope: device -> [address, index, prefix length, scope, flags]. */
export function ipv6Interfaces(addresses: readonly Ipv6Address[]): Map<string, Json> {
  const chosen = new Map<string, Ipv6Address>();
  for (const row of addresses) {
    const best = chosen.get(row.device);
    if (best === undefined || rankOf(row) < rankOf(best)) chosen.set(row.device, row);
  }
  return new Map([...chosen].map(([device, row]) => [device, [row.address, row.index, row.prefix, row.scope, row.flags]]));
}

/** `_OP_IP_ADDRESSES`: all addresses, sorted by device, family, address. */
export function allAddresses(
  ipv4: readonly { readonly device: string; readonly address: string; readonly prefix: number }[],
  ipv6: readonly Ipv6Address[],
): Json[] {
  const rows = [
    ...ipv4.map((row) => [row.device, "ipv4", row.address, row.prefix, 0, 0] as const),
    ...ipv6.map((row) => [row.device, "ipv6", row.address, row.prefix, row.scope, row.flags] as const),
  ];
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return rows.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]) || order(a[2], b[2]));
}

/** `/proc/net/route`: rows of 11. Flags are hex, the counters decimal. */
export function ipv4Routes(text: string, bad: BadRow): Json[] {
  const found: Json[] = [];
  eachRow(lines(text).slice(1), bad, (line) => {
    const row = columns(line);
    if (row.length < 11) return;
    const [device, destination, gateway, flags, references, use, metric, mask, mtu, window, roundTrip] = row as [
      string,
      ...string[],
    ];
    found.push([
      ...[destination, gateway, mask].map((hex) => ipv4Text(hex!)),
      device,
      hexadecimal(flags!),
      ...[references, use, metric, mtu, window, roundTrip].map((count) => decimal(count!)),
    ]);
  });
  return found;
}

/** A 32-bit counter that the kernel prints unsigned but means signed. */
const signed32 = (value: number | bigint) => Number(BigInt.asIntN(32, BigInt(value)));

/** `/proc/net/ipv6_route`: rows of 10, every number hex. */
export function ipv6Routes(text: string, bad: BadRow): Json[] {
  const found: Json[] = [];
  eachRow(lines(text), bad, (line) => {
    const row = columns(line);
    if (row.length < 10) return;
    const [destination, prefix, source, sourcePrefix, gateway, metric, references, use, flags, device] = row as [
      string,
      ...string[],
    ];
    found.push([
      ipv6Text(destination),
      hexadecimal(prefix!),
      ipv6Text(source!),
      hexadecimal(sourcePrefix!),
      ipv6Text(gateway!),
      device!,
      hexadecimal(flags!),
      signed32(hexadecimal(references!)),
      hexadecimal(use!),
      hexadecimal(metric!),
    ]);
  });
  return found;
}

/** `/proc/net/arp`: rows of 6. */
export function arpTable(text: string, bad: BadRow): Json[] {
  const found: Json[] = [];
  eachRow(lines(text).slice(1), bad, (line) => {
    const row = columns(line);
    if (row.length < 6) return;
    const [address, hardware, flags, hardwareAddress, mask, device] = row as [string, ...string[]];
    found.push([address, hexadecimal(hardware!), hexadecimal(flags!), hardwareAddress!, mask!, device!]);
  });
  return found;
}

/** `/proc/loadavg`; undefined if it does not look like one. */
export function cpuLoad(text: string): Map<string, Json> | undefined {
  const match = /^(\d+\.\d+)\s+(\d+\.\d+)\s+(\d+\.\d+)\s+(\d+)\/(\d+)\s+(\d+)\s*$/.exec(text);
  if (match === null) return undefined;
  const [, one, five, fifteen, runnable, total, last] = match as unknown as string[];
  const load = [one, five, fifteen].map((value) => new Float(fraction(value!)));
  return new Map<string, Json>([
    ["load", new Map(["1", "5", "15"].map((minutes, index) => [minutes, load[index]!]))],
    ["runnable_procs", decimal(runnable!)],
    ["total_procs", decimal(total!)],
    ["lastpid", decimal(last!)],
  ]);
}
