/** The textual forms of an instant in local time (`runtime-core.md` 5.5): date, time with milliseconds, offset, and all three together. */
import type { Clock } from "../host/host.js";

export interface LocalTime {
  readonly date: string;
  readonly time: string;
  /** `+00:00` for UTC, never `Z`. */
  readonly offset: string;
  readonly dateTime: string;
}

/** An instant (ms since the epoch) in the zone that the clock has for it. */
export function localTime(milliseconds: number, clock: Pick<Clock, "zoneOffset">): LocalTime {
  const minutes = clock.zoneOffset(milliseconds);
  const [date, rest] = new Date(milliseconds + minutes * 60_000).toISOString().split("T") as [string, string];
  const time = rest.slice(0, -1);
  const two = (value: number) => String(value).padStart(2, "0");
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(Math.floor(size) % 60)}`;
  return { date, time, offset, dateTime: `${date}T${time}${offset}` };
}
