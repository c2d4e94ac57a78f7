/** Functions that chalk adds to the language (`builtins.md` 10). What they need of the program comes through `ChalkServices`. */

import { freshVariable } from "../../compiler/types.js";
import { callReference } from "../evaluate/calls.js";
import { Failure } from "../failure.js";
import { Float, type Json } from "../json.js";
import { readJson } from "../json-text.js";
import { stringDict } from "../operations.js";
import { effectiveValue, lookup } from "../store.js";
import { decodeBytes } from "../text.js";
import { typeText } from "../type-tools.js";
import { mismatch } from "../value-types.js";
import { FunctionValue, QuantityValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins, type Row } from "./builtin.js";
import type { BuiltinCall } from "./call.js";
import type { LogLevel } from "./services.js";
import { decodeBase64 } from "./strings.js";

function logRow(level: LogLevel): Row {
  return [
    level,
    "(string) -> void",
    `Logs a message at level ${level}.`,
    ([message], call) => {
      call.runtime.services.log(level, message as string);
      return undefined;
    },
    {
      simulate: ([message], call) => {
        call.effects.captured.push({ by: level, text: message as string, location: call.location });
        return undefined;
      },
    },
  ];
}

/** In a trial nothing is subscribed, but what could not be is noted. */
function trySubscription([topic, sink]: readonly Value[], call: BuiltinCall): Value {
  const problem = call.runtime.services.subscriptionProblem(topic as string, sink as string);
  if (problem !== undefined) call.noteSimulated(problem, true);
  return true;
}

function jwtPart(text: string): ReadonlyMap<string, Json> {
  const json = readJson(decodeBytes(decodeBase64(text)));
  if (!(json instanceof Map)) throw new Error("not an object");
  return json;
}

/** Only form and expiry are looked at; the signature is not checked. */
function isJwtValid([token]: readonly Value[], call: BuiltinCall): Value {
  try {
    const parts = (token as string).split(".");
    if (parts.length !== 3 || parts.some((part) => !/^[A-Za-z0-9_-]*$/.test(part))) return false;
    jwtPart(parts[0] as string);
    const expiry = jwtPart(parts[1] as string).get("exp");
    const seconds = typeof expiry === "bigint" ? Number(expiry) : expiry instanceof Float ? expiry.value : 0;
    return seconds <= 0 || seconds * 1000 > call.host.clock.now();
  } catch {
    return false;
  }
}

function memoize([name, callback]: readonly Value[], call: BuiltinCall): Value {
  const { services } = call.runtime;
  const known = services.memoized(name as string);
  if (known !== undefined) return known;
  const value = callReference(call.runtime, callback as FunctionValue, []);
  if (typeof value !== "string") {
    services.log("error", `memoize: ${(callback as FunctionValue).name}() returned nothing for ${name}`);
    throw new Failure("C4M-E016", `the callback of memoize() must return a string`, { expected: "string" });
  }
  if (call.effects.isReal) services.memoize(name as string, value);
  return value;
}

/** Sizes of all regular files below a directory; stops once the limit is reached. Undefined if there is nothing to walk. */
function directorySize(path: string, call: BuiltinCall, limit?: bigint): bigint | undefined {
  const { files } = call.effects;
  if (files.find(path) !== "directory") return undefined;
  let total = 0n;
  const waiting = [path];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    let entries: readonly string[] = [];
    try {
      entries = files.list(at);
    } catch {
      if (at === path) return undefined;
    }
    for (const name of entries) {
      const place = at === "/" ? `/${name}` : `${at}/${name}`;
      const kind = files.find(place);
      if (kind === "directory") waiting.push(place);
      else if (kind === "file") total += BigInt(files.size(place) ?? 0);
      if (limit !== undefined && total >= limit && total > 0n) return total;
    }
  }
  return total;
}

function sizeUnder([path, limit]: readonly Value[], call: BuiltinCall): Value {
  const bound = (limit as QuantityValue).amount;
  const size = directorySize(call.effects.resolve(path as string), call, bound);
  return size === undefined || size === 0n || size < bound;
}

/** Calls `tool.NAME.canonicalize` if it is configured. */
function canonicalizeTool([name, data]: readonly Value[], call: BuiltinCall): Value {
  const node = lookup(call.runtime.store, ["tool", ...(name as string).split("."), "canonicalize"]);
  const callback = node?.kind === "attribute" ? effectiveValue(node) : undefined;
  if (!(callback instanceof FunctionValue)) return data as Value;
  try {
    const value = callReference(call.runtime, callback, [data as Value]) ?? (data as Value);
    const found = mismatch(value, call.resultType() ?? freshVariable());
    if (found === undefined) return value;
    throw new Failure("C4M-E016", `${callback.name}() returns a ${found.actual} instead of ${typeText(found.expected)}`, {
      actual: found.actual,
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "C4M-E014") throw error;
    call.runtime.services.log("error", `tool.${name}.canonicalize: ${error.message}`);
    return data as Value;
  }
}

export const chalkBuiltins: readonly Builtin[] = defineBuiltins(
  "chalk",
  ["reporting"],
  [
    [
      "version",
      "() -> string",
      "Version of the running chalk.",
      (_, call) => call.runtime.services.version(),
      { classes: ["env-read"], simulate: "run" },
    ],
    [
      "command_name",
      "() -> string",
      "First word of the command being run; empty as long as it is unknown.",
      (_, call) => call.runtime.services.commandName(),
      { classes: ["env-read"], simulate: () => "" },
    ],
    [
      "command_argv",
      "() -> list[string]",
      "Positional arguments of the command.",
      (_, call) => [...call.runtime.services.commandArguments()],
      { classes: ["env-read"], simulate: () => [] },
    ],
    [
      "subscribe",
      "(string, string) -> bool",
      "Sends a topic to the sink of a sink configuration.",
      ([topic, sink], call) => call.runtime.services.subscribe(topic as string, sink as string),
      { simulate: trySubscription },
    ],
    [
      "unsubscribe",
      "(string, string) -> bool",
      "Ends a subscription.",
      ([topic, sink], call) => call.runtime.services.unsubscribe(topic as string, sink as string),
      { simulate: trySubscription },
    ],
    logRow("error"),
    logRow("warn"),
    logRow("info"),
    logRow("trace"),
    [
      "is_jwt_valid",
      "(string) -> bool",
      "Is it a well-formed JSON web token that has not expired? The signature is not checked.",
      isJwtValid,
      { classes: ["volatile"], simulate: () => false },
    ],
    [
      "auth_headers",
      "(string) -> dict[string, string]",
      "HTTP headers of an auth_config section.",
      // A trial must not hand out credentials, although reading the configuration would be allowed.
      ([name], call) => stringDict(call.effects.isReal ? call.runtime.services.authHeaders(name as string) : []),
      { classes: ["config-read"] },
    ],
    [
      "memoize",
      "(string, () -> string) -> string",
      "The value remembered in chalk's own mark under a name; computed by the callback the first time.",
      memoize,
      { classes: ["config-read", "fs-read"], simulate: "run" },
    ],
    [
      "dir_size",
      "(string) -> Size",
      "Size of all files below a directory.",
      ([path], call) => new QuantityValue("Size", directorySize(call.effects.resolve(path as string), call) ?? 0n),
      { classes: ["fs-read"], simulate: "run" },
    ],
    [
      "dir_size_under",
      "(string, Size) -> bool",
      "Are the files below a directory smaller than a limit, all together?",
      sizeUnder,
      { classes: ["fs-read"], simulate: "run" },
    ],
    [
      "docker_exe",
      "() -> string",
      "Path of the real docker; empty if there is none.",
      (_, call) => call.runtime.services.dockerExecutable(),
      { classes: ["fs-read", "env-read"], simulate: () => "" },
    ],
    [
      "canonicalize_tool",
      "(string, `T) -> `T",
      "Brings a tool's output into its canonical form, by the callback that its configuration names.",
      canonicalizeTool,
      { classes: ["process"], simulate: "run" },
    ],
    [
      "copy_report_template_keys",
      "(string, string) -> void",
      "Adds the keys of one report template to another when that is next used.",
      ([from, to], call) => {
        call.runtime.services.copyReportTemplateKeys(from as string, to as string);
        return undefined;
      },
      { simulate: "run" },
    ],
  ],
);
