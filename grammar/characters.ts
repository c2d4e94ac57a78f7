/** Classes of characters for the scanner (`language.md` 1.1, 1.4). */

/** Bits of `asciiClass`. */
export const IdentifierStart = 1;
export const IdentifierPart = 2;
export const Digit = 4;

/** Class bits of the ASCII characters. */
export const asciiClass = new Uint8Array(128);
for (let unit = 0; unit < 128; unit++) {
  const letter = (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 95 || unit === 36;
  const digit = unit >= 48 && unit <= 57;
  asciiClass[unit] = (letter ? IdentifierStart | IdentifierPart : 0) | (digit ? Digit | IdentifierPart : 0);
}

// The Unicode properties ID_Start and ID_Continue are, letter for letter, the categories that the language names.
const start = /^\p{ID_Start}$/u;
const part = /^\p{ID_Continue}$/u;

/** Whether a code point can begin an identifier. */
export function startsIdentifier(codePoint: number): boolean {
  if (codePoint < 128) return ((asciiClass[codePoint] as number) & IdentifierStart) !== 0;
  return start.test(String.fromCodePoint(codePoint));
}

/** Whether a code point can continue an identifier. */
export function continuesIdentifier(codePoint: number): boolean {
  if (codePoint < 128) return ((asciiClass[codePoint] as number) & IdentifierPart) !== 0;
  return part.test(String.fromCodePoint(codePoint));
}

/** Whether the UTF-16 unit is an ASCII digit; false for NaN, that is behind the end of the text. */
export function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

/** Offset behind the identifier that starts at `from` (which must start one). */
export function identifierEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const unit = text.charCodeAt(at);
    if (unit < 128) {
      if (((asciiClass[unit] as number) & IdentifierPart) === 0) return at;
      at++;
    } else {
      const codePoint = text.codePointAt(at);
      if (codePoint === undefined || !continuesIdentifier(codePoint)) return at;
      at += codePoint > 0xffff ? 2 : 1;
    }
  }
}

/** Offset behind the digits that start at `from`. */
export function digitsEnd(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}
