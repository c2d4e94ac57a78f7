/** Reading `WWW-Authenticate` headers of registries (`docker.md` 17.3). */

export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Where a bearer token is had. */
  readonly realm?: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const schemePattern = new RegExp(`\\s*,?\\s*(${token})(?=\\s+${token}\\s*=|\\s*$|\\s*,)`, "y");
const parameterPattern = new RegExp(`\\s*,?\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`, "y");

/** The challenges of one header, in order. What is no challenge ends the reading. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  while (at < header.length) {
    schemePattern.lastIndex = at;
    const scheme = schemePattern.exec(header)?.[1]?.toLowerCase();
    if (scheme === undefined) break;
    at = schemePattern.lastIndex;
    const parameters: Record<string, string> = {};
    for (;;) {
      parameterPattern.lastIndex = at;
      const match = parameterPattern.exec(header);
      if (match === null) break;
      parameters[(match[1] as string).toLowerCase()] = match[2]?.replace(/\\(.)/g, "$1") ?? (match[3] as string);
      at = parameterPattern.lastIndex;
    }
    const { realm, ...others } = parameters;
    challenges.push(scheme === "bearer" && realm !== undefined ? { scheme, realm, parameters: others } : { scheme, parameters });
  }
  return challenges;
}
