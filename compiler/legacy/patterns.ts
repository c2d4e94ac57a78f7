/** Tables whose keys are dotted paths with `*` for any one name: preparing them, looking paths up. */

/** A pattern of a table, split into its parts. */
interface Pattern<T> {
  readonly parts: readonly string[];
  readonly stars: boolean;
  readonly entry: T;
}

/** The patterns of a table by their last part, plain ones first: almost every path of a configuration is told apart by its last name. */
export type PatternIndex<T> = ReadonlyMap<string, readonly Pattern<T>[]>;

/** Prepares a table of dotted patterns for looking up paths. */
export function indexOf<T>(table: Readonly<Record<string, T>>): PatternIndex<T> {
  const index = new Map<string, Pattern<T>[]>();
  for (const [text, entry] of Object.entries(table)) {
    const parts = text.split(".");
    const pattern: Pattern<T> = { parts, stars: parts.includes("*"), entry };
    const last = parts[parts.length - 1] as string;
    const known = index.get(last) ?? [];
    index.set(last, pattern.stars ? [...known, pattern] : [pattern, ...known]);
  }
  return index;
}

/** The pattern that fits a path, and the names that its stars stand for. Patterns never end with a star. */
export function match<T>(
  index: PatternIndex<T>,
  path: readonly string[],
): { readonly entry: T; readonly stars: readonly string[] } | undefined {
  const candidates = index.get(path[path.length - 1] as string);
  if (candidates === undefined) return undefined;
  for (const { parts, stars, entry } of candidates) {
    if (parts.length !== path.length || !parts.every((part, i) => part === "*" || part === path[i])) continue;
    return { entry, stars: stars ? path.filter((_, i) => parts[i] === "*") : [] };
  }
  return undefined;
}

/** `items.map(change)`, but the same array if nothing changed. */
export function mapped<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let result: T[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as T;
    const next = change(item);
    if (result === undefined && next !== item) result = items.slice(0, i);
    result?.push(next);
  }
  return result ?? items;
}

/** A pattern with its stars replaced, as a path. */
export function fill(pattern: string, stars: readonly string[]): string[] {
  let next = 0;
  return pattern.split(".").map((part) => (part === "*" ? (stars[next++] as string) : part));
}
