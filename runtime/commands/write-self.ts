/**
 * The last part of `load` and `setup`: the executable's own mark is made like any other (phases 1 and 2 of an operation, template of `outconf.load` or `outconf.setup`), the image is
 * written beside the old one, checked by starting it, and renamed over it; then the report (`runtime-core.md` 7.5, 7.6).
 */
import type { Claim, PendingHash } from "../codecs/codec.js";
import { identifyNative } from "../codecs/index.js";
import type { Artifact } from "../collect/types.js";
import { HostError } from "../host/host.js";
import type { SelfMark } from "../image/self.js";
import { keysOfState, type SelfState, stateOfMark } from "../image/state.js";
import { writeSelf } from "../image/write.js";
import { type Json, type JsonObject, parseJson } from "../json.js";
import { signedMessage } from "../marks/validate.js";
import { reasonOf } from "../reason.js";
import { type Engine, newArtifact, type Operation } from "../report/index.js";
import { signerFor } from "../signing/own-keys.js";
import type { Signer } from "../signing/signer.js";
import type { Chalk } from "../start/chalk.js";
import { connectEngine } from "./engine.js";
import { holdSignals, type Interruption } from "./interruption.js";
import { sensitiveParameters, textsOf } from "./secrets.js";

export interface ConfigurationChange {
  readonly state: SelfState;
  /** False: there is nothing to write, only to report. */
  readonly changed: boolean;
  readonly ir: JsonObject | undefined;
  /** The executable, claimed and open, with its hash under way, if that was begun. */
  readonly claimed?: ClaimedExecutable | undefined;
  /** Start the new image before it takes effect. */
  readonly validate: boolean;
  /** The configuration fares alike in every command (`start/settled.ts`), so that trying one is trying all. */
  readonly isSettled: boolean;
  /** Another executable than the running one: it is never started. */
  readonly foreign: boolean;
  /** The command, default `load`. */
  readonly operation?: "load" | "setup";
  /** Signs the mark; absent: the key in the running executable, if there is one. */
  readonly signer?: Signer;
}

/** An executable that is going to be written, whose hash another thread has begun to compute. */
export interface ClaimedExecutable {
  readonly claim: Claim;
  readonly hash: PendingHash | undefined;
}

/** Claims an executable and begins with what takes longest. Undefined: no codec can write a mark into it. */
export function claimExecutable(chalk: Chalk, self: SelfMark): ClaimedExecutable | undefined {
  const claim = identifyNative(self.path, chalk.host, (level, message) => chalk.logger.log(level, message));
  return claim === undefined ? undefined : { claim, hash: claim.hashBeside?.() };
}

/** To be called if it is not written after all. */
export function abandonExecutable({ claim, hash }: ClaimedExecutable): void {
  hash?.cancel();
  claim.file.close();
}

/** Commands whose start-up the new image must survive. */
const checkedCommands = ["version", "insert", "extract", "exec", "env", "docker"] as const;
const checkTimeout = 30_000;

/** Starts the new image for each command; the result is what is wrong with it. */
async function selfCheck(chalk: Chalk, image: string, checked: readonly string[]): Promise<string | undefined> {
  const { processes } = chalk.host;
  const environment = { ...processes.environment() };
  delete environment.__CHALK_INVOCATIONS__;
  // A file that was just written may still be open for writing in a process that was forked meanwhile (ETXTBSY).
  for (let attempt = 0; ; attempt++) {
    const result = await processes.runAside(image, ["__", "selfcheck", checked.join(",")], {
      environment,
      timeout: checkTimeout * checked.length,
    });
    if (result.failure === "ETXTBSY" && attempt < 5) {
      await chalk.host.clock.sleep(20);
      continue;
    }
    if (result.failure !== undefined) return `the new executable cannot be started: ${result.failure}`;
    if (result.status === 0) return undefined;
    return describe(new TextDecoder().decode(result.stdout), new TextDecoder().decode(result.stderr), result.status);
  }
}

function describe(stdout: string, stderr: string, status: number): string {
  const parsed = parseJson(stdout);
  const problems = "value" in parsed && Array.isArray(parsed.value) ? (parsed.value as readonly JsonObject[]) : [];
  const lines = problems.map(
    (problem) =>
      `${String(problem.get("file"))}:${String(problem.get("line"))}:${String(problem.get("col"))}: ${String(problem.get("message"))}`,
  );
  return lines.length > 0 ? lines.join("\n") : `the new executable ends with status ${status}: ${stderr.trim()}`;
}

/** Keys that the mark takes from host and artifact, as for any artifact. */
function chalkTimeKeys(operation: Operation, artifact: Artifact, userPlugins: readonly string[]): Map<string, unknown> {
  return operation.suspend(userPlugins, () => {
    operation.collectHost();
    operation.collectArtifact("pre_chalk_keys", artifact);
    return operation.selectForMark(artifact);
  });
}

function pluginsOf(chalk: Chalk): readonly string[] {
  const own = new Set(["system", "attestation", "metsys", "conffile", "elf", "elf_last_resort"]);
  return chalk.settings.sections("plugin").filter((name) => !own.has(name));
}

async function report(chalk: Chalk, operation: Operation, artifact: Artifact, state: SelfState): Promise<void> {
  for (const [key, value] of keysOfState(state)) operation.setArtifact(artifact, key, value);
  operation.collectArtifact("post_chalk_keys", artifact);
  await operation.report();
  await chalk.publisher.flush();
}

/** The exit status after a signal that had to wait; undefined if there was none. */
function interrupted(chalk: Chalk, interruption: Interruption | undefined): number | undefined {
  if (interruption === undefined) return undefined;
  chalk.logger.error(interruption.message);
  return 128 + interruption.signal;
}

/** SIGNING and SIGNATURE of our own mark; undefined, and an error in the log, if signing fails. */
function signature({ logger }: Chalk, signer: Signer, hash: string, metadata: string): JsonObject | undefined {
  try {
    const text = signer.sign(new TextEncoder().encode(signedMessage(hash, metadata)));
    return new Map<string, Json>([
      ["SIGNING", true],
      ["SIGNATURE", text],
    ]);
  } catch (error) {
    logger.error(`our own chalk mark is not signed: ${reasonOf(error)}`);
    return undefined;
  }
}

/** HASH of the executable; undefined if it cannot be read. */
async function hashOf(claimed: ClaimedExecutable | undefined): Promise<string | undefined> {
  try {
    await claimed?.hash?.done;
  } catch {
    // Without the other thread, then; the failure, if it lasts, shows when the mark is made.
  }
  try {
    return claimed?.claim.unmarkedHash();
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

/** Writes the new state into the executable and reports. Returns the exit code. */
export async function writeConfiguration(chalk: Chalk, self: SelfMark, change: ConfigurationChange): Promise<number> {
  const { host, logger } = chalk;
  const secret = [...(await sensitiveParameters(change.state))].flatMap(({ value }) => textsOf(value));
  const engine: Engine = connectEngine(chalk, () => 0, secret);
  const operation = engine.begin(change.operation ?? "load");
  const signer = change.signer ?? (await signerFor(chalk, operation));
  const artifact = newArtifact(self.path, self.path);
  artifact.kinds.add("file");
  artifact.codec = self.codec;
  artifact.mark = self.mark;
  operation.artifacts.push(artifact);
  if (!change.changed) {
    const path = host.files.realPath(self.path);
    host.files.removeAbandoned(path.slice(0, path.lastIndexOf("/") + 1));
    if (self.mark !== undefined) for (const [key, value] of self.mark) artifact.data.set(key, value);
    await report(chalk, operation, artifact, self.state);
    return 0;
  }
  const claimed = change.claimed ?? claimExecutable(chalk, self);
  const claim = claimed?.claim;
  artifact.unmarkedHash = await hashOf(claimed);
  const keys = chalkTimeKeys(operation, artifact, pluginsOf(chalk));
  if (signer !== undefined) keys.set("INJECTOR_PUBLIC_KEY", signer.publicKey);
  const release = holdSignals(host);
  const result = await writeSelf(host, self, {
    keys: keys as JsonObject,
    ...(signer === undefined ? {} : { sign: (hash: string, metadata: string) => signature(chalk, signer, hash, metadata) }),
    state: change.state,
    ...(change.ir === undefined ? {} : { ir: change.ir }),
    ...(claim === undefined ? {} : { claim }),
    orderOf: (key) => engine.keyspecs.get(key)?.order,
    ...(change.validate && !change.foreign
      ? { check: (path: string) => selfCheck(chalk, path, change.isSettled ? checkedCommands.slice(0, 1) : checkedCommands) }
      : {}),
    withImageHash: operation.subscribed("_CURRENT_HASH"),
    fallbackDirectory: host.processes.cwd(),
  });
  const interruption = await release();
  for (const warning of result.warnings) logger.warn(warning);
  if (result.kind === "failed") {
    logger.error(`${result.reason}\nnothing is changed; ${self.path} is as it was`);
    return interrupted(chalk, interruption) ?? 1;
  }
  for (const [key, value] of result.mark.mark) artifact.data.set(key, value);
  artifact.path = result.path;
  operation.setArtifact(artifact, "_CURRENT_HASH", result.imageHash);
  logger.info(`Configuration replaced in binary: ${result.path}`);
  const ended = interrupted(chalk, interruption);
  if (ended !== undefined) return ended;
  // As written: with the load count that this change has given it.
  await report(chalk, operation, artifact, stateOfMark(result.mark.mark));
  return 0;
}
