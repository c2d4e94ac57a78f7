/**
 * Versions as docker and its plug-ins print them (`docker.md` 1.8). Tool chains are asked once and compared with the few minimums that decide what a build
 * may use; whatever cannot be read counts as version 0.
 */

export interface Version {
  /** As printed, with suffix, without a leading `v`. */
  readonly text: string;
  readonly numbers: readonly [number, number, number];
  /** Something follows the numbers: sorts before the same version without. */
  readonly suffixed: boolean;
}

/** What an unknown version compares as. */
export const noVersion: Version = { text: "", numbers: [0, 0, 0], suffixed: false };

const surroundings = /^[,.\-+/]+|[,.\-+/]+$/g;

/** Reads one word; undefined if it is no version. */
export function parseVersion(word: string): Version | undefined {
  const text = word.replace(surroundings, "").replace(/^v/, "").replace(surroundings, "");
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/.exec(text);
  if (match === null) return undefined;
  const [, major, minor = "0", patch = "0", suffix] = match;
  return { text, numbers: [Number(major), Number(minor), Number(patch)], suffixed: suffix !== undefined };
}

/** The first word of a line that contains a dot and is a version. */
export function versionInLine(line: string): Version | undefined {
  for (const word of line.split(/[\s/,]+/)) {
    const version = word.includes(".") ? parseVersion(word) : undefined;
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Negative, zero or positive, as for sorting. */
export function compareVersions(left: Version, right: Version): number {
  for (const i of [0, 1, 2] as const) {
    const difference = left.numbers[i] - right.numbers[i];
    if (difference !== 0) return difference;
  }
  return Number(right.suffixed) - Number(left.suffixed);
}

/** Is the version at least `minimum`, written as text? Suffixes don't count: distributions add their own. */
export function atLeast(version: Version, minimum: string): boolean {
  const wanted = parseVersion(minimum) ?? noVersion;
  return compareVersions({ ...version, suffixed: false }, wanted) >= 0;
}
