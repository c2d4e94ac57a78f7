import { reasonOf } from "../reason.js";
/**
 * `ignore_patterns` (`marks-and-codecs.md` 3.2): regular expressions that a path must match from its start on, but not to its end. What the user names
 * explicitly is never ignored: below a root that a pattern matches by itself, that pattern looks at the path relative to the root only.
 */

/** Decides about the paths below one root. */
export type Ignores = (path: string) => boolean;

export interface Patterns {
  /** The decision for paths below a directory that was named explicitly. */
  below(root: string): Ignores;
  /** The decision for paths by themselves (entries of archives). */
  readonly ignores: Ignores;
}

/** An entry of `ignore_patterns` that is no regular expression: an error of the configuration. */
export interface InvalidPattern {
  readonly invalid: string;
  readonly reason: string;
}

/** Reads one expression; leading `(?ims)` as in PCRE. Throws a `SyntaxError`. */
function compile(source: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(source);
  const body = flags === null ? source : source.slice(flags[0].length);
  return new RegExp(body, `y${[...new Set(flags?.[1] ?? "")].join("")}`);
}

function matches(pattern: RegExp, path: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(path);
}

/** Reads `ignore_patterns`. */
export function readPatterns(sources: readonly string[]): Patterns | InvalidPattern {
  const patterns: RegExp[] = [];
  for (const source of sources) {
    try {
      patterns.push(compile(source));
    } catch (error) {
      return { invalid: source, reason: reasonOf(error) };
    }
  }
  return {
    ignores: (path) => patterns.some((pattern) => matches(pattern, path)),
    below(root) {
      const folder = root === "/" ? "/" : `${root}/`;
      const whole = patterns.filter((pattern) => !matches(pattern, root) && !matches(pattern, folder));
      const inner = patterns.filter((pattern) => !whole.includes(pattern));
      return (path) =>
        whole.some((pattern) => matches(pattern, path)) ||
        (inner.length > 0 && inner.some((pattern) => matches(pattern, `/${path.slice(folder.length)}`)));
    },
  };
}
