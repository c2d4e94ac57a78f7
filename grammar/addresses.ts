/**
 * IP addresses and networks (`language.md` 4.4). A value keeps the text as it was written; what it means (its number) is computed when two are
 * compared: IPv4 before IPv6, then by address, then by prefix length (3.7).
 */

/** What an address text means. */
export interface AddressNumber {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** An address with a prefix length. */
export interface NetworkNumber extends AddressNumber {
  readonly prefix: number;
}

function parseIPv4(text: string): bigint | undefined {
  const groups = text.split(".");
  if (groups.length !== 4) return undefined;
  let value = 0n;
  for (const group of groups) {
    if (!/^\d+$/.test(group)) return undefined;
    const octet = Number(group);
    if (octet > 255) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value;
}

/** The 16-bit groups of one side of `::`; an IPv4 tail counts as two. */
function groupsOf(text: string, tailAllowed: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else if (tailAllowed && index === parts.length - 1) {
      const tail = parseIPv4(part);
      if (tail === undefined) return undefined;
      groups.push(Number(tail >> 16n), Number(tail & 0xffffn));
    } else return undefined;
  }
  return groups;
}

function parseIPv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] as string, true) : [];
  if (!head || !tail) return undefined;
  const count = head.length + tail.length;
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  const groups = [...head, ...Array<number>(8 - count).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** Reads an address; undefined if the text is none. No zone index; an IPv4 tail is accepted in IPv6. */
export function parseAddress(text: string): AddressNumber | undefined {
  if (text.length > 200) return undefined;
  const version = text.includes(":") ? 6 : 4;
  const value = version === 6 ? parseIPv6(text) : parseIPv4(text);
  return value === undefined ? undefined : { version, value };
}

/** Reads `address/prefix`; host bits may be set and are kept. */
export function parseNetwork(text: string): NetworkNumber | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const prefixText = text.slice(slash + 1);
  const address = parseAddress(text.slice(0, slash));
  if (!address || !/^\d{1,10}$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  return prefix <= (address.version === 4 ? 32 : 128) ? { ...address, prefix } : undefined;
}

function compareNumbers(a: AddressNumber, b: AddressNumber): number {
  if (a.version !== b.version) return a.version - b.version;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** Negative, zero or positive, as `a` is before, equal to or after `b`. Both must be valid IPAddr texts. */
export function compareAddresses(a: string, b: string): number {
  const left = parseAddress(a);
  const right = parseAddress(b);
  if (!left || !right) throw new RangeError(`not an address: ${left ? b : a}`);
  return compareNumbers(left, right);
}

/** The same for CIDR texts: address first, then prefix length. */
export function compareNetworks(a: string, b: string): number {
  const left = parseNetwork(a);
  const right = parseNetwork(b);
  if (!left || !right) throw new RangeError(`not a network: ${left ? b : a}`);
  return compareNumbers(left, right) || left.prefix - right.prefix;
}
