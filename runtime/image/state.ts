/**
 * The embedded state of a chalk executable (`runtime-core.md` 7.1): configuration text, component cache, saved parameters, memoised values, load count and
 * the previous state, as one immutable value, and its form in the mark, the private keys `$CHALK_…`. Reading is tolerant: another implementation, or a
 * damaged binary, may have put anything there, and start-up must cope; each member that makes no sense counts as absent and is named in `problems`.
 */
import type { Hashing } from "../host/host.js";
import { compact, isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import { isPrivateKey } from "../marks/format.js";
import { canonicalEncoding } from "../marks/normal-form.js";

export const IMPLEMENTATION_NAME = "chalk-ts";

export const KEY = {
  config: "$CHALK_CONFIG",
  cache: "$CHALK_COMPONENT_CACHE",
  parameters: "$CHALK_SAVED_COMPONENT_PARAMETERS",
  memoize: "$CHALK_MEMOIZE",
  loadCount: "$CHALK_LOAD_COUNT",
  implementation: "$CHALK_IMPLEMENTATION_NAME",
  publicKey: "$CHALK_PUBLIC_KEY",
  encryptedPrivateKey: "$CHALK_ENCRYPTED_PRIVATE_KEY",
  previous: "$CHALK_PREVIOUS_CONFIG",
  ir: "$CHALK_IR",
} as const;

const OWN_KEYS: ReadonlySet<string> = new Set(Object.values(KEY));

/** One saved parameter of a component. */
export interface SavedParameter {
  readonly isAttribute: boolean;
  /** Key of the component: its location without `.c4m`. */
  readonly url: string;
  readonly symbol: string;
  /** c4m type as text. */
  readonly type: string;
  /** Plain value (`language.md` 9.1). */
  readonly value: Json;
}

/** What `load` changes and `load previous` brings back. */
export interface Configuration {
  /** Source text; undefined: the built-in default. */
  readonly config: string | undefined;
  /** Component key to source. */
  readonly cache: ReadonlyMap<string, string>;
  readonly parameters: readonly SavedParameter[];
}

export interface PreviousConfiguration extends Configuration {
  readonly loadCount: number | undefined;
}

export interface SelfState extends Configuration {
  readonly memoize: JsonObject;
  /** Undefined: the executable was never written by chalk. */
  readonly loadCount: number | undefined;
  readonly previous: PreviousConfiguration | undefined;
  readonly publicKey: string | undefined;
  readonly encryptedPrivateKey: string | undefined;
  /** Private keys that we don't know (another implementation's); carried along. */
  readonly other: JsonObject;
}

export const EMPTY_STATE: SelfState = {
  config: undefined,
  cache: new Map(),
  parameters: [],
  memoize: new Map(),
  loadCount: undefined,
  previous: undefined,
  publicKey: undefined,
  encryptedPrivateKey: undefined,
  other: new Map(),
};

type Problem = (key: string) => void;

function textOf(source: JsonObject, key: string, problem: Problem): string | undefined {
  const value = source.get(key);
  if (value === undefined || typeof value === "string") return value;
  problem(key);
  return undefined;
}

function objectOf(source: JsonObject, key: string, problem: Problem): JsonObject {
  const value = source.get(key);
  if (isJsonObject(value)) return value;
  if (value !== undefined) problem(key);
  return new Map();
}

function countOf(source: JsonObject, problem: Problem): number | undefined {
  const value = source.get(KEY.loadCount);
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
  problem(KEY.loadCount);
  return undefined;
}

/** One row `[is_attribute, url, symbol, type, value]`; undefined if it is none. */
export function parameterOfRow(row: Json): SavedParameter | undefined {
  if (!isJsonList(row) || row.length !== 5) return undefined;
  const [isAttribute, url, symbol, type, value] = row;
  if (typeof isAttribute !== "boolean" || typeof url !== "string" || typeof symbol !== "string" || typeof type !== "string")
    return undefined;
  return { isAttribute, url, symbol, type, value: value as Json };
}

export function rowOfParameter({ isAttribute, url, symbol, type, value }: SavedParameter): Json {
  return [isAttribute, url, symbol, type, value];
}

/** Reads configuration, cache and parameters from an object with the keys of a mark. */
export function configurationOf(source: JsonObject, problem: Problem): Configuration {
  const cache = new Map<string, string>();
  for (const [url, text] of objectOf(source, KEY.cache, problem)) {
    if (typeof text === "string") cache.set(url, text);
    else problem(`${KEY.cache} ${url}`);
  }
  const rows = source.get(KEY.parameters) ?? [];
  const parameters: SavedParameter[] = [];
  if (isJsonList(rows)) {
    for (const [index, row] of rows.entries()) {
      const parameter = parameterOfRow(row);
      if (parameter === undefined) problem(`${KEY.parameters}[${index}]`);
      else parameters.push(parameter);
    }
  } else problem(KEY.parameters);
  return { config: textOf(source, KEY.config, problem), cache, parameters };
}

/** The state that a mark holds; `problem` hears the key of each member that is not what it should be. */
export function stateOfMark(mark: JsonObject | undefined, problem: Problem = () => {}): SelfState {
  if (mark === undefined) return EMPTY_STATE;
  const earlier = mark.get(KEY.previous);
  let previous: PreviousConfiguration | undefined;
  if (isJsonObject(earlier)) {
    const inside: Problem = (key) => problem(`${KEY.previous} ${key}`);
    previous = { ...configurationOf(earlier, inside), loadCount: countOf(earlier, inside) };
  } else if (earlier !== undefined) problem(KEY.previous);
  return {
    ...configurationOf(mark, problem),
    memoize: objectOf(mark, KEY.memoize, problem),
    loadCount: countOf(mark, problem),
    previous,
    publicKey: textOf(mark, KEY.publicKey, problem),
    encryptedPrivateKey: textOf(mark, KEY.encryptedPrivateKey, problem),
    other: new Map([...mark].filter(([key]) => isPrivateKey(key) && !OWN_KEYS.has(key))),
  };
}

function* configurationKeys({ config, cache, parameters }: Configuration): Generator<[string, Json]> {
  if (config !== undefined) yield [KEY.config, config];
  if (cache.size > 0) yield [KEY.cache, cache];
  if (parameters.length > 0) yield [KEY.parameters, parameters.map(rowOfParameter)];
}

/** The private keys of a state, without `$CHALK_IR`. Empty members are left out, as everywhere in marks. */
export function keysOfState(state: SelfState): Map<string, Json> {
  const keys = new Map<string, Json>([...state.other, ...configurationKeys(state)]);
  keys.set(KEY.implementation, IMPLEMENTATION_NAME);
  if (state.memoize.size > 0) keys.set(KEY.memoize, state.memoize);
  if (state.loadCount !== undefined) keys.set(KEY.loadCount, state.loadCount);
  if (state.publicKey !== undefined) keys.set(KEY.publicKey, state.publicKey);
  if (state.encryptedPrivateKey !== undefined) keys.set(KEY.encryptedPrivateKey, state.encryptedPrivateKey);
  if (state.previous !== undefined) {
    const previous = new Map<string, Json>(configurationKeys(state.previous));
    if (state.previous.loadCount !== undefined) previous.set(KEY.loadCount, state.previous.loadCount);
    keys.set(KEY.previous, previous);
  }
  return keys;
}

/** Same text, cache (in any order) and parameters? An absent text equals no text only. */
export function isSameConfiguration(left: Configuration, right: Configuration): boolean {
  return left.config === right.config && sameCache(left.cache, right.cache) && sameParameters(left.parameters, right.parameters);
}

function sameCache(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([url, text]) => right.get(url) === text);
}

function sameParameters(left: readonly SavedParameter[], right: readonly SavedParameter[]): boolean {
  return compact(left.map(rowOfParameter)) === compact(right.map(rowOfParameter));
}

/** `source_sha256` of a configuration, which ties its compiled form to it (7.1). */
export function configurationHash(hashing: Hashing, { config, cache, parameters }: Configuration): string {
  return hashing.hex("sha256", canonicalEncoding([config ?? "", cache, parameters.map(rowOfParameter)]));
}

/** The value of `$CHALK_IR`. */
export function irEntry(hashing: Hashing, configuration: Configuration, format: number, version: string, ir: string): JsonObject {
  return new Map<string, Json>([
    ["format", format],
    ["chalk_version", version],
    ["source_sha256", configurationHash(hashing, configuration)],
    ["ir", ir],
  ]);
}

/**
 * What another platform's binary, or one that goes into an image, gets of a state (7.5, `docker.md` 10.6): everything but the signing key, the
 * previous configuration and sensitive parameters; implementation name and load count stay the target's.
 */
export function stateForCopy(
  state: SelfState,
  target: SelfState,
  isSensitive: (parameter: SavedParameter) => boolean,
): SelfState {
  return {
    ...state,
    parameters: state.parameters.filter((parameter) => !isSensitive(parameter)),
    loadCount: target.loadCount,
    previous: undefined,
    encryptedPrivateKey: undefined,
  };
}
