/** Extensions of certificates in the words of OpenSSL (`marks-and-codecs.md` 10). */
import { children, colonHex, type Element, expect, integer, namedBits, objectId, readElement, TAG, text } from "./der.js";
import { ANY_POLICY, ATTRIBUTES, CPS_QUALIFIER, NOTICE_QUALIFIER, OTHER_NAMES, PURPOSES, REASONS, USAGES } from "./names.js";

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

/** `C = US, CN = x`, as names stand in lists of lines. */
function spacedLine(name: Element): string {
  return nameParts(name)
    .map(({ id, value }) => `${ATTRIBUTES.get(id)?.[1] ?? id} = ${value}`)
    .join(", ");
}

/** `othername: UPN::x`: OpenSSL shows texts, nothing else. */
function otherName(name: Element): string {
  const [idElement, holder] = children(name);
  const id = objectId(idElement);
  const value = holder === undefined ? undefined : children(holder)[0];
  const isText = value?.tag === TAG.utf8String || value?.tag === TAG.ia5String;
  return `othername: ${OTHER_NAMES.get(id) ?? id}::${isText ? text(value) : "<unsupported>"}`;
}

/** Forms of general names by context tag. */
const GENERAL_NAMES: ReadonlyMap<number, (name: Element) => string> = new Map<number, (name: Element) => string>([
  [0, otherName],
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

/** The bytes of a positive integer without the zero that keeps it positive. */
function magnitude(bytes: Uint8Array): Uint8Array {
  return bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

export function authorityKeyIdentifier(value: Element): string {
  const parts = new Map(children(value).map((part) => [part.tag & 0x1f, part] as const));
  const [key, issuer, serial] = [parts.get(0), parts.get(1), parts.get(2)];
  if (issuer === undefined && serial === undefined) return key === undefined ? "" : upperHex(key.content);
  const lines: string[] = [];
  if (key !== undefined) lines.push(`keyid:${upperHex(key.content)}`);
  if (issuer !== undefined) lines.push(...children(issuer).map(generalName));
  if (serial !== undefined) lines.push(`serial:${upperHex(magnitude(serial.content))}`);
  return lines.join("\n");
}

/** A name in a list of lines. */
function listedName(name: Element): string {
  return (name.tag & 0x1f) === 4 ? `DirName:${spacedLine(readElement(name.content))}` : generalName(name);
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join("\n");

function distributionPoint(point: Element): string {
  const parts = new Map(children(point).map((part) => [part.tag, part] as const));
  const [where, reasons, issuer] = [parts.get(0xa0), parts.get(0x81), parts.get(0xa2)];
  const names = where === undefined ? undefined : children(where)[0];
  const blocks: string[] = [];
  if (names?.tag === 0xa0) blocks.push(`Full Name:\n${indented(children(names).map(listedName))}`);
  if (reasons !== undefined) {
    const has = namedBits({ ...reasons, tag: TAG.bitString });
    blocks.push(`Reasons:\n  ${REASONS.filter((_, bit) => has(bit)).join(", ")}`);
  }
  if (issuer !== undefined) blocks.push(`CRL Issuer:\n${indented(children(issuer).map(listedName))}`);
  return blocks.join("\n");
}

function distributionPoints(value: Element): string {
  return children(value).map(distributionPoint).join("\n");
}

/** What a certificate wants its users to know. */
function noticeLines(notice: Element): string[] {
  const lines = ["  User Notice:"];
  for (const part of children(notice)) {
    if (part.tag !== TAG.sequence) lines.push(`    Explicit Text: ${text(part)}`);
    else {
      const [organization, numbers] = children(part);
      if (organization !== undefined) lines.push(`    Organization: ${text(organization)}`);
      const list = numbers === undefined ? [] : children(numbers).map((number) => integer(number).toString());
      lines.push(`    Number${list.length === 1 ? "" : "s"}: ${list.join(", ")}`);
    }
  }
  return lines;
}

function policies(value: Element): string {
  return children(value)
    .flatMap((policy) => {
      const [id, qualifiers] = children(policy);
      const name = objectId(id);
      const lines = [`Policy: ${name === ANY_POLICY ? "X509v3 Any Policy" : name}`];
      for (const qualifier of qualifiers === undefined ? [] : children(qualifiers)) {
        const [kind, detail] = children(qualifier);
        if (detail === undefined) continue;
        const what = objectId(kind);
        if (what === CPS_QUALIFIER) lines.push(`  CPS: ${text(detail)}`);
        else if (what === NOTICE_QUALIFIER) lines.push(...noticeLines(detail));
      }
      return lines;
    })
    .join("\n");
}

/** A name that stands for many; addresses have a mask. */
function subtree(value: Element): string {
  const name = readElement(value.content);
  if ((name.tag & 0x1f) !== 7) return listedName(name);
  const { content } = name;
  if (content.length !== 8 && content.length !== 32) return "IP Address:<invalid>";
  const half = content.length / 2;
  return `IP:${address(content.subarray(0, half))}/${address(content.subarray(half))}`;
}

function nameConstraints(value: Element): string {
  const parts = new Map(children(value).map((part) => [part.tag & 0x1f, part] as const));
  const blocks = ["Permitted", "Excluded"].flatMap((word, tag) => {
    const part = parts.get(tag);
    return part === undefined ? [] : [`${word}:\n${indented(children(part).map(subtree))}`];
  });
  return blocks.join("\n");
}

function policyConstraints(value: Element): string {
  return children(value)
    .map((part) => {
      const word = (part.tag & 0x1f) === 0 ? "Require Explicit Policy" : "Inhibit Policy Mapping";
      return `${word}:${integer({ ...part, tag: TAG.integer })}`;
    })
    .join(", ");
}

/** Printed values of extensions that have no key of their own; all others are empty. */
export const PRINTED: ReadonlyMap<string, (value: Element) => string> = new Map([
  ["2.5.29.18", generalNames],
  ["2.5.29.20", (value: Element) => integer(value).toString()],
  ["2.5.29.31", distributionPoints],
  ["2.5.29.46", distributionPoints],
  ["2.5.29.30", nameConstraints],
  ["2.5.29.32", policies],
  ["2.5.29.36", policyConstraints],
  ["2.5.29.54", (value: Element) => integer(value).toString()],
]);
