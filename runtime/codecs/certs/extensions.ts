/** Extensions of certificates in the words of OpenSSL (`marks-and-codecs.md` 10). */
import { children, colonHex, type Element, expect, integer, namedBits, objectId, readElement, TAG, text } from "./der.js";
import { ANY_POLICY, ATTRIBUTES, CPS_QUALIFIER, PURPOSES, USAGES } from "./names.js";

/** Attributes of a distinguished name, in order. */
export function nameParts(name: Element): { readonly id: string; readonly value: string }[] {
  return children(expect(name, TAG.sequence)).flatMap((set) =>
    children(expect(set, TAG.set)).map((attribute) => {
      const [id, value] = children(attribute);
      return { id: objectId(id), value: value === undefined ? "" : text(value) };
    }),
  );
}

/** `/C=US/CN=x`. */
function oneLine(name: Element): string {
  return nameParts(name)
    .map(({ id, value }) => `/${ATTRIBUTES.get(id)?.[1] ?? id}=${value}`)
    .join("");
}

function address(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "<invalid>";
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at]! << 8) | bytes[at + 1]!).toString(16).toUpperCase());
  return groups.join(":");
}

/** Forms of general names by context tag. */
const GENERAL_NAMES: ReadonlyMap<number, (name: Element) => string> = new Map<number, (name: Element) => string>([
  [0, () => "othername:<unsupported>"],
  [1, (name) => `email:${text(name)}`],
  [2, (name) => `DNS:${text(name)}`],
  [3, () => "X400Name:<unsupported>"],
  [4, (name) => `DirName:${oneLine(readElement(name.content))}`],
  [5, () => "EdiPartyName:<unsupported>"],
  [6, (name) => `URI:${text(name)}`],
  [7, (name) => `IP Address:${address(name.content)}`],
  [8, (name) => `Registered ID:${objectId({ ...name, tag: TAG.objectId })}`],
]);

function generalName(name: Element): string {
  return GENERAL_NAMES.get(name.tag & 0x1f)?.(name) ?? "<unsupported>";
}

export function generalNames(value: Element): string {
  return children(value).map(generalName).join(", ");
}

export function keyUsage(value: Element): string {
  const has = namedBits(value);
  return USAGES.filter((_, bit) => has(bit)).join(", ");
}

export function extendedKeyUsage(value: Element): string {
  return children(value)
    .map((purpose) => objectId(purpose))
    .map((id) => PURPOSES.get(id) ?? id)
    .join(", ");
}

export function basicConstraints(value: Element): string {
  const parts = children(value);
  const isAuthority = parts[0]?.tag === TAG.boolean && parts[0].content[0] !== 0;
  const length = parts.find((part) => part.tag === TAG.integer);
  return `CA:${isAuthority ? "TRUE" : "FALSE"}${length === undefined ? "" : `, pathlen:${integer(length)}`}`;
}

const upperHex = (bytes: Uint8Array) => colonHex(bytes).toUpperCase();

export function subjectKeyIdentifier(value: Element): string {
  return upperHex(expect(value, TAG.octetString).content);
}

export function authorityKeyIdentifier(value: Element): string {
  const parts = new Map(children(value).map((part) => [part.tag & 0x1f, part] as const));
  const [key, issuer, serial] = [parts.get(0), parts.get(1), parts.get(2)];
  if (issuer === undefined && serial === undefined) return key === undefined ? "" : upperHex(key.content);
  const lines: string[] = [];
  if (key !== undefined) lines.push(`keyid:${upperHex(key.content)}`);
  if (issuer !== undefined) lines.push(...children(issuer).map(generalName));
  if (serial !== undefined) lines.push(`serial:${upperHex(serial.content)}`);
  return lines.join("\n");
}

function distributionPoints(value: Element): string {
  const blocks = children(value).map((point) => {
    const full = children(point).find((part) => part.tag === 0xa0);
    const names = full === undefined ? undefined : children(full)[0];
    if (names?.tag !== 0xa0) return "";
    return `Full Name:\n${children(names)
      .map((name) => `  ${generalName(name)}`)
      .join("\n")}`;
  });
  return blocks.join("\n");
}

function policies(value: Element): string {
  return children(value)
    .flatMap((policy) => {
      const [id, qualifiers] = children(policy);
      const name = objectId(id);
      const lines = [`Policy: ${name === ANY_POLICY ? "X509v3 Any Policy" : name}`];
      for (const qualifier of qualifiers === undefined ? [] : children(qualifiers)) {
        const [kind, detail] = children(qualifier);
        if (detail !== undefined && objectId(kind) === CPS_QUALIFIER) lines.push(`  CPS: ${text(detail)}`);
      }
      return lines;
    })
    .join("\n");
}

/** Printed values of extensions that have no key of their own; all others are empty. */
export const PRINTED: ReadonlyMap<string, (value: Element) => string> = new Map([
  ["2.5.29.18", generalNames],
  ["2.5.29.20", (value: Element) => integer(value).toString()],
  ["2.5.29.31", distributionPoints],
  ["2.5.29.46", distributionPoints],
  ["2.5.29.32", policies],
  ["2.5.29.54", (value: Element) => integer(value).toString()],
]);
