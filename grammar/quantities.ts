/**
 * Durations and sizes (`language.md` 4.2, 4.3): an amount with a unit, as a literal or at run time, and back to text. Amounts are exact integers
 * (microseconds, bytes) from 0 to 2^63−1; what does not fit is not a value of the domain.
 */

import { didYouMean, suggest } from "./suggest.js";

/** The largest int, Duration and Size. */
export const maximumInt = 2n ** 63n - 1n;

/** Reads digits; undefined if they are surely beyond 64 bits (so that a line of digits does not cost quadratic time). */
export function decimal(digits: string): bigint | undefined {
  if (digits.length <= 15) return BigInt(Number(digits));
  const significant = digits.replace(/^0+/, "");
  return significant.length > 20 ? undefined : BigInt(significant === "" ? "0" : significant);
}

interface DurationUnit {
  readonly microseconds: bigint;
  readonly spellings: readonly string[];
  /** Words of the text form: for one, for more. Weeks and days are units of the text form as well. */
  readonly one: string;
  readonly many: string;
}

const second = 1_000_000n;
const day = 86_400n * second;

/** Largest first, as the text form lists them. */
const durationUnits: readonly DurationUnit[] = [
  { microseconds: 365n * day, spellings: ["y", "yr", "yrs", "year", "years"], one: "year", many: "years" },
  { microseconds: 7n * day, spellings: ["w", "wk", "wks", "week", "weeks"], one: "week", many: "weeks" },
  { microseconds: day, spellings: ["d", "day", "days"], one: "day", many: "days" },
  { microseconds: 3600n * second, spellings: ["h", "hr", "hrs", "hour", "hours"], one: "hour", many: "hours" },
  { microseconds: 60n * second, spellings: ["m", "min", "mins", "minute", "minutes"], one: "min", many: "mins" },
  { microseconds: second, spellings: ["s", "sec", "secs", "second", "seconds"], one: "sec", many: "secs" },
  { microseconds: 1000n, spellings: ["ms", "msec", "msecs", "millisecond", "milliseconds"], one: "msec", many: "msec" },
  { microseconds: 1n, spellings: ["us", "usec", "usecs", "microsecond", "microseconds"], one: "usec", many: "usec" },
];

const durationUnitOf = new Map(durationUnits.flatMap((unit) => unit.spellings.map((spelling) => [spelling, unit] as const)));

/** Microseconds of a duration such as `1 hr, 6 min 22s`; undefined if the text is none (`language.md` 4.2). */
export function parseDuration(text: string): bigint | undefined {
  const part = /(\d+) *([A-Za-z]+)[ \t,]*/y;
  const seen = new Set<DurationUnit>();
  let total = 0n;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    const unit = match && durationUnitOf.get((match[2] as string).toLowerCase());
    const amount = match ? decimal(match[1] as string) : undefined;
    if (!unit || amount === undefined || seen.has(unit)) return undefined;
    seen.add(unit);
    total += amount * unit.microseconds;
  }
  return seen.size > 0 && total <= maximumInt ? total : undefined;
}

/** What a text that looks like amounts with units, but isn't any, may want to say: a hint for C4M-T031; undefined if there is nothing to say. */
export function unitHint(text: string): string | undefined {
  if (!/^(?:\d+[ \t]*[A-Za-z]+[ \t,]*)+$/.test(text)) return undefined;
  const words = [...text.matchAll(/[A-Za-z]+/g)].map(([word]) => word);
  const unknown = words.find((word) => !durationUnitOf.has(word.toLowerCase()));
  if (unknown === undefined) return words.length > 1 ? "a Duration names each unit once" : undefined;
  const sizes = words.length === 1 ? [...sizeUnits.keys()].filter((word) => word.toLowerCase() === unknown.toLowerCase()) : [];
  return didYouMean(
    sizes.length > 0
      ? sizes
      : suggest(
          unknown,
          [...durationUnitOf.keys()].filter((word) => word.length > 2),
        ),
  );
}

/** The text form of a duration in microseconds: `1 hour 6 mins 22 secs`, `0 sec` (`language.md` 4.2). */
export function durationText(microseconds: bigint): string {
  if (microseconds === 0n) return "0 sec";
  const parts: string[] = [];
  let rest = microseconds;
  for (const unit of durationUnits) {
    const amount = rest / unit.microseconds;
    rest %= unit.microseconds;
    if (amount > 0n) parts.push(`${amount} ${amount === 1n ? unit.one : unit.many}`);
  }
  return parts.join(" ");
}

/** Spellings are case-sensitive and complete (`kB` is no unit). */
const sizeUnits: ReadonlyMap<string, bigint> = new Map(
  (
    [
      [1n, "b B Bytes bytes"],
      [10n ** 3n, "k K kb Kb KB"],
      [10n ** 6n, "m M mb Mb MB"],
      [10n ** 9n, "g G gb Gb GB"],
      [10n ** 12n, "t T tb Tb TB"],
      [2n ** 10n, "ki Ki kib KiB KIB"],
      [2n ** 20n, "mi Mi mib MiB MIB"],
      [2n ** 30n, "gi Gi gib GiB GIB"],
      [2n ** 40n, "ti Ti tib TiB TIB"],
    ] as const
  ).flatMap(([bytes, spellings]) => spellings.split(" ").map((spelling) => [spelling, bytes] as const)),
);

/** Bytes of a size such as `5 kb`; undefined if the text is none (`language.md` 4.3). */
export function parseSize(text: string): bigint | undefined {
  const match = /^(\d+)[ \t]*([A-Za-z]+)$/.exec(text);
  const unit = match && sizeUnits.get(match[2] as string);
  const amount = match ? decimal(match[1] as string) : undefined;
  if (!unit || amount === undefined) return undefined;
  const bytes = amount * unit;
  return bytes <= maximumInt ? bytes : undefined;
}

/** The text form of a size: binary units under decimal labels, as upstream prints them: 10 000 bytes is `9KB 784B` (`language.md` 4.3). */
export function sizeText(bytes: bigint): string {
  if (bytes === 0n) return "0 bytes";
  const parts: string[] = [];
  let rest = bytes;
  for (const [label, power] of [
    ["TB", 40n],
    ["GB", 30n],
    ["MB", 20n],
    ["KB", 10n],
    ["B", 0n],
  ] as const) {
    const amount = rest >> power;
    rest -= amount << power;
    if (amount > 0n) parts.push(`${amount}${label}`);
  }
  return parts.join(" ");
}
