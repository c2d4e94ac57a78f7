/**
 * Configuration files of git, as far as remotes need them (`collection.md` 5.4): sections with sub-sections, quoting, continuation lines, `include.path`;
 * of the system, the user, the repository and the worktree.
 */
import type { Host } from "../../host/host.js";
import { directoryOf } from "../../paths.js";
import { join, type Location } from "./discover.js";

export interface Setting {
  /** Lower case. */
  readonly section: string;
  /** As written; undefined if there is none. */
  readonly subsection: string | undefined;
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b" };
const deepestInclude = 10;

/** The value behind `=`: quotes removed, escapes undone, comment and surrounding blanks dropped. */
function readValue(text: string): string {
  let value = "";
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "#" || character === ";")) break;
    else if (character === "\\") {
      const next = text[++at] ?? "";
      value += escapes[next] ?? next;
    } else value += character;
    if (quoted || !/\s/.test(character)) kept = value.length;
  }
  return value.slice(0, kept).trimStart();
}

/** The settings of one file, in order; lines that make no sense are skipped. */
export function parseConfig(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = "";
  let subsection: string | undefined;
  const lines = text
    .replace(/^\ufeff/, "")
    .replace(/(^|[^\\])((?:\\\\)*)\\\r?\n/g, "$1$2")
    .split(/\r?\n/);
  for (let line of lines) {
    const header = /^\s*\[\s*([\w.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (header !== null) {
      // `[section.sub]` is an old form whose second part has no case.
      const [first = "", ...rest] = (header[1] as string).toLowerCase().split(".");
      section = first;
      subsection = header[2] === undefined ? (rest.length > 0 ? rest.join(".") : undefined) : header[2].replace(/\\(.)/g, "$1");
      line = line.slice(header[0].length);
    }
    const [, name, value] = /^\s*([A-Za-z][\w-]*)\s*(?:=(.*))?$/.exec(line) ?? [];
    if (name === undefined || section === "") continue;
    settings.push({ section, subsection, name: name.toLowerCase(), value: value === undefined ? "true" : readValue(value) });
  }
  return settings;
}

/** Settings of a repository, those that count more later. */
export class GitConfig {
  readonly settings: readonly Setting[];

  constructor(settings: readonly Setting[]) {
    this.settings = settings;
  }

  /** All values of a setting, in order. */
  all(section: string, subsection: string | undefined, name: string): string[] {
    return this.settings
      .filter((one) => one.section === section && one.subsection === subsection && one.name === name)
      .map((one) => one.value);
  }

  /** The value that counts. */
  last(section: string, subsection: string | undefined, name: string): string | undefined {
    return this.all(section, subsection, name).at(-1);
  }

  /** Sub-sections of a section, in order of appearance. */
  subsections(section: string): string[] {
    const names = this.settings.filter((one) => one.section === section).flatMap((one) => one.subsection ?? []);
    return [...new Set(names)];
  }
}

/** `everything`: also what is included only under a condition. */
function readFile(host: Host, path: string, everything = false, depth = 0): Setting[] {
  let text: string;
  try {
    text = host.files.readText(path);
  } catch {
    return [];
  }
  return parseConfig(text).flatMap((setting) => {
    const isSection = setting.section === "include" || (everything && setting.section === "includeif");
    const isInclude = isSection && setting.name === "path";
    if (!isInclude || depth >= deepestInclude) return [setting];
    const home = host.machine.home() ?? "";
    const target = setting.value.replace(/^~(?=\/)/, home);
    return [setting, ...readFile(host, join(directoryOf(path), target), everything, depth + 1)];
  });
}

/** The configuration of the repository alone, as its owner may have written it. */
export function localConfig(host: Host, location: Location): GitConfig {
  const local = readFile(host, `${location.commonDirectory}/config`);
  const own = new GitConfig(local).last("extensions", undefined, "worktreeconfig");
  return new GitConfig(own === "true" ? [...local, ...readFile(host, `${location.gitDirectory}/config.worktree`)] : local);
}

/** Everything that the repository's configuration could amount to, whatever its conditions. */
export function everyLocalSetting(host: Host, location: Location): GitConfig {
  const paths = [`${location.commonDirectory}/config`, `${location.gitDirectory}/config.worktree`];
  return new GitConfig(paths.flatMap((path) => readFile(host, path, true)));
}

/** The configuration in force: system, user, repository. */
export function wholeConfig(host: Host, local: GitConfig): GitConfig {
  const home = host.machine.home();
  const configHome = host.processes.variable("XDG_CONFIG_HOME") || (home === undefined ? undefined : `${home}/.config`);
  const paths = [
    "/etc/gitconfig",
    ...(configHome === undefined ? [] : [`${configHome}/git/config`]),
    ...(home === undefined ? [] : [`${home}/.gitconfig`]),
  ];
  return new GitConfig([...paths.flatMap((path) => readFile(host, path)), ...local.settings]);
}
