/**
 * The `tool` collector (`collection.md` 12): external scanners for bills of materials, static analysis and leaked secrets, as sections `tool NAME` describe them.
 * None runs unless its kind is switched on and somebody subscribed to the kind's key.
 */
import type { Json } from "../../json.js";
import { reasonOf } from "../../reason.js";
import { discover } from "../git/discover.js";
import { contextPlaces } from "../places.js";
import type { Artifact, CollectContext, Collector } from "../types.js";
import { runTool, type Tool } from "./run.js";

interface Kind {
  readonly name: string;
  readonly setting: string;
  readonly key: string;
}

const kinds: readonly Kind[] = [
  { name: "sbom", setting: "run_sbom_tools", key: "SBOM" },
  { name: "sast", setting: "run_sast_tools", key: "SAST" },
  { name: "secret_scanner", setting: "run_secret_scanner_tools", key: "SECRET_SCANNER" },
];
const durationKey = "EXTERNAL_TOOL_DURATION";
const scanningOperations = new Set(["insert", "build"]);

function toolsOf({ settings }: CollectContext, kind: string): readonly Tool[] {
  const tools = settings.sections("tool").flatMap((name): Tool[] => {
    const section = `tool.${name}`;
    if (settings.string(`${section}.kind`, "") !== kind || !settings.bool(`${section}.enabled`, true)) return [];
    const priority = settings.bigint(`${section}.priority`, 50n);
    return [{ name, priority, stopOnSuccess: settings.bool(`${section}.stop_on_success`, false) }];
  });
  const byName = (a: Tool, b: Tool) => (a.name < b.name ? -1 : 1);
  return tools.sort((a, b) => (a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : byName(a, b)));
}

/** Puts a value under a name inside a dictionary of results. */
function nest(results: Map<string, Json>, key: string, name: string, value: Json): void {
  const inner = (results.get(key) as Map<string, Json> | undefined) ?? new Map<string, Json>();
  inner.set(name, value);
  results.set(key, inner);
}

/** All scanners that are wanted, on one path. A tool that has found something there already doesn't run again. */
function scan(context: CollectContext, path: string): Map<string, Json> {
  const results = new Map<string, Json>();
  for (const { name: kind, setting, key } of kinds) {
    if (!context.settings.bool(setting, false) || !context.subscribed(key)) continue;
    for (const { name, stopOnSuccess } of toolsOf(context, kind)) {
      const done = `tool ${name} ${path}`;
      if (context.cache.has(done)) continue;
      try {
        const found = runTool(context, name, path);
        if (found === undefined) continue;
        context.cache.set(done, true);
        for (const [produced, value] of found.keys) nest(results, produced, name, value);
        nest(results, durationKey, name, new Map([[path, found.milliseconds]]));
        if (stopOnSuccess) break;
      } catch (error) {
        context.log("error", `${name}: ${reasonOf(error)}`);
      }
    }
  }
  return results;
}

function isThere({ host }: CollectContext, path: string): boolean {
  try {
    return host.files.find(path) !== undefined;
  } catch {
    return false;
  }
}

/** The root of the repository around the first place that the operation is about, else that place; undefined if it isn't on this machine. */
function hostTarget(context: CollectContext): string | undefined {
  const [place] = contextPlaces(context);
  if (place === undefined || !isThere(context, place)) return undefined;
  return discover(context.host.files, place)?.root ?? place;
}

/** The artifact's file; for an image that is being built, the context it is built from; else the artifact's name, which a scanner may understand. */
function artifactTarget(context: CollectContext, artifact: Artifact): string {
  if (artifact.path !== undefined) return artifact.path;
  const [place] = context.operation === "build" ? contextPlaces(context) : [];
  return place !== undefined && isThere(context, place) ? place : artifact.name;
}

const isWanted = ({ settings, operation }: CollectContext) =>
  scanningOperations.has(operation) && kinds.some(({ setting }) => settings.bool(setting, false));

/** The `tool` collector. */
export const tool: Collector = {
  name: "tool",
  collectHost(phase, context) {
    const target = phase === "pre_run_keys" && isWanted(context) ? hostTarget(context) : undefined;
    return target === undefined ? new Map() : scan(context, target);
  },
  collectArtifact: (phase, artifact, context) =>
    phase === "pre_chalk_keys" && isWanted(context) ? scan(context, artifactTarget(context, artifact)) : new Map(),
};
