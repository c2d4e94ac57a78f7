/**
 * Dates, times and their combination (`language.md` 4.5-4.7). Each function reads one text and returns its canonical form, which is the value;
 * undefined if the text is not of the domain.
 */

/** No date or time is longer; blanks included. Keeps hostile literals cheap. */
const maximumLength = 200;

const monthNames = "january february march april may june july august september october november december".split(" ");
const monthOf = new Map<string, number>([
  ...monthNames.map((name, index) => [name, index + 1] as const),
  ...monthNames.map((name, index) => [name.slice(0, 3), index + 1] as const),
  ["sept", 9],
]);

const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const two = (value: number): string => String(value).padStart(2, "0");

/** Canonical text of the parts that are there; undefined if one is out of range. */
function canonicalDate(year: string | undefined, month: number, dayText: string | undefined): string | undefined {
  if (!(month >= 1 && month <= 12)) return undefined;
  const head = year === undefined ? "-" : year.padStart(4, "0");
  if (dayText === undefined) return `${head}-${two(month)}`;
  const day = Number(dayText);
  if (day < 1 || day > (daysIn[month - 1] as number)) return undefined;
  return `${head}-${two(month)}-${two(day)}`;
}

/**
 * Named groups: `y` numeric year, `wy` year of a written date, `m` month number, `name` month name, `d` day. Blanks are optional where a digit meets a letter; between day and year there is a comma
 * or a blank.
 */
const dateForms: readonly RegExp[] = [
  /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)$/,
  /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)$/,
  /^--(?<m>\d\d)(?:-(?<d>\d\d))?$/,
  /^(?<name>[A-Za-z]+)[ \t]*(?<d>\d{1,2})(?:[ \t]*,[ \t]*|[ \t]+)(?<wy>\d{1,4})$/,
  /^(?<d>\d{1,2})[ \t]*(?<name>[A-Za-z]+)[ \t]*(?:,[ \t]*)?(?<wy>\d{1,4})$/,
  /^(?<name>[A-Za-z]+)[ \t]*(?<wy>\d{4})$/,
  /^(?<name>[A-Za-z]+)[ \t]*(?<d>\d{1,2})[ \t]*,?$/,
  /^(?<d>\d{1,2})[ \t]*(?<name>[A-Za-z]+)[ \t]*,?$/,
  /^(?<name>[A-Za-z]+)$/,
];

/** Reads a full or partial date: `Jan 7, 2007` is `2007-01-07`, `March` is `--03`. */
export function parseDate(text: string): string | undefined {
  if (text.length > maximumLength) return undefined;
  for (const form of dateForms) {
    const parts = form.exec(text)?.groups;
    if (!parts) continue;
    const month = parts.name === undefined ? Number(parts.m) : monthOf.get(parts.name.toLowerCase());
    // A written year of zero counts as absent.
    const year = parts.y ?? (Number(parts.wy ?? "0") === 0 ? undefined : parts.wy);
    const date = month === undefined ? undefined : canonicalDate(year, month, parts.d);
    if (date !== undefined) return date;
  }
  return undefined;
}

const timePattern =
  /^(?<h>\d{1,2}):(?<m>\d\d)(?::(?<s>\d{1,2})(?<fraction>\.\d+)?)?(?:(?<zulu>[Zz])|(?<offset>[+-](?<oh>\d\d):(?<om>\d\d))|[ \t]*(?<half>[AaPp])[Mm])?$/;

/** Reads a time of day; canonical form `HH:MM:SS`, the fraction as written, `Z` or the offset. */
export function parseTime(text: string): string | undefined {
  const parts = text.length > maximumLength ? undefined : timePattern.exec(text)?.groups;
  if (!parts) return undefined;
  let hour = Number(parts.h);
  const minute = Number(parts.m);
  const second = Number(parts.s ?? "0");
  if (parts.half !== undefined) {
    if (hour < 1 || hour > 12 || parts.fraction !== undefined) return undefined;
    hour = (hour % 12) + (parts.half.toLowerCase() === "p" ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  if (parts.offset !== undefined && (Number(parts.oh) > 23 || Number(parts.om) > 59)) return undefined;
  const zone = parts.zulu === undefined ? (parts.offset ?? "") : "Z";
  return `${two(hour)}:${two(minute)}:${two(second)}${parts.fraction ?? ""}${zone}`;
}

/** Reads date, `T`, time. Month names may contain a t, so the split is at the last `T` with a date before it and a digit behind it. */
export function parseDateTime(text: string): string | undefined {
  if (text.length > 2 * maximumLength) return undefined;
  for (let i = text.length - 1; i > 0; i--) {
    if (text[i] !== "T" && text[i] !== "t") continue;
    const rest = text.slice(i + 1).replace(/^[ \t]+/, "");
    if (!/^\d/.test(rest)) continue;
    const date = parseDate(text.slice(0, i).replace(/[ \t]+$/, ""));
    if (date === undefined) continue;
    const time = parseTime(rest);
    return time === undefined ? undefined : `${date}T${time}`;
  }
  return undefined;
}
