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

/** What is wrong with the answer; undefined if it says yes. What it answers doesn't matter. */
export function problemOf(answer: Uint8Array, id: number): string | undefined {
  if (answer.length < 12) return "the answer is too short";
  if ((((answer[0] as number) << 8) | (answer[1] as number)) !== id) return "the answer belongs to another query";
  if (((answer[2] as number) & 0x80) === 0) return "the answer is no answer";
  const code = (answer[3] as number) & 15;
  return code === 0 ? undefined : `the server answers ${responseNames[code] ?? `code ${code}`}`;
}

const responseNames = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;
