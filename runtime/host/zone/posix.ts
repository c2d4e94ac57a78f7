/**
 * Time zones as POSIX writes them (`TZ` in XBD 8.3, with the extensions of RFC 8536): `CET-1CEST,M3.5.0,M10.5.0/3`, `<+0330>-3:30`. A name, how far local time is
 * behind UTC, and, where the clocks are changed, the same of summer time and the two moments of the year at which it begins and ends.
 */

/** Seconds that local time is ahead of UTC at an instant (seconds since the epoch). */
export type ZoneRule = (seconds: number) => number;

const [hour, day] = [3600, 86_400];

/** A moment of each year: seconds of local time from its beginning. */
type Moment = (year: number) => number;

/** Days from the epoch to the first of January. */
const daysTo = (year: number) => Date.UTC(year, 0, 1) / 1000 / day;
const isLeap = (year: number) => daysTo(year + 1) - daysTo(year) === 366;

/** Without a rule of its own a zone with summer time has that of the United States, as glibc does it. */
const defaultRule = "M3.2.0,M11.1.0";

const name = "(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)";
const time = "[+-]?\\d{1,3}(?::\\d{1,2}(?::\\d{1,2})?)?";
const zonePattern = new RegExp(`^${name}(${time})(?:${name}(${time})?(?:,(.+))?)?$`);
const hasSummer = new RegExp(`^${name}${time}${name}`);
const datePattern = new RegExp(`^(?:M(\\d{1,2})\\.([1-5])\\.([0-6])|(J?)(\\d{1,3}))(?:/(${time}))?$`);

/** `[+-]h[:m[:s]]` in seconds; undefined beyond the given number of hours. */
function secondsOf(text: string, mostHours: number): number | undefined {
  const [hours, minutes, seconds] = text.replace(/^[+-]/, "").split(":").map(Number).concat(0, 0) as [number, number, number];
  if (hours > mostHours || minutes > 59 || seconds > 59) return undefined;
  const sum = hours * hour + minutes * 60 + seconds;
  return text.startsWith("-") ? -sum : sum;
}

/** The day of the year, from 0, of the week-th such weekday of a month; the fifth is the last one. */
function weekdayInYear(year: number, month: number, week: number, weekday: number): number {
  const first = Date.UTC(year, month - 1, 1) / 1000 / day;
  // The epoch was a Thursday.
  const date = first + ((weekday - ((first + 4) % 7) + 7) % 7) + (week - 1) * 7;
  const next = Date.UTC(year, month, 1) / 1000 / day;
  return (date < next ? date : date - 7) - daysTo(year);
}

function momentOf(text: string): Moment | undefined {
  const match = datePattern.exec(text);
  if (match === null) return undefined;
  const [month, week, weekday, number] = [match[1], match[2], match[3], match[5]].map(Number) as [number, number, number, number];
  const seconds = match[6] === undefined ? 2 * hour : secondsOf(match[6], 167);
  if (seconds === undefined) return undefined;
  if (match[1] !== undefined)
    return month < 1 || month > 12 ? undefined : (year) => weekdayInYear(year, month, week, weekday) * day + seconds;
  // `J60` is the first of March in every year; without J the days of the year count from 0.
  if (match[4] === "J")
    return number < 1 || number > 365 ? undefined : (year) => (number - (isLeap(year) && number >= 60 ? 0 : 1)) * day + seconds;
  return number > 365 ? undefined : () => number * day + seconds;
}

/** The zone that such a text describes; undefined if it is none. */
export function posixZone(text: string): ZoneRule | undefined {
  const match = zonePattern.exec(text);
  const behind = match === null ? undefined : secondsOf(match[1]!, 24);
  if (match === null || behind === undefined) return undefined;
  const standard = 0 - behind;
  if (!hasSummer.test(text)) return match[3] === undefined ? () => standard : undefined;
  const summerBehind = match[2] === undefined ? behind - hour : secondsOf(match[2], 24);
  const [start, end, ...rest] = (match[3] ?? defaultRule).split(",").map(momentOf);
  if (summerBehind === undefined || start === undefined || end === undefined || rest.length > 0) return undefined;
  const summer = 0 - summerBehind;
  return (seconds) => {
    const year = new Date((seconds + standard) * 1000).getUTCFullYear();
    const begin = daysTo(year) * day;
    // Each change is told by the time that is in force before it.
    const from = begin + start(year) - standard;
    const to = begin + end(year) - summer;
    const isSummer = from < to ? seconds >= from && seconds < to : seconds >= from || seconds < to;
    return isSummer ? summer : standard;
  };
}
