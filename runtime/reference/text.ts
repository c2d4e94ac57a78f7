/** Documentation texts as they stand in c4m files (they start and end with line breaks), made ready for readers. */

/** A documentation text without surrounding blank space and without the indentation that all its lines share. */
export function cleanDoc(text: string): string {
  const lines = text
    .replaceAll("\r\n", "\n")
    .replace(/^\s*\n/, "")
    .trimEnd()
    .split("\n");
  const indents = lines
    .slice(1)
    .filter((line) => line.trim() !== "")
    .map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const shared = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line, i) => (i === 0 ? line.trimStart() : line.slice(shared))).join("\n");
}

/** Several names as a list in a sentence: `a, b and c`. */
export function listed(names: readonly string[], last = "and"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${last} ${names[names.length - 1]}`;
}
