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
