/**
 * Running the user's configurations on top of what ships: the embedded one, from compiled form if that fits, and the external file
 * (`runtime-core.md` 1.2 stages 11-13, 1.4, 7.2). Nothing here decides what a failure means; it is returned.
 */
import { irFormat } from "../../compiler/ir.js";
import { type Diagnostic, diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { decodeSource, isBinary, type SourceFile, sourceFromText } from "../../grammar/source.js";
import { decodeForeignValue } from "../encoding.js";
import { type Host, HostError } from "../host/host.js";
import { matchingIr, type SelfMark } from "../image/self.js";
import type { Configuration } from "../image/state.js";
import type { Logger } from "../log/index.js";
import type { ConfigStack } from "../stack/stack.js";
import { readType } from "../type-tools.js";
import { applyRecordedDefaults, readEmbeddedIr } from "./settled.js";

export { type ExternalFile, findExternal, resolvedPath } from "./external.js";

/** What the embedded configuration is called in messages. */
export const embeddedName = "[embedded config]";

/** Name of a candidate in messages while `load` tries it. */
export const trialName = "[testing config]";

/** The text of a configuration when nothing has been loaded. */
export const defaultConfiguration = "# The default configuration: nothing has been loaded.";

/** Makes cached components and saved parameters known, so that running the text fetches nothing and asks nothing (7.2). */
export function installComponents(
  stack: ConfigStack,
  configuration: Pick<Configuration, "cache" | "parameters">,
  log: (text: string) => void,
): void {
  for (const [key, text] of configuration.cache) stack.components.preload(key, text);
  for (const { url, symbol, type: typeText, value: json } of configuration.parameters) {
    const type = readType(typeText);
    const value = type === undefined ? undefined : decodeForeignValue(json, type);
    if (type === undefined || value === undefined) {
      log(`the saved value of parameter '${symbol}' of ${url} does not fit its type ${typeText}; it is ignored`);
      continue;
    }
    let values = stack.runtime.parameters.get(url);
    if (values === undefined) stack.runtime.parameters.set(url, (values = new Map()));
    values.set(symbol, { value, type });
  }
}

/**
 * Runs the embedded configuration. `mayTrust`: what `load` found out about a settled one counts. `whenSlow` is called before one runs of which that is not
 * known: it may take its time. Returns its errors; none if it is good.
 */
export async function runEmbedded(
  stack: ConfigStack,
  self: SelfMark,
  host: Host,
  version: string,
  logger: Logger,
  mayTrust: boolean,
  whenSlow: () => void,
): Promise<readonly Diagnostic[]> {
  const { state } = self;
  installComponents(stack, state, (text) => logger.warn(text));
  if (state.config === undefined) return [];
  const stored = matchingIr(self, host.hashing, irFormat, version);
  const ir = typeof stored === "string" ? readEmbeddedIr(stored) : undefined;
  const errorsOf = (diagnostics: readonly Diagnostic[]): Diagnostic[] => diagnostics.filter((d) => d.severity === "error");
  if (ir?.defaults === undefined) whenSlow();
  if (ir !== undefined) {
    if (!mayTrust || ir.defaults === undefined) return errorsOf(stack.runCompiled(ir.compiled, "all").diagnostics);
    const errors = errorsOf(stack.runCompiled(ir.compiled, "not even defaults").diagnostics);
    if (errors.length === 0) applyRecordedDefaults(stack.runtime.store, ir.defaults);
    return errors;
  }
  const why = typeof stored === "object" ? stored.mismatch : "there is no compiled form";
  logger.trace(`the embedded configuration is compiled from source: ${why}`);
  const result = await stack.run(sourceFromText(embeddedName, state.config), "all");
  return errorsOf(result.diagnostics);
}

/** Reads a configuration file. Errors are C4M-M001 at the file. */
export function readConfiguration(
  host: Host,
  path: string,
): { readonly source: SourceFile | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const problem = (message: string, hint?: string): { source: undefined; diagnostics: Diagnostic[] } => ({
    source: undefined,
    diagnostics: [
      diagnostic("C4M-M001", { file: path, line: 1, col: 1, endLine: 1, endCol: 1 }, message, hint === undefined ? {} : { hint }),
    ],
  });
  try {
    const kind = host.files.stat(path).kind;
    if (kind === "directory") return problem(`${path} is a directory, not a configuration file`, "name a file inside it");
    const bytes = host.files.readBytes(path);
    if (bytes.subarray(0, 4).join() === "127,69,76,70") return problem(`${path} is an executable, not a configuration file`);
    if (isBinary(bytes)) return problem(`${path} is a binary file, not a configuration file`);
    return decodeSource(path, bytes);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const reason =
      error.code === "ENOENT"
        ? "No such file or directory"
        : error.code === "EACCES"
          ? "permission denied"
          : error.code === "EISDIR"
            ? "it is a directory"
            : error.code;
    return problem(`Could not retrieve needed source file: ${path}: ${reason}`);
  }
}

/** Runs an external configuration file. */
export async function runExternal(
  stack: ConfigStack,
  host: Host,
  path: string,
): Promise<{ readonly text: string | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  const { source, diagnostics } = readConfiguration(host, path);
  if (source === undefined || hasErrors(diagnostics)) return { text: source?.text, diagnostics };
  const result = await stack.run(source, "all", diagnostics);
  return { text: source.text, diagnostics: result.diagnostics.filter((d) => d.severity === "error") };
}
