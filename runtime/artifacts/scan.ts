/**
 * Artifacts of an operation, one after the other (`marks-and-codecs.md` 3): files are discovered, codecs asked, and what one of them claims becomes an
 * artifact; after the files come the environment variables. A generator: each artifact is done with before the next file is opened.
 */
import { mayHoldCertificate } from "../codecs/certs/presence.js";
import type { Claim, CodecContext, TextFinding } from "../codecs/codec.js";
import { codecOptions } from "../codecs/codec.js";
import { identifyAll, searchText } from "../codecs/index.js";
import type { Artifact } from "../collect/types.js";
import { newArtifact } from "../report/index.js";
import type { Operation } from "../report/operation.js";
import { discover, type ScanOptions, type ScanReporter, scanOptions } from "../scan/discover.js";
import type { InvalidPattern } from "../scan/patterns.js";
import type { Chalk } from "../start/chalk.js";
import { forgetClaim, rememberClaim } from "./claims.js";

/** One artifact that was found. Without `claim` it is no file, and nothing can be written. */
export interface FoundArtifact {
  readonly artifact: Artifact;
  readonly claim: Claim | undefined;
}

export interface ArtifactScan {
  readonly context: CodecContext;
  /** Finds artifacts. Each is forgotten, and its file closed, when the next one is asked for. */
  artifacts(roots: readonly string[], reporter: ScanReporter, withEnvironment: boolean): Iterable<FoundArtifact>;
  /** The same, with an `undefined` for each file that is no artifact: for work that looks up now and then. */
  steps(roots: readonly string[], reporter: ScanReporter, withEnvironment: boolean): Iterable<FoundArtifact | undefined>;
}

/** What takes precedence over the configuration in one scan. */
export interface ForcedScan extends Partial<Pick<ScanOptions, "recursive">> {
  /** The only codecs that are asked; absent or empty: all that are enabled. */
  readonly codecs?: readonly string[];
}

/** Prepares finding artifacts for an operation. */
export function prepareScan(
  chalk: Chalk,
  operation: Operation,
  { codecs = [], ...forced }: ForcedScan = {},
): ArtifactScan | InvalidPattern {
  const { host, settings, logger, build } = chalk;
  const configured = scanOptions(settings, operation.chalking);
  if ("invalid" in configured) return configured;
  const options: ScanOptions = { ...configured, ...forced };
  const surroundings = {
    version: build.version,
    usesInMark: (key: string) => operation.plan.markTemplate.keys.has(key),
    ignored: options.patterns.ignores,
    programs: host,
    archiveTime: archiveTime(chalk),
  };
  const all = codecOptions(settings, operation.chalking, surroundings);
  const context: CodecContext = {
    options: codecs.length === 0 ? all : { ...all, enabled: (codec) => codecs.includes(codec) && all.enabled(codec) },
    log: (level, message) => logger.log(level, message),
  };
  const scan = (): Scan => new Scan(chalk, operation, context, options);
  return { context, artifacts: (...args) => only(scan().steps(...args)), steps: (...args) => scan().steps(...args) };
}

function* only<T>(steps: Iterable<T | undefined>): Generator<T> {
  for (const step of steps) if (step !== undefined) yield step;
}

/** The time of what is put into archives: SOURCE_DATE_EPOCH (in UTC) for builds that must come out the same, else now. */
function archiveTime({ host }: Chalk): { milliseconds: number; minutesEast: number } {
  const epoch = host.processes.variable("SOURCE_DATE_EPOCH") ?? "";
  if (/^\d{1,12}$/.test(epoch)) return { milliseconds: Number(epoch) * 1000, minutesEast: 0 };
  const now = host.clock.now();
  return { milliseconds: now, minutesEast: host.clock.zoneOffset(now) };
}

class Scan {
  private readonly chalk: Chalk;
  private readonly operation: Operation;
  private readonly context: CodecContext;
  private readonly options: ScanOptions;
  /** Read-only artifacts that were reported already. */
  private readonly known = new Set<string>();

  constructor(chalk: Chalk, operation: Operation, context: CodecContext, options: ScanOptions) {
    this.chalk = chalk;
    this.operation = operation;
    this.context = context;
    this.options = options;
  }

  *steps(roots: readonly string[], reporter: ScanReporter, withEnvironment: boolean): Generator<FoundArtifact | undefined> {
    for (const path of discover(this.chalk.host, roots, this.options, reporter)) yield* this.file(path);
    if (withEnvironment && this.chalk.settings.bool("env_vars", true)) yield* this.environment();
  }

  private *file(path: string): Generator<FoundArtifact | undefined> {
    const { operation, context, chalk } = this;
    const first = newArtifact(path, path);
    const claims = operation.withArtifact(first, () => identifyAll(path, chalk.host, context));
    if (claims.length === 0) {
      operation.errors.push(...first.errors);
      yield undefined;
      return;
    }
    try {
      for (const [index, claim] of claims.entries()) {
        if (this.isKnown(claim)) continue;
        const artifact = index === 0 ? first : newArtifact(path, path);
        describe(artifact, claim.codec, claim.readOnly === true, claim.mark);
        rememberClaim(artifact, claim);
        yield { artifact, claim };
        forgetClaim(artifact);
      }
    } finally {
      claims[0]?.file.close();
    }
  }

  private *environment(): Generator<FoundArtifact> {
    const { host } = this.chalk;
    for (const [name, value] of Object.entries(host.processes.environment())) {
      if (!mayHoldCertificate(value)) continue;
      for (const finding of searchText(value, host, this.context)) {
        if (this.isKnown(finding)) continue;
        const artifact = newArtifact(name);
        describe(artifact, finding.codec, true, finding.mark);
        artifact.unmarkedHash = finding.hash;
        this.operation.setArtifact(artifact, "_OP_ARTIFACT_ENV_VAR_NAME", name);
        rememberClaim(artifact, finding);
        yield { artifact, claim: undefined };
        forgetClaim(artifact);
      }
    }
  }

  private isKnown(found: Pick<Claim, "mark" | "identity"> | TextFinding): boolean {
    if (found.identity === undefined) return false;
    const key = `${String(found.mark?.get("METADATA_ID"))} ${found.identity}`;
    if (this.known.has(key)) return true;
    this.known.add(key);
    return false;
  }
}

/** Fills in what a codec says. */
export function describe(artifact: Artifact, codec: string, isCertificate: boolean, mark: Artifact["mark"]): void {
  artifact.codec = codec;
  artifact.kinds.add(isCertificate ? "certificate" : "file");
  artifact.mark = mark;
}
