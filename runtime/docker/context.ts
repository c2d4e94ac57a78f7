/** Kinds of build contexts, and where the Dockerfile is (`docker.md` 3.1, 3.2). */

export interface GitContext {
  readonly remote: string;
  readonly ref: string;
  readonly subdir: string;
}

export interface BuildContext {
  /** As given. */
  readonly text: string;
  /** `directory` also stands for what turns out not to exist. */
  readonly kind: "directory" | "git" | "stdin" | "url";
  readonly git?: GitContext;
}

export const stdinDockerfile = ":stdin:";

/** Does the part before `#` name a git repository? */
function isGitRemote(address: string): boolean {
  if (/^git@[^/\s]+/.test(address)) return true;
  if (/^ssh:\/\/.+\.git$/.test(address)) return true;
  return /^https?:\/\/[^?]+\.git$/.test(address);
}

/** Classifies the context argument. */
export function contextOf(text: string): BuildContext {
  if (text === "-") return { text, kind: "stdin" };
  const hash = text.indexOf("#");
  const remote = hash < 0 ? text : text.slice(0, hash);
  if (isGitRemote(remote)) {
    const fragment = hash < 0 ? "" : text.slice(hash + 1);
    const colon = fragment.indexOf(":");
    const [ref, subdir] = colon < 0 ? [fragment, ""] : [fragment.slice(0, colon), fragment.slice(colon + 1)];
    return { text, kind: "git", git: { remote, ref, subdir } };
  }
  return { text, kind: /^(https?:\/\/|git:\/\/|github\.com\/)/.test(text) ? "url" : "directory" };
}

/** Joins directory and name, leaving out `.`. */
export function inDirectory(directory: string, name: string): string {
  const cleaned = directory.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");
  if (cleaned === "" && directory.startsWith("/")) return `/${name}`;
  return cleaned === "" || cleaned === "." ? name : `${cleaned}/${name}`;
}

/**
 * The directories that an image is built from (3.1), in which version control is looked for: the main context, or what a git context was fetched into, then
 * the additional ones that are local. What should be a directory and isn't is left out and said.
 */
export function contextDirectories(
  context: BuildContext,
  extraContexts: Readonly<Record<string, string>>,
  repository: string | undefined,
  isDirectory: (path: string) => boolean,
  warn: (message: string) => void,
): string[] {
  const main = repository ?? (context.kind === "directory" ? context.text : undefined);
  const extra = Object.entries(extraContexts).flatMap(([name, value]) => {
    if (value === "-" || value.includes(":")) return [];
    if (isDirectory(value)) return [value];
    warn(`docker: the build context ${name}=${value} is no directory`);
    return [];
  });
  return [...(main === undefined ? [] : [main]), ...extra];
}

/** The local directories that an image is built from, with the names that COPY knows them by; the main context is called `.`. */
export function namedContexts(
  { context, extraContexts }: { readonly context: BuildContext; readonly extraContexts: Readonly<Record<string, string>> },
  isDirectory: (path: string) => boolean,
): { readonly name: string; readonly directory: string }[] {
  const extra = Object.entries(extraContexts).map(([name, directory]) => ({ name, directory }));
  const main = context.kind === "directory" ? [{ name: ".", directory: context.text }] : [];
  return [...main, ...extra.filter(({ directory }) => !directory.includes(":"))].filter(({ directory }) =>
    isDirectory(directory),
  );
}

/** Where the Dockerfile of a build is. */
export function dockerfilePath(context: BuildContext, file: string | undefined): string {
  if (file === "-") return stdinDockerfile;
  if (file !== undefined) return file;
  return context.kind === "directory" ? inDirectory(context.text, "Dockerfile") : "Dockerfile";
}
