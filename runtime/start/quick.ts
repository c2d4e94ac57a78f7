/**
 * A quick answer for `chalk version`, which people and scripts call more often than anything else, before the rest of the program is loaded. It is given
 * only where the complete start (`start.ts`) could come to no other result: the word stands alone, we are not called as docker, no external
 * configuration is found, and the embedded one is absent or known to leave alone all that the answer depends on. Everything else, and everything that
 * goes wrong, is left to the complete start.
 */
import { irFormat } from "../../compiler/ir.js";
import { versionText } from "../commands/version-text.js";
import type { Host } from "../host/host.js";
import { matchingIr, readSelfMark, type SelfMark } from "../image/self.js";
import type { Build } from "./chalk.js";
import { searchExternal } from "./external.js";
import { argumentsOf, recursionVariable } from "./invocation.js";

/** The parts of the host that the answer needs. */
export type QuickHost = Pick<Host, "files" | "processes" | "machine" | "hashing" | "terminal">;

/** Where the shipped configuration lets external configurations be looked for. */
export interface SearchPlaces {
  readonly directories: readonly string[];
  readonly name: string;
}

/** Begins the compiled form of an embedded configuration that cannot change the answer. A space, since the form is JSON. */
export const plainMarker = " ";

function isPlainConfiguration(self: SelfMark, host: QuickHost, version: string): boolean {
  const { config, cache, parameters } = self.state;
  if (self.problems.length > 0 || parameters.length > 0) return false;
  if (config === undefined && cache.size === 0) return true;
  const ir = matchingIr(self, host.hashing, irFormat, version);
  return typeof ir === "string" && ir.startsWith(plainMarker);
}

/** Answers `chalk version`. False if nothing was done, because that takes the complete start. */
export function answerQuickly(host: QuickHost, build: Build, places: SearchPlaces): boolean {
  try {
    const argv = argumentsOf(host);
    if (argv.length !== 1 || argv[0] !== "version" || host.processes.variable(recursionVariable) !== undefined) return false;
    const self = readSelfMark(host, host.processes.executable);
    if (self !== undefined && !isPlainConfiguration(self, host, build.version)) return false;
    if (searchExternal(host, places.name, places.directories) !== undefined) return false;
    host.terminal.write(1, `${versionText(build, host.machine.uname().machine, self?.chalkId)}\n`);
    return true;
  } catch {
    return false;
  }
}
