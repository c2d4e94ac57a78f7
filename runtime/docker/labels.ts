/** Names and values of labels and environment variables that chalk adds to images (`docker.md` 11). */

/** Name of a label: prefix with a dot, lower case, `-` for `_`, `_` for `$`. */
export function labelName(prefix: string, name: string): string {
  return `${prefix.endsWith(".") ? prefix : `${prefix}.`}${name}`.toLowerCase().replaceAll("_", "-").replaceAll("$", "_");
}

/** May a custom label have this name? */
export function isValidLabelName(name: string): boolean {
  return /^[\p{L}\p{N}.$-]+$/u.test(name);
}

/** The name of an environment variable as it is used; undefined if it cannot be one. */
export function environmentName(name: string): string | undefined {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name.toUpperCase() : undefined;
}

const isBlank = (text: string): boolean => /^\s*$/.test(text);
const isQuoted = (text: string): boolean => text.length >= 2 && text.startsWith('"') && text.endsWith('"');

/**
 * A value as LABEL and ENV want it: in double quotes, with the Dockerfile's escape character before what it must protect.
 * @param custom the user wrote it: if it is quoted already it is used as it is
 * @returns undefined if there is nothing to say
 */
export function quotedValue(value: string, escapeWith: string, custom: boolean): string | undefined {
  if (isBlank(value)) return undefined;
  if (custom) {
    if (value === '"') return undefined;
    if (isQuoted(value)) return value;
  }
  if (escapeWith === "\\") return JSON.stringify(value).replaceAll("$", () => "\\$");
  // Backslashes are ordinary then, but lines must not break.
  const oneLine = value.replace(/[\u0000-\u001f]/g, (character) => JSON.stringify(character).slice(1, -1));
  return `"${oneLine
    .replaceAll(escapeWith, escapeWith + escapeWith)
    .replaceAll('"', `${escapeWith}"`)
    .replaceAll("$", () => `${escapeWith}$`)}"`;
}

/** The value as it ends up in the image. */
export function plainValue(value: string, custom: boolean): string | undefined {
  if (isBlank(value) || (custom && value === '"')) return undefined;
  return custom && isQuoted(value) ? value.slice(1, -1).replace(/\\(["\\$])/g, "$1") : value;
}

export interface AddedLabel {
  /** Without prefix, as the report names it. */
  readonly original: string;
  readonly name: string;
  readonly value: string;
  /** The instruction. */
  readonly line: string;
}

/** One label; undefined if its value is blank. */
export function makeLabel(
  prefix: string,
  original: string,
  value: string,
  escapeWith: string,
  custom: boolean,
): AddedLabel | undefined {
  const quoted = quotedValue(value, escapeWith, custom);
  const plain = plainValue(value, custom);
  if (quoted === undefined || plain === undefined) return undefined;
  const name = labelName(prefix, original);
  return { original, name, value: plain, line: `LABEL ${name}=${quoted}` };
}
