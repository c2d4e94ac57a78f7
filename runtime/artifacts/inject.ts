/**
 * Adding chalk itself to an archive (`marks-and-codecs.md` 8.6): the running executable as entry `chalk`, so that what is deployed from the archive can
 * report. Saved parameters that are called sensitive never travel.
 */
import { Candidate, type Content } from "../codecs/candidate.js";
import { type Claim, isRefusal } from "../codecs/codec.js";
import { identifyNative } from "../codecs/index.js";
import type { Artifact } from "../collect/types.js";
import { KEY, stateForCopy } from "../image/state.js";
import { buildSelfMark } from "../image/write.js";
import { isJsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import type { Chalk } from "../start/chalk.js";

const ONE_MEGABYTE = 1_000_000;

/** Is this archive one that the configuration wants chalk in? Warns if it would become too long. */
function isWanted({ settings, logger, host }: Chalk, artifact: Artifact, archiveSize: number): boolean {
  if (!settings.bool("zip.inject_binary", false)) return false;
  const name = artifact.name.toLowerCase();
  const extensions = settings.strings("zip.inject_binary_allowed_extensions", ["zip"]);
  if (!extensions.some((extension) => name.endsWith(`.${extension.toLowerCase()}`))) return false;
  const threshold = settings.size("zip.inject_zip_size_threshold", 50 * ONE_MEGABYTE);
  const own = host.files.stat(host.processes.executable).size;
  if (threshold > 0 && archiveSize + own > threshold) {
    logger.warn(`${artifact.name}: chalk is not added, since the archive would be longer than zip.inject_zip_size_threshold`);
    return false;
  }
  return true;
}

function sensitiveSymbols({ stack }: Chalk): ReadonlySet<string> {
  const symbols = [...stack.runtime.modules].flatMap((module) =>
    module.ir.parameters.filter((parameter) => parameter.sensitive === true).map((parameter) => parameter.path.join(".")),
  );
  return new Set(symbols);
}

/** The executable as it is, or, if it holds secrets, without them. */
function ownContent(chalk: Chalk, file: Candidate): Content {
  const whole: Content = [{ start: 0, end: file.size }];
  const { self, host } = chalk;
  if (self?.mark === undefined) return whole;
  const secret = sensitiveSymbols(chalk);
  const state = stateForCopy(self.state, self.state, (parameter) => secret.has(parameter.symbol));
  const sameParameters = state.parameters.length === self.state.parameters.length;
  // What was embedded before may hold other secrets; and nothing that is deployed signs.
  if (sameParameters && self.state.previous === undefined && self.state.encryptedPrivateKey === undefined) return whole;
  const claim = identifyNative(file.path, host, () => {});
  if (claim === undefined) throw new RangeError("our own executable cannot be read");
  try {
    const ir = sameParameters ? self.mark.get(KEY.ir) : undefined;
    const change = { keys: self.mark, state, orderOf: () => undefined, ...(isJsonObject(ir) ? { ir } : {}) };
    const content = claim.withMark(buildSelfMark(host, self, change, claim.unmarkedHash()).text);
    if (isRefusal(content)) throw new RangeError(content.refused);
    return content;
  } finally {
    claim.file.close();
  }
}

/** Adds chalk to an archive if the configuration asks for it. What goes wrong is logged; the archive is marked all the same. */
export function injectChalk(chalk: Chalk, artifact: Artifact, claim: Claim): void {
  const { host, logger } = chalk;
  try {
    if (!isWanted(chalk, artifact, claim.file.size)) return;
    if (chalk.self === undefined) throw new RangeError("this chalk is no executable of its own");
    const file = Candidate.open(host, host.processes.executable);
    try {
      claim.container?.add("chalk", file, ownContent(chalk, file));
    } finally {
      file.close();
    }
  } catch (error) {
    logger.error(`${artifact.name}: chalk could not be added: ${reasonOf(error)}`);
  }
}
