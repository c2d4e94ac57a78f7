/** What commits and annotated tags say: people, times in their own zone, messages, signatures (`collection.md` 5.1, 5.3, 5.5). */

export interface Person {
  /** `Name <mail>`. */
  readonly name: string;
  /** Milliseconds since the epoch; undefined if the line has no readable time. */
  readonly timestamp: number | undefined;
  /** `2025-11-02T07:45:09.000-03:00`. */
  readonly date: string | undefined;
}

export interface Commit {
  readonly author: Person | undefined;
  readonly committer: Person | undefined;
  readonly signed: boolean;
  readonly message: string;
  readonly tree: string | undefined;
}

export interface Tag {
  /** What it tags. */
  readonly object: string | undefined;
  readonly type: string | undefined;
  readonly tagger: Person | undefined;
  readonly signed: boolean;
  readonly message: string;
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

function decoderFor(encoding: string | undefined): (bytes: Uint8Array) => string {
  if (encoding !== undefined && !/^(iso-?8859-1|latin-?1)$/i.test(encoding))
    try {
      const decoder = new TextDecoder(encoding);
      return (bytes) => decoder.decode(bytes);
    } catch {}
  if (encoding !== undefined) return latin1;
  const decoder = new TextDecoder();
  return (bytes) => decoder.decode(bytes);
}

interface Content {
  readonly headers: ReadonlyMap<string, string>;
  readonly message: string;
}

/** Headers up to a blank line, continuation lines joined, and the message. The first header of a name counts. */
function readContent(data: Uint8Array): Content {
  let end = 0;
  while (end < data.length && !(data[end] === 10 && (end === 0 || data[end - 1] === 10))) end++;
  const head = data.subarray(0, end);
  const encoding = /^encoding (.+)$/m.exec(latin1(head))?.[1]?.trim();
  const decode = decoderFor(encoding);
  const headers = new Map<string, string>();
  for (const line of decode(head).split("\n")) {
    const [, name, value] = /^([^ ]+) (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !headers.has(name)) headers.set(name, value);
  }
  return { headers, message: decode(data.subarray(end + 1)) };
}

const two = (value: number) => String(value).padStart(2, "0");

function dateIn(milliseconds: number, minutesEast: number): string | undefined {
  const wall = new Date(milliseconds + minutesEast * 60_000);
  if (Number.isNaN(wall.getTime())) return undefined;
  const away = Math.abs(minutesEast);
  const offset = `${minutesEast < 0 ? "-" : "+"}${two(Math.trunc(away / 60))}:${two(away % 60)}`;
  return wall.toISOString().replace("Z", offset);
}

function readPerson(line: string | undefined): Person | undefined {
  if (line === undefined) return undefined;
  const end = line.lastIndexOf(">") + 1;
  const name = line.slice(0, end === 0 ? undefined : end).trim();
  const [, seconds, sign, hours, minutes] = /^ *(-?\d{1,15}) ([+-])(\d{1,2})(\d{2})\b/.exec(line.slice(end)) ?? [];
  if (seconds === undefined) return { name, timestamp: undefined, date: undefined };
  const timestamp = Number(seconds) * 1000;
  const east = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  return { name, timestamp, date: dateIn(timestamp, east) };
}

/** Reads a commit object. */
export function readCommit(data: Uint8Array): Commit {
  const { headers, message } = readContent(data);
  return {
    author: readPerson(headers.get("author")),
    committer: readPerson(headers.get("committer")),
    signed: headers.has("gpgsig") || headers.has("gpgsig-sha256"),
    message: message.trim(),
    tree: headers.get("tree"),
  };
}

/** Kinds of signature blocks that end a tag's message. */
const signatureBlocks = ["PGP SIGNATURE", "SSH SIGNATURE", "SIGNED MESSAGE"];

/** Where a complete signature block begins; undefined if there is none. */
function signatureStart(message: string): number | undefined {
  const starts = signatureBlocks.flatMap((kind) => {
    const begin = new RegExp(`^-----BEGIN ${kind}-----[ \\r]*$`, "m").exec(message);
    if (begin === null) return [];
    return new RegExp(`^-----END ${kind}-----[ \\r]*$`, "m").test(message.slice(begin.index)) ? [begin.index] : [];
  });
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** Reads an annotated tag. */
export function readTag(data: Uint8Array): Tag {
  const { headers, message } = readContent(data);
  const signature = signatureStart(message);
  return {
    object: headers.get("object"),
    type: headers.get("type"),
    tagger: readPerson(headers.get("tagger")),
    signed: signature !== undefined,
    message: message.slice(0, signature).trim(),
  };
}
