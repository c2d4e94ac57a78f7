/**
 * Large values outside of reports (`runtime-core.md` 14): where a template names an object store for a key, the value goes there and the report holds a
 * reference under `@KEY`. Objects are named by their content, so the same value is stored once, whoever reports it.
 */
import { plainJson, valueFromJson } from "../encoding.js";
import { compact, isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import type { Logger } from "../log/index.js";
import { canonicalEncoding } from "../marks/normal-form.js";
import { reasonOf } from "../reason.js";
import { byteLength } from "../text.js";
import type { Keyspecs } from "./keyspecs.js";
import { connectStore, type ObjectStore, type StoreServices } from "./object-store-client.js";
import type { Template } from "./templates.js";

export interface ObjectStores {
  /** The object with references in place of what templates send to stores; the object itself if there is nothing of the kind. */
  externalize(object: JsonObject, template: Template): Promise<JsonObject>;
  /** Does any key of the template go to a store or depend on one? */
  concerns(template: Template): boolean;
}

export interface ObjectStoreOptions extends StoreServices {
  readonly logger: Logger;
  readonly keyspecs: Keyspecs;
}

/** Lists of artifacts in a report, whose entries are filtered by the same template. */
const artifactLists: readonly string[] = ["_CHALKS", "_COLLECTED_ARTIFACTS"];
/** References are remembered so that custom reports and heartbeats don't ask for the same object again; this many at most. */
const rememberedReferences = 1000;

/** Makes the stores of a process; each is connected when it is first used. */
export function createObjectStores(options: ObjectStoreOptions): ObjectStores {
  const { host, settings, logger, keyspecs } = options;
  const stores = new Map<string, ObjectStore | undefined>();
  const references = new Map<string, string>();
  const concerned = new WeakMap<Template, boolean>();

  function concerns(template: Template): boolean {
    let answer = concerned.get(template);
    if (answer === undefined) {
      const { stores: named, defaultStore, keys } = template;
      answer =
        named.size > 0 || defaultStore !== undefined || [...keys].some((key) => keyspecs.get(key)?.onlyObjectStore === true);
      concerned.set(template, answer);
    }
    return answer;
  }

  const isEnabled = (name: string) =>
    settings.exists(`object_store_config.${name}`) && settings.bool(`object_store_config.${name}.enabled`, true);

  function store(name: string): ObjectStore | undefined {
    if (stores.has(name)) return stores.get(name);
    let made: ObjectStore | undefined;
    try {
      made = connectStore(options, name);
    } catch (error) {
      logger.error(`object store '${name}' can't be used: ${reasonOf(error)}`);
    }
    stores.set(name, made);
    return made;
  }

  /** Where a value belongs: the first matching row of the table in 14. */
  function placeOf(key: string, value: Json, template: Template): { store: string } | "inline" | "drop" {
    const named = template.stores.get(key);
    if (named !== undefined && isEnabled(named)) return { store: named };
    if (keyspecs.get(key)?.onlyObjectStore === true) return "drop";
    const fallback = template.defaultStore;
    if (fallback === undefined || !isEnabled(fallback.name)) return "inline";
    const length = byteLength(typeof value === "string" ? value : compact(value));
    return length > fallback.threshold ? { store: fallback.name } : "inline";
  }

  /** The id of a value: of what it means, not how it happens to be written. */
  function idOf(key: string, value: Json): string {
    const callback = keyspecs.get(key)?.canonicalize;
    let meaning = value;
    if (callback !== undefined) {
      const result = settings.call(callback, [valueFromJson(value)], `key ${key}`);
      if (result === undefined) logger.error(`key '${key}' could not be canonicalized for the object store`);
      else meaning = plainJson(result);
    }
    return host.hashing.hex("sha256", canonicalEncoding(meaning, "encoded"));
  }

  /** The reference to a value in a store, or undefined (logged) if it could not be stored. */
  async function refer(name: string, key: string, value: Json): Promise<string | undefined> {
    const connected = store(name);
    if (connected === undefined) return undefined;
    const objectName = `${key}.${idOf(key, value)}`;
    const memory = `${name} ${objectName}`;
    const known = references.get(memory);
    if (known !== undefined) return known;
    const isText = typeof value === "string";
    const bytes = new TextEncoder().encode(isText ? value : compact(value));
    const contentType = isText ? "application/octet-stream" : "application/json";
    try {
      const reference = await connected.keep({ name: objectName, bytes, contentType });
      references.set(memory, reference);
      const oldest = references.keys().next().value;
      if (references.size > rememberedReferences && oldest !== undefined) references.delete(oldest);
      return reference;
    } catch (error) {
      logger.error(reasonOf(error));
      return undefined;
    }
  }

  /** One level of a report: the host's keys, or those of one artifact. `failures` is the key under which failed keys are shown. */
  async function level(object: JsonObject, template: Template, failures: string): Promise<Map<string, Json>> {
    const result = new Map<string, Json>();
    const failed = new Map<string, Json>();
    for (const [key, value] of object) {
      const place = artifactLists.includes(key) ? "inline" : placeOf(key, value, template);
      if (place === "inline") result.set(key, value);
      else if (place === "drop") logger.trace(`key '${key}' is for object stores only, and none is enabled for it`);
      else {
        const reference = await refer(place.store, key, value);
        if (reference !== undefined) result.set(`@${key}`, reference);
        else if (keyspecs.get(key)?.onlyObjectStore !== true) result.set(key, value);
        else failed.set(key, [failureEntry(place.store)]);
      }
    }
    if (failed.size === 0 || !template.keys.has(failures)) return result;
    const before = result.get(failures);
    result.set(failures, new Map([...(isJsonObject(before) ? before : []), ...failed]));
    return new Map(
      template.sequence.flatMap((key) =>
        [key, `@${key}`].flatMap((name) => (result.has(name) ? [[name, result.get(name) as Json]] : [])),
      ),
    );
  }

  return {
    concerns,
    async externalize(object, template) {
      if (!concerns(template)) return object;
      const result = new Map(await level(object, template, "_OP_FAILED_KEYS"));
      for (const list of artifactLists) {
        const entries = result.get(list);
        if (!isJsonList(entries)) continue;
        const moved: Json[] = [];
        for (const entry of entries) moved.push(isJsonObject(entry) ? await level(entry, template, "_FAILED_KEYS") : entry);
        result.set(list, moved);
      }
      return result;
    },
  };
}

function failureEntry(store: string): Json {
  return new Map([
    ["code", "OBJECT_STORE_ERROR"],
    ["error", `the value could not be put into object store '${store}'`],
    ["description", "The key is reported through an object store only; see the log for what the store answered."],
  ]);
}
