/**
 * Ignore files of build contexts (`docker.md` 18.6): which files a context does not contain. Docker's own rules, with one exception: `[!x]` negates a class
 * as `[^x]` does. Patterns become regular expressions once; whether a directory must be walked although it is excluded is decided by negated patterns.
 */

interface IgnorePattern {
  readonly negated: boolean;
  /** Cleaned, without `!`. */
  readonly text: string;
  readonly matches: (path: string) => boolean;
}

/** A pattern that docker refuses. */
export class InvalidPattern extends Error {
  constructor(pattern: string) {
    super(`'${pattern}' is not a valid pattern of an ignore file`);
  }
}

/** `.`, `..`, doubled and trailing slashes resolved, as in a path. */
function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else if (part !== ".." || !rooted) parts.push(part);
  }
  const joined = parts.join("/");
  return rooted ? `/${joined}` : joined === "" ? "." : joined;
}

function cleanPattern(pattern: string): string {
  const cleaned = cleanPath(pattern);
  return cleaned.length > 1 && cleaned.startsWith("/") ? cleaned.slice(1) : cleaned;
}

/** The patterns of an ignore file, cleaned. */
export function readIgnoreFile(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
    if (line.startsWith("#")) continue;
    let pattern = line.trim();
    if (pattern === "") continue;
    const negated = pattern.startsWith("!");
    if (negated) pattern = pattern.slice(1).trim();
    patterns.push(`${negated ? "!" : ""}${pattern === "" ? "" : cleanPattern(pattern)}`);
  }
  return patterns;
}

const special = /[.+()|{}$^*?[\]\\/]/;
const inClass = (character: string): string => (/[\\\]^-]|[[(){}/|]/.test(character) ? `\\${character}` : character);
const literal = (character: string): string => (special.test(character) ? `\\${character}` : character);

/** The class that starts at `[`; undefined if it is never closed. */
function readClass(characters: readonly string[], start: number): { readonly source: string; readonly end: number } | undefined {
  let at = start + 1;
  const negated = characters[at] === "^" || characters[at] === "!";
  if (negated) at++;
  let source = "";
  for (let first = true; ; first = false) {
    const character = characters[at];
    if (character === undefined) return undefined;
    if (character === "]" && !first) break;
    if (character === "]") return undefined;
    if (character === "\\") {
      const next = characters[++at];
      if (next === undefined) return undefined;
      source += inClass(next);
    } else if (character === "-" && source !== "" && characters[at + 1] !== "]") source += "-";
    else source += inClass(character);
    at++;
  }
  return { source: `(?!\\/)[${negated ? "^" : ""}${source}]`, end: at };
}

/** The expression of a pattern; undefined if it is invalid. */
function expression(pattern: string): string | undefined {
  const characters = [...pattern];
  let source = "";
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === "*" && characters[at + 1] === "*") {
      at++;
      if (characters[at + 1] === "/") at++;
      source += at + 1 === characters.length ? ".*" : "(?:.*\\/)?";
    } else if (character === "*") source += "[^\\/]*";
    else if (character === "?") source += "[^\\/]";
    else if (character === "[") {
      const found = readClass(characters, at);
      if (found === undefined) return undefined;
      source += found.source;
      at = found.end;
    } else if (character === "\\") {
      const next = characters[++at];
      if (next === undefined) return undefined;
      source += literal(next);
    } else source += literal(character);
  }
  return source;
}

/** Is it a pattern that docker accepts? */
export function isValidPattern(pattern: string): boolean {
  try {
    compilePattern(pattern);
    return true;
  } catch (error) {
    if (error instanceof InvalidPattern) return false;
    throw error;
  }
}

function compilePattern(pattern: string): IgnorePattern {
  const negated = pattern.startsWith("!");
  const rest = negated ? pattern.slice(1).trim() : pattern;
  if (rest === "") throw new InvalidPattern(pattern);
  const text = cleanPattern(rest);
  const source = expression(text);
  if (source === undefined) throw new InvalidPattern(pattern);
  // `**x` without other wildcards stands for every path that ends like this, not only for whole elements.
  const suffix = text.startsWith("**") && !/[*?[\\]/.test(text.slice(2)) ? text.slice(2) : undefined;
  let regExp: RegExp;
  try {
    regExp = new RegExp(`^(?:${source})$`, "su");
  } catch {
    throw new InvalidPattern(pattern);
  }
  const matches = (path: string): boolean => regExp.test(path) || (suffix !== undefined && path.endsWith(suffix));
  return { negated, text, matches };
}

/** Patterns, ready for questions. */
export interface IgnoreRules {
  /** Does the context lack this path (relative, with `/`)? */
  isExcluded(path: string): boolean;
  /** Must an excluded directory be walked, because something in it may be included? */
  mustDescend(directory: string): boolean;
}

/** Makes rules of patterns. Throws `InvalidPattern`. */
export function createIgnoreRules(patterns: readonly string[]): IgnoreRules {
  const compiled = patterns.map(compilePattern);
  const negations = compiled.filter((pattern) => pattern.negated);
  const matchesTree = (pattern: IgnorePattern, path: string): boolean => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
      if (pattern.matches(path.slice(0, end))) return true;
    return false;
  };
  return {
    isExcluded(path) {
      let excluded = false;
      for (const pattern of compiled) if (pattern.negated === excluded && matchesTree(pattern, path)) excluded = !excluded;
      return excluded;
    },
    mustDescend(directory) {
      const depth = directory.split("/").length;
      return negations.some((pattern) => {
        if (pattern.text.includes("**")) return true;
        const parts = pattern.text.split("/");
        if (parts.length === 1) return pattern.matches(directory);
        return parts.length > depth && compilePattern(parts.slice(0, depth).join("/")).matches(directory);
      });
    },
  };
}

/**
 * The ignore file that docker uses for a build.
 * @param dockerfile its path; undefined if it comes from standard input
 * @param exists answers for paths as they are written here
 */
export function selectIgnoreFile(
  dockerfile: string | undefined,
  context: string,
  exists: (path: string) => boolean,
): string | undefined {
  const general = context === "." || context === "" ? ".dockerignore" : `${context.replace(/\/+$/, "")}/.dockerignore`;
  if (dockerfile !== undefined && exists(`${dockerfile}.dockerignore`)) return `${dockerfile}.dockerignore`;
  return exists(general) ? general : undefined;
}
