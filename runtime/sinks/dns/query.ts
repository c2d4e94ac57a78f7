/** DNS messages, as far as one question needs them (RFC 1035). */

export type RecordType = "A" | "AAAA" | "any";

const typeNumbers: Readonly<Record<RecordType, number>> = { A: 1, AAAA: 28, any: 255 };
const recursionDesired = 0x0100;
const classInternet = 1;

/** The query for one name. */
export function encodeQuery(id: number, name: string, type: RecordType): Uint8Array {
  const labels = name.split(".").map((label) => new TextEncoder().encode(label));
  const bytes: number[] = [id >> 8, id & 255, recursionDesired >> 8, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) bytes.push(label.length, ...label);
  bytes.push(0, 0, typeNumbers[type], 0, classInternet);
  return Uint8Array.from(bytes);
}

/** Is this datagram the answer to the query of that number? */
export function isAnswer(datagram: Uint8Array, id: number): boolean {
  const [high = 0, low = 0, flags = 0] = datagram;
  return datagram.length >= 12 && ((high << 8) | low) === id && (flags & 0x80) !== 0;
}

/** What is wrong with the answer; undefined if it says yes. What it answers doesn't matter. */
export function problemOf(answer: Uint8Array): string | undefined {
  const code = (answer[3] ?? 0) & 15;
  return code === 0 ? undefined : `the server answers ${responseNames[code] ?? `code ${code}`}`;
}

const responseNames = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;
