/** The report engine of a run, with all collectors: made by commands that report. */
import { codecCollectors } from "../artifacts/claims.js";
import { codecOptions } from "../codecs/codec.js";
import { identify } from "../codecs/index.js";
import { callerAttestation } from "../collect/caller-attestation.js";
import { ci } from "../collect/ci/collector.js";
import { cloudMetadata } from "../collect/cloud/collector.js";
import { awsEcs } from "../collect/cloud/ecs.js";
import { awsLambda } from "../collect/cloud/lambda.js";
import { git } from "../collect/git/collector.js";
import { kubernetes } from "../collect/kubernetes/collector.js";
import { authors, githubCodeowners } from "../collect/owners.js";
import { procfs } from "../collect/procfs.js";
import { system } from "../collect/system.js";
import { tool } from "../collect/tool/collector.js";
import { network } from "../collect/traceroute.js";
import type { Collector } from "../collect/types.js";
import { dockerHost } from "../docker/host-keys.js";
import type { IdentifyProgram } from "../exec/types.js";
import { createEngine, type Engine } from "../report/index.js";
import { openReporting } from "../report/prepared.js";
import type { Chalk } from "../start/chalk.js";
import { sensitiveValues } from "./secrets.js";

/** Every collector of the program; `conffile` and `metsys` belong to the engine. */
export const collectors: readonly Collector[] = [
  system,
  callerAttestation,
  git,
  ...ci,
  githubCodeowners,
  authors,
  procfs,
  network,
  cloudMetadata,
  awsEcs,
  awsLambda,
  kubernetes,
  tool,
  dockerHost,
  ...codecCollectors,
];

/** Makes the engine for a run. `secrets`: what reports may not show, besides the values of sensitive parameters in force. */
export function connectEngine(chalk: Chalk, exitCode: () => number = () => 0, secrets: readonly string[] = []): Engine {
  const { host, settings, session, logger, publisher, stack } = chalk;
  return createEngine({
    prepared: openReporting((name) => chalk.shipped.reportingText(name)),
    host,
    settings,
    session,
    collectors,
    logger,
    publisher,
    exitCode,
    externalActions: () => stack.runtime.effects.audit.splice(0),
    templateCopies: () => chalk.templateCopies,
    secrets: () => [...sensitiveValues(chalk), ...secrets],
  });
}

/** How `exec` finds out what its program is: the codecs, without writing anything. */
export function programIdentifier(chalk: Chalk): IdentifyProgram {
  return (path) => {
    const { host, settings, logger } = chalk;
    const claim = identify(path, host, {
      options: codecOptions(settings, false),
      log: (level, message) => logger.log(level, message),
    });
    if (claim === undefined) return undefined;
    try {
      return { codec: claim.codec, kinds: ["file"], mark: claim.mark, unmarkedHash: claim.unmarkedHash() };
    } finally {
      claim.file.close();
    }
  };
}
