/**
 * Keeping secrets out of logs, reports and `config` (`ours.md` 4, `runtime-core.md` 4.9, 11.1): values of sensitive parameters wherever they
 * appear in text, and parameters of sinks and auths by their name.
 */
import { Float, type Json } from "../json.js";
import { readyText } from "../ready-list.js";

export const redacted = "<<redact>>";

const secretNames = new Set(["secret", "password", "token", "uid"]);

/** Is the field of that name a secret by convention? */
export function isSecretName(name: string): boolean {
  return secretNames.has(name);
}

/** Header values are secrets, names are not. */
export function redactHeaders(headers: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...headers.keys()].map((name) => [name, redacted]));
}

/** The start of an assignment to a field that holds a secret, in the text of a configuration. */
const secretAssignment = new RegExp(`(?<![\\w"])(?:${[...secretNames, "headers"].join("|")})[ \\t]*(?::=|[:=])`, "g");
/** What matters to find the end of a value: strings, brackets, line ends. */
const valuePart = /"""[\s\S]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*(?:"|$|(?=\n))|[([{]|[)\]}]|[\n;]/g;

/**
 * The text of a configuration without the strings that are written where its fields hold secrets (sinks, auths, header values), also in comments. It is for
 * showing, and need not be valid.
 */
export function redactSource(text: string): string {
  let clean = "";
  let done = 0;
  for (const { index, 0: start } of text.matchAll(secretAssignment)) {
    if (index < done) continue;
    valuePart.lastIndex = index + start.length;
    clean += text.slice(done, valuePart.lastIndex);
    done = valuePart.lastIndex;
    let depth = 0;
    for (let part = valuePart.exec(text); part !== null; part = valuePart.exec(text)) {
      const [word] = part;
      if (word.startsWith('"')) {
        clean += `${text.slice(done, part.index)}"${redacted}"`;
        done = valuePart.lastIndex;
      } else if ("([{".includes(word)) depth++;
      else if (depth === 0) break;
      else if (")]}".includes(word)) depth--;
    }
  }
  return clean + text.slice(done);
}

/** A shorter secret (`1`, `yes`) occurs by chance everywhere; replacing it would garble texts and still hide nothing. */
const shortestPart = 4;

/**
 * Returns a function that replaces each of the secrets in a text: anywhere in it, or, if the secret is very short, only when it is the whole text. Empty
 * secrets are ignored; longer ones are replaced first, so that one that contains another leaves nothing behind.
 */
export function createRedactor(secrets: Iterable<string>): (text: string) => string {
  const all = [...new Set(secrets)].filter((s) => s !== "").sort((a, b) => b.length - a.length);
  const parts = all.filter((secret) => secret.length >= shortestPart);
  const wholes = new Set(all);
  return (text) => {
    if (wholes.has(text)) return redacted;
    return parts.reduce((rest, secret) => (rest.includes(secret) ? rest.split(secret).join(redacted) : rest), text);
  };
}

/** The same for all strings of a value, names of members excepted. Returns the same object if nothing had to be replaced. */
export function redactJson(value: Json, redact: (text: string) => string): Json {
  if (typeof value === "string") return redact(value);
  if (value === null || typeof value !== "object" || value instanceof Float) return value;
  // A long list whose text is known need not be built if nothing in it is secret.
  const text = readyText(value);
  if (text !== undefined && redact(text) === text) return value;
  if (value instanceof Map) {
    let changed = false;
    const copy = new Map<string, Json>();
    for (const [key, item] of value as ReadonlyMap<string, Json>) {
      const clean = redactJson(item, redact);
      changed ||= clean !== item;
      copy.set(key, clean);
    }
    return changed ? copy : value;
  }
  let changed = false;
  const copy = (value as readonly Json[]).map((item) => {
    const clean = redactJson(item, redact);
    changed ||= clean !== item;
    return clean;
  });
  return changed ? copy : value;
}
