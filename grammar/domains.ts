/**
 * The literal domains (`language.md` 4): which texts are a DateTime, Date, Time, Duration, Size, IPAddr or CIDR, and which value they denote. The
 * scanner uses it for `<<…>>` and bare literals, the conversion built-ins at run time. The domains themselves: `calendar.ts`,
 * `quantities.ts`, `addresses.ts`.
 */
import { parseAddress, parseNetwork } from "./addresses.js";
import type { OtherValue } from "./ast.js";
import { parseDate, parseDateTime, parseTime } from "./calendar.js";
import { parseDuration, parseSize } from "./quantities.js";

export { compareAddresses, compareNetworks } from "./addresses.js";
export { durationText, maximumInt, sizeText } from "./quantities.js";

export type DomainName = OtherValue["type"];

const blanks = " \t\r\n";

/** Drops the surrounding blanks of a literal or converted text; a literal may also span lines. */
function stripped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && blanks.includes(text[start] as string)) start++;
  while (end > start && blanks.includes(text[end - 1] as string)) end--;
  return text.slice(start, end);
}

/** One reader per domain; the order is that of matching (4.1): `1 m` is a minute, never a mebibyte. */
const readers: { readonly [name in DomainName]: (text: string) => OtherValue | undefined } = {
  DateTime: (text) => textValue("DateTime", parseDateTime(text)),
  Date: (text) => textValue("Date", parseDate(text)),
  Time: (text) => textValue("Time", parseTime(text)),
  Duration: (text) => quantity("Duration", parseDuration(text)),
  Size: (text) => quantity("Size", parseSize(text)),
  IPAddr: (text) => textValue("IPAddr", parseAddress(text) && text),
  CIDR: (text) => textValue("CIDR", parseNetwork(text) && text),
};

function textValue(type: "IPAddr" | "CIDR" | "Date" | "Time" | "DateTime", value: string | undefined): OtherValue | undefined {
  return value === undefined ? undefined : { type, value };
}

function quantity(type: "Duration" | "Size", value: bigint | undefined): OtherValue | undefined {
  return value === undefined ? undefined : { type, value };
}

/** Names of all domains in order of matching. */
export const domainNames = Object.keys(readers) as readonly DomainName[];

/** The value of the text of a `<<…>>` literal: the first domain that matches; undefined if none does (C4M-T031). */
export function parseOther(text: string): OtherValue | undefined {
  const content = stripped(text);
  for (const name of domainNames) {
    const value = readers[name](content);
    if (value) return value;
  }
  return undefined;
}

/** The value of a text in one given domain, for conversions; undefined if it is none (C4M-E009). */
export function parseDomain(type: DomainName, text: string): OtherValue | undefined {
  return readers[type](stripped(text));
}
