/**
 * The fact tables (`test/fixtures/facts`) as values of c4m, and what ours changes in them. The tables stay as they are; every deliberate difference stands
 * here, once, so that a difference that nobody meant shows.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { typeFromText, typeText } from "../../compiler/type-text.js";
import { DictValue, FunctionValue, QuantityValue, TypeValue, type Value } from "../../runtime/values.js";

// biome-ignore lint/suspicious/noExplicitAny: the tables are JSON of many shapes
export type Table = Record<string, any>;

export const table = (name: string): Table =>
  JSON.parse(readFileSync(join(process.cwd(), `test/fixtures/facts/${name}.json`), "utf8"));

/** A value in the encoding of the tables (`facts/README.md` 1); Size and Duration as their amounts. */
export function encoded(value: Value | undefined): unknown {
  if (value === undefined || value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) };
  if (Array.isArray(value)) return value.map(encoded);
  if (value instanceof DictValue)
    return Object.fromEntries([...value.entries.values()].map(([key, item]) => [String(key), encoded(item)]));
  if (value instanceof TypeValue) return typeText(value.type);
  if (value instanceof QuantityValue) return { $amount: Number(value.amount) };
  if (value instanceof FunctionValue)
    return value.signature === undefined ? { $func: value.name } : { $func: value.name, sig: typeText(value.signature) };
  throw new Error(`no encoding for ${String(value)}`);
}

/** A type as the language writes it; the tables write tuples and signatures with parentheses. */
export function normalType(text: string): string {
  const type = typeFromText(text.replace("(string, string)", "tuple[string, string]"));
  if (type === undefined) throw new Error(`no type: ${text}`);
  return typeText(type);
}

export interface Reference {
  readonly $func: string;
  readonly sig?: string;
}

/** A signature or reference of the tables in the form of `encoded`. */
export function normalReference(reference: Reference): unknown {
  return reference.sig === undefined ? { $func: reference.$func } : { $func: reference.$func, sig: normalType(reference.sig) };
}

// ---- keys (ours.md 3) --------------------------------------------------------------------------------------------------------------------

const twin = (kind: string) => ({ kind, type: "string", standard: true, system: true });
const selfKey = {
  kind: "ChalkTimeArtifact",
  type: "dict[string, `x]",
  standard: true,
  system: true,
  required_in_self_mark: true,
};
export const newKeys: Table = {
  _OP_IP_ADDRESSES: { kind: "RunTimeHost", type: "list[list[`x]]", standard: true },
  _OP_HOSTINFO: twin("RunTimeHost"),
  _OP_NODENAME: twin("RunTimeHost"),
  HOSTINFO_WHEN_CHALKED: twin("ChalkTimeHost"),
  NODENAME_WHEN_CHALKED: twin("ChalkTimeHost"),
  $CHALK_PREVIOUS_CONFIG: selfKey,
  $CHALK_IR: selfKey,
};
export const changedKeys: Table = {
  _OP_UNMARKED_COUNT: { type: "int" },
  _IMAGE_SHELL: { type: "list[string]" },
  _OP_CPU_INFO: { type: "dict[string, `x]" },
  // The version of the program, which the tests give as 1.2.3.
  CHALK_VERSION: { value: "1.2.3" },
};

// ---- plugins -----------------------------------------------------------------------------------------------------------------------------

/** Keys that plugins may set in addition. */
export const newPluginKeys: Record<string, Record<string, string[]>> = {
  system: {
    pre_run_keys: ["HOSTINFO_WHEN_CHALKED", "NODENAME_WHEN_CHALKED"],
    post_run_keys: ["_OP_HOSTINFO", "_OP_NODENAME"],
  },
  procfs: { post_run_keys: ["_OP_IP_ADDRESSES"] },
  // Keys of the docker codec that the original sets without saying so.
  docker: {
    pre_chalk_keys: [
      "DOCKER_TARGET",
      "DOCKER_BASE_IMAGES",
      "DOCKER_BASE_IMAGE_CHALK",
      "DOCKER_BASE_IMAGE_METADATA_ID",
      "DOCKER_BASE_IMAGE_CONFIG_DIGEST",
      "DOCKER_COPY_IMAGES",
    ],
    post_chalk_keys: ["_OP_ARTIFACT_CONTEXT", "_REPO_URLS", "_IMAGE_COMPRESSED_SIZE"],
  },
};

// ---- templates (ours.md 4) ---------------------------------------------------------------------------------------------------------------

const secrets = ["$CHALK_ENCRYPTED_PRIVATE_KEY", "$CHALK_SAVED_COMPONENT_PARAMETERS"];
export const changedTemplates: Record<string, { on?: string[]; off?: string[] }> = {
  heartbeat: { on: ["_HEARTBEAT_COUNT", "_MONOTIME", "_SINCE_MONOTIME"] },
  report_all: {
    on: [
      "DERIVED_FROM_CHALK_ID",
      "_OP_ARTIFACT_ACCESSED",
      "_OP_ARTIFACT_MOUNTED",
      "_IMAGE_COMPRESSED_SIZE",
      "_HEARTBEAT_COUNT",
      "_SINCE_TIMESTAMP",
      "_SINCE_MONOTIME",
      "_X509_SUBJECT_SHORT",
      "_X509_ISSUER_SHORT",
      "_OP_IP_ADDRESSES",
    ],
    off: secrets,
  },
  report_large: { off: secrets },
  report_default: { off: secrets },
  insertion_default: { off: secrets },
};
/** Resulting numbers of keys on and off. */
export const templateCounts: Record<string, readonly [on: number, off: number]> = {
  mark_all: [105, 0],
  mark_large: [101, 6],
  mark_default: [77, 3],
  reproducable: [54, 3],
  minimal: [12, 0],
  chalk_labels: [10, 0],
  null: [0, 0],
  report_all: [532, 3],
  report_large: [510, 11],
  report_default: [480, 26],
  insertion_default: [468, 38],
  unknown_docker: [13, 0],
  audit: [8, 0],
  usage: [6, 0],
  heartbeat: [12, 0],
  terminal_insert: [81, 16],
  terminal_rest: [93, 10],
  crashoverride: [485, 36],
};

// ---- sinks (ours.md 2.1, 5) --------------------------------------------------------------------------------------------------------------

const optional = (...names: string[]) => Object.fromEntries(names.map((name) => [name, false]));
/** Parameters in addition: name -> required. */
export const newSinkParameters: Record<string, Record<string, boolean>> = {
  post: optional("pinned_cert"),
  presign: optional("pinned_cert"),
};
export const newSinks: Record<string, Record<string, boolean>> = {
  otlp: {
    uri: true,
    ...optional(
      "headers",
      "disallow_http",
      "timeout",
      "pinned_cert_file",
      "pinned_cert",
      "prefer_bundled_certs",
      "on_write_msg",
      "auth",
      "disable_after_errors",
      "gzip",
      "batch_size",
      "service_name",
    ),
  },
};

// ---- output configuration (ours.md 2.2) --------------------------------------------------------------------------------------------------

export const changedReports: Table = { chalk_usage_stats: { enabled: false } };
