/**
 * Does a static type fit the type that the schema declares? That is unification of fresh copies of the two (`schema-language.md` 3). Configurations
 * have thousands of attributes and few different types, so the answer for a pair of type texts is remembered.
 */
import { typeFromText } from "../type-text.js";
import { instantiate, unifiable } from "../unify.js";

const answers = new Map<string, boolean>();

/** True if a value of type `actual` is accepted where `declared` is wanted. Both are type texts; a text that is no type fits nothing. */
export function fits(declared: string, actual: string): boolean {
  if (declared === actual) return true;
  const key = `${declared}\n${actual}`;
  let answer = answers.get(key);
  if (answer === undefined) {
    const wanted = typeFromText(declared);
    const given = typeFromText(actual);
    answer = wanted !== undefined && given !== undefined && unifiable(instantiate(wanted), instantiate(given));
    answers.set(key, answer);
  }
  return answer;
}
