/**
 * "Did you mean": the names that a misspelt one may stand for. Distance is Damerau-Levenshtein (insert, delete, replace, swap neighbours) with
 * letter case, `_` and `-` ignored (`schema-language.md` 11, item 3).
 */

const mostSuggestions = 3;

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

/** Restricted Damerau-Levenshtein distance; anything above `limit` is reported as `limit + 1`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length]!, limit + 1);
}

/**
 * The candidates that resemble a name, best first, at most three: those within max(1, ⌊length/3⌋) edits. The name itself is never suggested.
 * Takes any iterable of candidates; ties keep alphabetical order, so the result does not depend on the order of candidates.
 */
export function suggest(name: string, candidates: Iterable<string>): string[] {
  const wanted = plain(name);
  const limit = Math.max(1, Math.floor(name.length / 3));
  const ranked: { candidate: string; edits: number }[] = [];
  for (const candidate of new Set(candidates)) {
    // A name of nothing but `_` and `-` (the internal command `__`) would be close to every short one.
    if (candidate === name || plain(candidate) === "") continue;
    const edits = distance(wanted, plain(candidate), limit);
    if (edits <= limit) ranked.push({ candidate, edits });
  }
  ranked.sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  return ranked.slice(0, mostSuggestions).map((entry) => entry.candidate);
}

/** The hint "did you mean …?" for a list of suggestions; undefined if there are none. */
export function didYouMean(suggestions: readonly string[]): string | undefined {
  if (suggestions.length === 0) return undefined;
  const quoted = suggestions.map((name) => `'${name}'`);
  const last = quoted.pop();
  return `did you mean ${quoted.length > 0 ? `${quoted.join(", ")} or ` : ""}${last}?`;
}
