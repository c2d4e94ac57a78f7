/** Names of entries (`marks-and-codecs.md` 8.1): UTF-8, or what old DOS programs wrote; never a way out of the archive. */

/** The upper half of code page 437. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

/** A name as text. */
export function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    if (isUtf8) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : (CP437[byte - 128] as string))).join("");
  }
}

/** What is wrong with a name; undefined if nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "an entry has no name";
  if (name.startsWith("/")) return `the name of entry '${name}' is absolute`;
  if (`/${name}/`.includes("/../")) return `the name of entry '${name}' leads out of the archive`;
  return name.includes("\0") ? "the name of an entry holds a NUL" : undefined;
}
