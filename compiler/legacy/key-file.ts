/** The one path that named a signing key up to 0.3.3, as today's settings name it (`facts/legacy.json`, `signing_key_location`). */

export interface KeyFileParts {
  /** Name with the ending `.key`, whatever the ending was. */
  readonly filename: string;
  /** Directory, `.` if there was none: where the key is written and looked for. */
  readonly directory: string;
}

/** `D/N.ext` is `N.key` in D. */
export function keyFileParts(path: string): KeyFileParts {
  const slash = path.lastIndexOf("/");
  return {
    filename: `${path.slice(slash + 1).replace(/\.(key|pub)?$/, "")}.key`,
    directory: slash < 0 ? "." : path.slice(0, slash) || "/",
  };
}
