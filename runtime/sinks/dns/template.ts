/** Domain templates such as `{METADATA_ID}.example.com` (`runtime-core.md` 11.9). */
import { SinkConfigurationError } from "../types.js";

export type TemplatePart = { readonly literal: string } | { readonly key: string };

/** Splits a template; key names are upper-cased. Throws a `SinkConfigurationError` for braces that don't match or are empty. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const fail = (why: string): never => {
    throw new SinkConfigurationError(`domain_template '${template}': ${why}`);
  };
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf("{", at);
    const literal = template.slice(at, open < 0 ? undefined : open);
    if (literal.includes("}")) fail("} without {");
    if (literal !== "") parts.push({ literal });
    if (open < 0) break;
    const close = template.indexOf("}", open);
    if (close < 0) fail("{ is not closed");
    const key = template.slice(open + 1, close);
    if (key.includes("{")) fail("{ inside { }");
    if (key === "") fail("{} names no key");
    parts.push({ key: key.toUpperCase() });
    at = close + 1;
  }
  return parts;
}
