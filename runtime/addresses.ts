/**
 * Numbers behind the texts of IPAddr and CIDR: the text stays as it was written, equality and order go by address (`language.md` 3.7, 4.4).
 */

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

function parseIpv4(text: string): bigint | undefined {
  const groups = text.split(".");
  if (groups.length !== 4) return undefined;
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9]+$/.test(group)) return undefined;
    const number = BigInt(group);
    if (number > 255n) return undefined;
    value = (value << 8n) | number;
  }
  return value;
}

function parseGroups(text: string): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const tail = parseIpv4(part);
      if (tail === undefined) return undefined;
      groups.push(tail >> 16n, tail & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Reads an address; undefined if the text is none. */
export function parseAddress(text: string): Address | undefined {
  const family = text.includes(":") ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family, value };
}

/** Reads `address/prefix`; undefined if the text is none. */
export function parseNetwork(text: string): { readonly address: Address; readonly prefix: number } | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^[0-9]{1,9}$/.test(digits)) return undefined;
  const prefix = Number(digits);
  return prefix <= (address.family === 4 ? 32 : 128) ? { address, prefix } : undefined;
}

/** Text that is equal for equal addresses or networks, e.g. to look them up in dicts. */
export function addressKey(text: string): string {
  const network = parseNetwork(text);
  const address = network?.address ?? parseAddress(text);
  if (address === undefined) return text;
  return `${address.family}:${address.value}${network === undefined ? "" : `/${network.prefix}`}`;
}

/** IPv4 before IPv6, then by address, then by prefix length. */
export function compareAddresses(a: string, b: string): number {
  const left = parseNetwork(a) ?? { address: parseAddress(a), prefix: 0 };
  const right = parseNetwork(b) ?? { address: parseAddress(b), prefix: 0 };
  if (left.address === undefined || right.address === undefined) return a < b ? -1 : a > b ? 1 : 0;
  if (left.address.family !== right.address.family) return left.address.family - right.address.family;
  if (left.address.value !== right.address.value) return left.address.value < right.address.value ? -1 : 1;
  return left.prefix - right.prefix;
}
