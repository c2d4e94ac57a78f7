/** Writing HTML and SVG safely: text comes from reports, and those from anywhere. */

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for element content and for quoted attributes. Characters that no document may hold become U+FFFD. */
export const escapeText = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => entities[character] as string)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; `content` is markup already. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escapeText(typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value))}"`,
    );
  return `<${name}${written.join("")}>${content}</${name}>`;
}

/** JSON for a script element that is data: nothing in it can end the element or begin a comment. */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");

/** A table. Cells are text. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = headers.map((text) => element("th", { scope: "col" }, escapeText(text))).join("");
  const body = rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, escapeText(cell))).join(""))).join("\n");
  return element("div", { class: "scroll" }, element("table", {}, `<thead><tr>${head}</tr></thead><tbody>${body}</tbody>`));
}

/** Shortens text in the middle so that it fits. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.floor((length - 1) / 3);
  return `${text.slice(0, length - 1 - tail)}…${text.slice(text.length - tail)}`;
}
