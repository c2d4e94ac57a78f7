/**
 * Local time, as the C library has it (`tzset(3)`): `TZ` names a compiled zone or is a POSIX rule; without it `/etc/localtime` counts. The engine's own idea of it is
 * not asked: it knows names only, takes rules and copied files for UTC, and needs several milliseconds for the first answer.
 */
import * as fs from "node:fs";
import { posixZone, type ZoneRule } from "./posix.js";
import { compiledZone } from "./tzif.js";

const systemZone = "/etc/localtime";
const zoneDirectory = "/usr/share/zoneinfo";
const universal: ZoneRule = () => 0;

/** No compiled zone is that long. */
const longestFile = 1 << 20;

let known: { readonly path: string; readonly stamp: string; readonly rule: ZoneRule | undefined } | undefined;

/** The zone in a file, which is read again when it has changed: machines that move do that. */
function zoneOfFile(path: string): ZoneRule | undefined {
  try {
    const stat = fs.statSync(path);
    const { ino, mtimeMs, size } = stat;
    const stamp = `${ino}:${mtimeMs}:${size}`;
    if (known?.path !== path || known.stamp !== stamp)
      known = { path, stamp, rule: !stat.isFile() || size > longestFile ? undefined : compiledZone(fs.readFileSync(path)) };
    return known.rule;
  } catch {
    return undefined;
  }
}

let engineZone: { readonly name: string; readonly rule: ZoneRule | undefined } | undefined;

/** A zone by its name where its file isn't installed, as in many containers: the engine brings the zones of the world along. */
function zoneOfEngine(name: string): ZoneRule | undefined {
  if (engineZone?.name !== name) engineZone = { name, rule: askEngine(name) };
  return engineZone.rule;
}

function askEngine(name: string): ZoneRule | undefined {
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone: name, timeZoneName: "longOffset" });
    return (seconds) => {
      const text = format.formatToParts(seconds * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
      const [, sign, hours, minutes, rest] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(text) ?? [];
      const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0);
      return sign === "-" ? -size : size;
    };
  } catch {
    return undefined;
  }
}

/** The zone that `TZ` (undefined: not set) and the system's files say; UTC if they say nothing that makes sense. */
export function localZone(variable: string | undefined, directory: string = zoneDirectory): ZoneRule {
  if (variable === undefined) return zoneOfFile(systemZone) ?? universal;
  const name = variable.replace(/^:/, "");
  if (name === "") return universal;
  const isPath = name.startsWith("/");
  return (
    zoneOfFile(isPath ? name : `${directory}/${name}`) ??
    posixZone(name) ??
    (isPath ? undefined : zoneOfEngine(name)) ??
    universal
  );
}
