/** Java property files as TeamCity writes them (`collection.md` 6): `key=value` lines with escapes, comments after `#` and `!`. */

const named: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string | undefined) =>
    code === undefined ? (named[character ?? ""] ?? character ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** Names and values; lines without `=` are skipped, the last of equal names counts. */
export function parseProperties(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#!]/.test(line)) continue;
    const [, name, value] = /^((?:[^\\=]|\\.)*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found.set(unescaped(name.trim()), unescaped(value.trim()));
  }
  return found;
}
