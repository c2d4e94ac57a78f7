/**
 * Results of scanners that later runs of chalk in the same CI job use again (`collection.md` 12.2): a file in the job's own temporary directory for each tool and
 * path. Whoever creates it scans; whoever finds it empty comes while another one still scans.
 */
import { HostError } from "../../host/host.js";
import { compact, isJsonObject, type JsonObject, parseJson } from "../../json.js";
import { reasonOf } from "../../reason.js";
import { readRegularText } from "../regular-file.js";
import type { CollectContext } from "../types.js";

/** What a job knows about a tool and a path. */
export type JobResult =
  /** Scan, and hand over what was found: nothing, if the scan failed. */
  | { readonly kind: "scan"; readonly keep: (result: JsonObject | undefined) => void }
  | { readonly kind: "known"; readonly result: JsonObject }
  | { readonly kind: "skip" };

const justScan: JobResult = { kind: "scan", keep: () => {} };
const skip: JobResult = { kind: "skip" };

function existing(context: CollectContext, path: string): JobResult {
  const text = readRegularText(context.host.files, path);
  if (text.trim() === "") {
    context.log("warn", `${path} is empty: another chalk is scanning, and this one goes on without the result`);
    return skip;
  }
  const parsed = parseJson(text);
  if ("value" in parsed && isJsonObject(parsed.value)) return { kind: "known", result: parsed.value };
  context.log("error", `${path} does not hold the result of a scanner`);
  return skip;
}

/** Looks a tool's result up; outside of CI jobs there are none. */
export function lookUpJob(context: CollectContext, tool: string, scanned: string): JobResult {
  const { files, processes } = context.host;
  const folder = processes.variable("RUNNER_TEMP");
  if (!folder || !processes.variable("CI")) return justScan;
  const path = `${folder}/${tool}-${encodeURIComponent(scanned)}`;
  try {
    files.open(path, "create-new", 0o600).close();
  } catch (error) {
    try {
      if (error instanceof HostError && error.code === "EEXIST") return existing(context, path);
    } catch {}
    context.log("trace", `${path}: ${reasonOf(error)}`);
    return justScan;
  }
  return {
    kind: "scan",
    keep(result) {
      try {
        if (result === undefined) files.remove(path);
        else files.replace(path, compact(result), 0o600);
      } catch (error) {
        context.log("trace", `${path}: ${reasonOf(error)}`);
      }
    },
  };
}
