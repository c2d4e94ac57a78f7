/** A look that costs next to nothing, before anything is prepared for finding certificates in a text: most environments hold none. */

/** No certificate is shorter: a key and a signature alone take more. */
const shortest = 100;

/** Can the text hold a certificate: a PEM block, base64 of one, or (beginning with the byte of a sequence) DER? */
export function mayHoldCertificate(text: string): boolean {
  if (text.length < shortest) return false;
  return text.includes("-----BEGIN ") || text.startsWith("0") || /^[A-Za-z0-9+/=\s]*$/.test(text);
}
