/** Host names for look-ups (`runtime-core.md` 11.9): labels with other than ASCII characters become Punycode (RFC 3492, nothing else is mapped). */

const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
const initialBias = 72;
const initialN = 128;

const digit = (value: number) => String.fromCharCode(value < 26 ? value + 97 : value + 22);

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / damp) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > ((base - tMin) * tMax) >> 1; k += base) rest = Math.floor(rest / (base - tMin));
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew));
}

/** Punycode of a label, without the `xn--` prefix. */
export function punycode(label: string): string {
  const codes = Array.from(label, (character) => character.codePointAt(0)!);
  const ascii = codes.filter((code) => code < 0x80);
  let output = String.fromCharCode(...ascii);
  let handled = ascii.length;
  if (handled > 0) output += "-";
  let n = initialN;
  let delta = 0;
  let bias = initialBias;
  while (handled < codes.length) {
    const next = Math.min(...codes.filter((code) => code >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const code of codes) {
      if (code < n) delta++;
      if (code !== n) continue;
      let q = delta;
      for (let k = base; ; k += base) {
        const t = k <= bias ? tMin : k >= bias + tMax ? tMax : k - bias;
        if (q < t) break;
        output += digit(t + ((q - t) % (base - t)));
        q = Math.floor((q - t) / (base - t));
      }
      output += digit(q);
      bias = adapt(delta, handled + 1, handled === ascii.length);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return output;
}

/** The name to look up, or what is wrong with it. Letter case is kept. */
export function hostName(text: string): { readonly name: string } | { readonly problem: string } {
  const labels = text.split(".").map((label) => (/^[\x00-\x7f]*$/.test(label) ? label : `xn--${punycode(label)}`));
  const name = labels.join(".");
  if (labels.some((label) => label === "")) return { problem: `'${text}' has an empty label` };
  const long = labels.find((label) => label.length > 63);
  if (long !== undefined) return { problem: `label '${long.slice(0, 20)}…' is longer than 63 characters` };
  if (name.length > 253) return { problem: "the name is longer than 253 characters" };
  return { name };
}
