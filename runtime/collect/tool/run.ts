/** One scanner on one path (`collection.md` 12.2): its callbacks find it, say how it is called, and make metadata keys of what it prints. */
import { plainJson } from "../../encoding.js";
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson } from "../../json.js";
import type { Value } from "../../values.js";
import { isEmpty } from "../tables.js";
import type { CollectContext } from "../types.js";
import { lookUpJob } from "./job-cache.js";

export interface Tool {
  readonly name: string;
  readonly priority: bigint;
  readonly stopOnSuccess: boolean;
}

export interface ScanResult {
  /** What goes under the tool's name, by key. */
  readonly keys: JsonObject;
  readonly milliseconds: number;
}

/** Members of a result that are messages about it. */
const messageLevels = ["warn", "info"] as const;

class Callbacks {
  readonly #context: CollectContext;
  readonly #tool: string;

  constructor(context: CollectContext, tool: string) {
    this.#context = context;
    this.#tool = tool;
  }

  /** Undefined if the callback isn't there or fails (which is logged). */
  call(name: string, ...args: readonly Value[]): Value | undefined {
    const { settings } = this.#context;
    const callback = settings.value(`tool.${this.#tool}.${name}`);
    return callback === undefined ? undefined : settings.call(callback, args, `tool.${this.#tool}.${name}`);
  }

  /** The command that starts the tool; empty if it isn't there. */
  location(path: string): string {
    const found = this.call("get_tool_location", path);
    return typeof found === "string" ? found : "";
  }
}

const mayInstall = (context: CollectContext) => context.settings.bool("policy.install_missing_tools", false);
const toldPrefix = "tool not found ";

/** Once in an operation: a scanner that the user switched on doesn't run. */
function tellMissing(context: CollectContext, tool: string): void {
  if (context.cache.has(toldPrefix + tool)) return;
  context.cache.set(toldPrefix + tool, true);
  context.log(
    "error",
    `${tool} is not found, and policy.install_missing_tools does not allow to install it: nothing is scanned with it`,
  );
}

function find(context: CollectContext, tool: string, callbacks: Callbacks, path: string): string {
  const there = callbacks.location(path);
  if (there !== "") return there;
  if (!mayInstall(context)) {
    tellMissing(context, tool);
    return "";
  }
  const installed = callbacks.call("attempt_install", path) === true ? callbacks.location(path) : "";
  if (installed === "") context.log("trace", `${tool}: neither found nor installed`);
  return installed;
}

/** Text that is a JSON object or list stands for it: callbacks may only be declared to return texts. */
function unpacked(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  const parsed = parseJson(value);
  return "value" in parsed && (isJsonObject(parsed.value) || isJsonList(parsed.value)) ? parsed.value : value;
}

/** The keys of a result, after its messages have been logged; undefined if the tool has failed. */
function keysOf(context: CollectContext, tool: string, produced: Value | undefined): JsonObject | undefined {
  const result = produced === undefined ? undefined : plainJson(produced);
  if (!isJsonObject(result)) return undefined;
  const failure = result.get("error");
  if (failure !== undefined) {
    context.log("error", `${tool}: ${String(failure)}`);
    return undefined;
  }
  const keys = new Map(result);
  for (const level of messageLevels) {
    const message = keys.get(level);
    if (message !== undefined) context.log(level, `${tool}: ${String(message)}`);
    keys.delete(level);
  }
  const found = new Map([...keys].map(([key, value]) => [key, unpacked(value)] as const).filter(([, value]) => !isEmpty(value)));
  return found.size === 0 ? undefined : found;
}

function scan(context: CollectContext, tool: string, path: string): JsonObject | undefined {
  const callbacks = new Callbacks(context, tool);
  const location = find(context, tool, callbacks, path);
  if (location === "") return undefined;
  const args = callbacks.call("get_command_args", path);
  if (typeof args !== "string") return undefined;
  const command = `${location} ${args.trim()}`;
  context.log("trace", `${tool}: ${command}`);
  context.recordAction?.("run", command);
  const { status, stdout, failure } = context.host.processes.run("/bin/sh", ["-c", command], { merge: true, input: "" });
  if (failure !== undefined) throw new Error(`the shell cannot be started: ${failure}`);
  return keysOf(context, tool, callbacks.call("produce_keys", new TextDecoder().decode(stdout), BigInt(status)));
}

/** Runs a tool on a path, or takes what another chalk of the same CI job has found. Undefined: no keys. */
export function runTool(context: CollectContext, tool: string, path: string): ScanResult | undefined {
  const { clock } = context.host;
  const start = clock.monotonic();
  const job = lookUpJob(context, tool, path);
  let keys = job.kind === "known" ? job.result : undefined;
  if (job.kind === "scan") {
    try {
      keys = scan(context, tool, path);
    } finally {
      job.keep(keys);
    }
  }
  return keys === undefined ? undefined : { keys, milliseconds: Math.max(0, Math.round(clock.monotonic() - start)) };
}
