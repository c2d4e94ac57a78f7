/**
 * What `chalk load` does to the embedded state, as pure functions (`runtime-core.md` 7.4, 7.6): which text results, what is compared before anything is
 * written, and which state is remembered for `load previous`. Fetching, compiling, prompting and trial runs are the command's business; it asks these
 * functions for the text to try, and hands them what came out.
 */
import { identifierEnd, startsIdentifier } from "../../grammar/characters.js";
import { keywords } from "../../grammar/tokens.js";
import { compact, isJsonObject, type Json, parseJson } from "../json.js";
import { normalizePath } from "../paths.js";
import { quotedText } from "../text-form.js";
import { type Configuration, configurationOf, isSameConfiguration, KEY, type SelfState } from "./state.js";

/** A new state, or why there is none (for the user, exit 1). */
export type Transition = { readonly state: SelfState; readonly changed: boolean } | { readonly error: string };

/** What the argument of `load` names. A file called `default` or `previous` is loaded as `./default` or with its extension. */
export type LoadSource =
  | { readonly kind: "default" }
  | { readonly kind: "previous" }
  | { readonly kind: "component"; readonly location: ComponentLocation };

export interface ComponentLocation {
  /** Directory or base URL, without trailing slash (but `/` itself). */
  readonly base: string;
  /** Name in the `use` statement. */
  readonly module: string;
  /** Key of the component in cache and parameters: base, `/`, module. */
  readonly key: string;
  /** What to fetch: key and `.c4m`. */
  readonly file: string;
}

const EXTENSION = ".c4m";

function isModuleName(name: string): boolean {
  return (
    name !== "" && startsIdentifier(name.codePointAt(0) ?? 0) && identifierEnd(name, 0) === name.length && !keywords.has(name)
  );
}

/**
 * Finds out what the argument of `load` names (7.3): a local path (made absolute, `~` expanded, `.c4m` appended when missing), an `https://` URL, or one
 * of the two words.
 * @param home gives a user's home directory (no argument: our own).
 */
export function loadSource(
  argument: string,
  cwd: string,
  home: (user?: string) => string | undefined,
): LoadSource | { readonly error: string } {
  if (argument === "default" || argument === "previous") return { kind: argument };
  if (argument === "" || argument.endsWith("/")) return { error: `${argument}: no configuration file is named` };
  if (argument.startsWith("http://")) return { error: `${argument}: http:// is refused, use https://` };
  const remote = argument.startsWith("https://");
  let path = argument.endsWith(EXTENSION) ? argument.slice(0, -EXTENSION.length) : argument;
  if (!remote) {
    const tilde = /^~([^/]*)(?=\/|$)/.exec(path);
    if (tilde !== null) {
      const directory = tilde[1] === "" ? home() : home(tilde[1]);
      if (directory === undefined) return { error: `${argument}: the home directory is not known` };
      path = directory + path.slice(tilde[0].length);
    }
    path = normalizePath(path.startsWith("/") ? path : `${cwd}/${path}`);
  }
  const slash = path.lastIndexOf("/");
  const module = path.slice(slash + 1);
  const base = remote ? path.slice(0, slash).replace(/\/+$/, "") : path.slice(0, slash) || "/";
  if (remote && base === "https:") return { error: `${argument}: no configuration file is named` };
  if (!isModuleName(module))
    return {
      error: `${argument}: "${module}" cannot be the name of a component; it must be an identifier${renamingHint(module)}`,
    };
  const key = base === "/" ? `/${module}` : `${base}/${module}`;
  return { kind: "component", location: { base, module, key, file: key + EXTENSION } };
}

/** How a file could be called whose name `use` cannot write; empty if letters, digits and `_` don't help. */
function renamingHint(module: string): string {
  const name = module.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^(?=[0-9])/, "_");
  return isModuleName(name) && name !== "_" ? ` (rename the file, for example to ${name}${EXTENSION})` : "";
}

/** The line that uses a component. */
export function useLine({ module, base }: ComponentLocation): string {
  return `use ${module} from ${quotedText(base)}`;
}

/**
 * The text that loading a component gives (7.4 step 2). With `replace` it is the `use` line alone; else the current text, with the line appended unless
 * the component is in use already or the very line is there. Stripped, so loading twice changes nothing.
 */
export function componentText(
  current: string | undefined,
  location: ComponentLocation,
  options: { readonly inUse: boolean; readonly replace: boolean },
): string {
  const line = useLine(location);
  if (options.replace) return line;
  const text = (current ?? "").trim();
  const present = options.inUse || text.split("\n").some((existing) => existing.trim() === line);
  if (present) return text;
  return text === "" ? line : `${text}\n${line}`;
}

/** `load default`: text, cache and parameters go; memoised values and keys stay. `changed` is false if there is nothing to write. */
export function loadDefault(state: SelfState): Transition {
  const next = { ...state, config: undefined, cache: new Map<string, string>(), parameters: [] };
  return { state: next, changed: state.loadCount === undefined || !isSameConfiguration(state, next) };
}

/** `load previous`: the current configuration and the previous one change places (the former by `rememberPrevious`). */
export function loadPrevious(state: SelfState): Transition {
  const { previous } = state;
  if (previous === undefined) return { error: "there is no previous configuration" };
  const { config, cache, parameters } = previous;
  return { state: { ...state, config, cache, parameters }, changed: true };
}

/** Options of `load` that exclude each other; the message for the user, or undefined. */
export function conflictingOptions(
  source: LoadSource["kind"],
  options: { readonly replace: boolean; readonly all: boolean; readonly params: boolean },
): string | undefined {
  if (source === "previous" && (options.replace || options.all || options.params))
    return "load previous takes neither --replace nor --all nor --params";
  if (options.all && !options.replace) return "--all needs --replace";
  return undefined;
}

/** A component was loaded: the new text, with the sources and parameters of all components that are known now (7.4 step 5). */
export function loadComponent(state: SelfState, configuration: Configuration): Transition {
  const next = { ...state, config: configuration.config, cache: configuration.cache, parameters: configuration.parameters };
  return { state: next, changed: state.loadCount === undefined || !isSameConfiguration(state, next) };
}

/**
 * `load --replace --all`: the state that `dump all` printed. `changed` is false if all four members equal the current ones.
 * @param defaultText what `dump` prints when nothing is loaded; read back, it means that nothing is.
 */
export function loadAll(state: SelfState, text: string | Uint8Array, defaultText: string): Transition {
  const parsed = parseJson(text);
  if ("error" in parsed) return { error: `invalid JSON at ${parsed.at}: ${parsed.error}` };
  const tail = typeof text === "string" ? text.slice(parsed.end) : new TextDecoder().decode(text.subarray(parsed.end));
  if (tail.trim() !== "") return { error: "invalid JSON: something follows the object" };
  if (!isJsonObject(parsed.value)) return { error: "not a JSON object as dump all prints it" };
  const source = parsed.value;
  for (const key of [KEY.config, KEY.parameters, KEY.cache]) if (!source.has(key)) return { error: `${key} is missing` };
  const problems: string[] = [];
  const configuration = configurationOf(source, (key) => problems.push(key));
  const memoize = source.get(KEY.memoize) ?? new Map<string, Json>();
  if (!isJsonObject(memoize)) problems.push(KEY.memoize);
  if (problems.length > 0) return { error: `not of the form that dump all prints: ${problems.join(", ")}` };
  const config = isBlankOrDefault(configuration.config, defaultText) ? undefined : configuration.config;
  const next: SelfState = { ...state, ...configuration, config, memoize: memoize as ReadonlyMap<string, Json> };
  const same = isSameConfiguration(state, next) && sameJson(state.memoize, next.memoize);
  return { state: next, changed: state.loadCount === undefined || !same };
}

function isBlankOrDefault(text: string | undefined, defaultText: string): boolean {
  return text === undefined || text === "" || text.trim() === defaultText.trim();
}

function sameJson(left: Json, right: Json): boolean {
  if (isJsonObject(left) && isJsonObject(right)) {
    return (
      left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameJson(value, right.get(key) as Json))
    );
  }
  return compact(left) === compact(right);
}

/**
 * Remembers the configuration before a change, for `load previous` (7.6 step 4).
 * @param couldStart did the old configuration start? A broken one is not remembered, the older previous one stays.
 */
export function rememberPrevious(old: SelfState, next: SelfState, couldStart: boolean): SelfState {
  if (isSameConfiguration(old, next) || !couldStart) return { ...next, previous: old.previous };
  const { config, cache, parameters, loadCount } = old;
  return { ...next, previous: { config, cache, parameters, loadCount } };
}
