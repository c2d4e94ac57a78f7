/**
 * What the runners of the conformance corpora have in common. A corpus is a folder of cases with a README; its module exports a `corpus`, which lists the
 * cases in a folder and runs one of them. `npm run conformance` (`.ci/conformance.mjs`) and the tests use the same runners.
 */
import type { Host } from "../host/host.js";
import { Float, type Json } from "../json.js";

export interface Corpus {
  /** Names of the cases in a folder, in order. */
  cases(folder: string, host: Host): readonly string[];
  /** Runs one case; undefined if it passed, else the reason why not. */
  run(folder: string, name: string, host: Host): Promise<string | undefined>;
}

/** Where two JSON documents differ, or undefined: members in any order, numbers by value. */
export function jsonDifference(actual: Json, expected: Json, path = ""): string | undefined {
  const place = path === "" ? "the whole" : path;
  if (isNumber(actual) && isNumber(expected)) {
    const same =
      typeof actual === "bigint" && typeof expected === "bigint" ? actual === expected : toNumber(actual) === toNumber(expected);
    return same ? undefined : `${place} is ${toNumber(actual)} instead of ${toNumber(expected)}`;
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) return `${place} has ${actual.length} items instead of ${expected.length}`;
    for (const [i, item] of (actual as readonly Json[]).entries()) {
      const found = jsonDifference(item, expected[i] as Json, `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (actual instanceof Map && expected instanceof Map) {
    for (const key of expected.keys()) if (!actual.has(key)) return `${path}.${key} is missing`;
    for (const [key, value] of actual as ReadonlyMap<string, Json>) {
      if (!expected.has(key)) return `${path}.${key} should not exist`;
      const found = jsonDifference(value, expected.get(key) as Json, `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return actual === expected ? undefined : `${place} is ${show(actual)} instead of ${show(expected)}`;
}

function isNumber(json: Json): json is number | bigint | Float {
  return typeof json === "number" || typeof json === "bigint" || json instanceof Float;
}

function toNumber(json: number | bigint | Float): number {
  return json instanceof Float ? json.value : Number(json);
}

function show(json: Json): string {
  if (typeof json === "string") return JSON.stringify(json);
  return Array.isArray(json) ? "a list" : json instanceof Map ? "an object" : String(isNumber(json) ? toNumber(json) : json);
}

/** The host with another working directory. */
export function hostIn(host: Host, directory: string): Host {
  const processes = Object.create(host.processes, { cwd: { value: () => directory } }) as Host["processes"];
  return Object.create(host, { processes: { value: processes } }) as Host;
}
