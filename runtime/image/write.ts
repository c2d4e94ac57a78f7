/**
 * Writing the embedded state into an executable (`runtime-core.md` 7.5, 7.6). The complete new image is built beside the target, checked by whoever asked
 * for the change (it can be started from there), and renamed over the target: a load happens whole or not at all. Nothing here decides *what* to load; the
 * caller brings the finished keys and the new state.
 */

import { type Candidate, type CodecHost, type Content, hashContent } from "../codecs/candidate.js";
import type { Claim, LogLevel } from "../codecs/codec.js";
import { isRefusal } from "../codecs/codec.js";
import { identifyNative } from "../codecs/index.js";
import { PreparedFile, type WriteOptions, type WriteResult, writeFailure } from "../codecs/write.js";
import { HostError } from "../host/host.js";
import { compact, type Json, type JsonObject, sortKeys } from "../json.js";
import { type BuiltMark, buildMark } from "../marks/build.js";
import { isPrivateKey } from "../marks/format.js";
import { chalkIdOfHash } from "../marks/identifiers.js";
import { isChalkExecutable, readSelfMark, type SelfMark } from "./self.js";
import { KEY, keysOfState, type SelfState, stateOfMark } from "./state.js";

export interface SelfChange {
  /** The chalk-time keys that belong in the mark by its template. HASH, CHALK_ID and METADATA_* are set here; private keys come from `state`. */
  readonly keys: JsonObject;
  /** The state to embed; its load count is set here. */
  readonly state: SelfState;
  /** `$CHALK_IR`, from `irEntry`. */
  readonly ir?: JsonObject;
  /** A keyspec's `normalized_order`. */
  readonly orderOf: (key: string) => bigint | undefined;
  /** Returns SIGNING and SIGNATURE for a mark, if it can be signed; the public key must be in `keys`. */
  readonly sign?: (hash: string, metadataHash: string) => JsonObject | undefined;
  /** Looks at the finished image (closed, executable) before it takes effect; returns what is wrong with it. Goes on while the image is brought to disk. */
  readonly check?: (path: string) => Promise<string | undefined>;
  /** The SHA-256 of the image is wanted too. */
  readonly withImageHash?: boolean;
  /** Where a copy goes if the executable cannot be changed (7.5); absent: nowhere. */
  readonly fallbackDirectory?: string;
  /** A claim of the executable made earlier, so that its hash is not computed twice. */
  readonly claim?: Claim;
}

export type SelfWriteResult =
  | {
      readonly kind: "written";
      /** The executable, or the fallback copy. */
      readonly path: string;
      readonly fallback: boolean;
      readonly mark: BuiltMark;
      /** Hex SHA-256 of the executable as it is now, if it was asked for. */
      readonly imageHash: string | undefined;
      /** To be logged at `warn`. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: "failed";
      /** Errno name, `REFUSED`, `CHECK` (self-check), `ECHANGED` (another load came first), `INVALID` (no valid mark). */
      readonly code: string;
      readonly reason: string;
      readonly warnings: readonly string[];
    };

const ATTEMPTS = 3;
/** Failures for which a copy elsewhere would be no better. */
const FINAL_FAILURES: ReadonlySet<string> = new Set(["REFUSED", "CHECK", "ECHANGED", "INVALID"]);

function failure(code: string, reason: string): WriteResult {
  return { kind: "failed", code, reason };
}

/** Builds the mark for an executable with this unmarked hash. */
export function buildSelfMark(host: CodecHost, self: SelfMark, change: SelfChange, hash: string): BuiltMark {
  const count = (self.state.loadCount ?? -1) + 1;
  // A signature belongs to the mark that it was made for.
  const artifact = new Map<string, Json>(
    [...change.keys].filter(([key]) => !isPrivateKey(key) && key !== "SIGNING" && key !== "SIGNATURE"),
  );
  artifact.set("HASH", hash);
  artifact.set("CHALK_ID", chalkIdOfHash(hash));
  for (const [key, value] of keysOfState({ ...change.state, loadCount: count })) artifact.set(key, value);
  if (change.ir !== undefined) artifact.set(KEY.ir, change.ir);
  const uses = (key: string) => key !== "METADATA_HASH" || change.keys.has(key);
  const ingredients = { host: new Map<string, Json>(), artifact, uses, orderOf: change.orderOf };
  const built = buildMark(ingredients, host.hashing);
  const signature = change.sign?.(hash, built.metadataHash);
  return signature === undefined
    ? built
    : buildMark({ ...ingredients, artifact: new Map([...artifact, ...signature]) }, host.hashing);
}

/** Do two marks hold the same embedded state? */
function isSameState(left: SelfState, right: SelfState): boolean {
  const text = (state: SelfState) => compact(sortKeys(keysOfState(state), () => undefined));
  return text(left) === text(right);
}

class Writer {
  private readonly host: CodecHost;
  private readonly self: SelfMark;
  private readonly change: SelfChange;
  private readonly path: string;
  private mark: BuiltMark | undefined;
  private imageHash: string | undefined;
  readonly warnings: string[] = [];

  constructor(host: CodecHost, self: SelfMark, change: SelfChange) {
    this.host = host;
    this.self = self;
    this.change = change;
    this.path = host.files.realPath(self.path);
  }

  private readonly log = (level: LogLevel, message: string): void => {
    if (level === "error" || level === "warn") this.warnings.push(message);
  };

  /** Makes the image once; `copy` says where, if not in place. `changed`: the file was replaced meanwhile, try again. */
  private async once(claim: Claim, copy: string | undefined): Promise<WriteResult> {
    try {
      if (!isSameState(stateOfMark(claim.mark), this.self.state)) {
        return failure(
          "ECHANGED",
          `${this.path}: its configuration was changed by another process meanwhile; nothing was written`,
        );
      }
      const mark = buildSelfMark(this.host, this.self, this.change, claim.unmarkedHash());
      this.mark = mark;
      if (mark.invalid !== undefined) return failure("INVALID", mark.invalid);
      const content = claim.withMark(mark.text);
      if (isRefusal(content)) return failure("REFUSED", `${this.path}: ${content.refused}`);
      // Executable for everyone, but with nobody else's rights.
      const target = copy === undefined ? {} : { target: copy, permissions: (claim.file.stat.mode & 0o777) | 0o111 };
      return await this.replace(claim.file, content, target);
    } catch (error) {
      return writeFailure(error, this.path);
    } finally {
      claim.file.close();
    }
  }

  /** Writes the image, checks it and has it brought to disk, while another thread hashes it; then puts it in place. */
  private async replace(file: Candidate, content: Content, options: WriteOptions): Promise<WriteResult> {
    const hash = this.change.withImageHash === true ? file.hashBeside(content) : undefined;
    let image: PreparedFile | undefined;
    try {
      image = new PreparedFile(file, content, options);
      const checked = this.change.check?.(image.path);
      const synced = image.sync();
      // If one fails, the other is waited for all the same: nothing may go on with a file that is about to be removed.
      await Promise.allSettled([checked, synced]);
      const problem = await checked;
      if (problem !== undefined) return failure("CHECK", problem);
      await synced;
      if (this.change.withImageHash === true) this.imageHash = await (hash?.result ?? hashContent(file, content));
      return image.commit();
    } finally {
      image?.discard();
      hash?.cancel();
    }
  }

  private async write(copy: string | undefined): Promise<WriteResult> {
    let claim = copy === undefined ? this.change.claim : undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      claim ??= identifyNative(this.path, this.host, this.log);
      if (claim === undefined) return failure("REFUSED", `${this.path}: not an executable that can hold a configuration`);
      const result = await this.once(claim, copy);
      if (result.kind !== "changed") return result;
      claim = undefined;
    }
    return failure("ECHANGED", `${this.path}: the file keeps changing; nothing was written`);
  }

  /** Path of the fallback copy; a reason if it would overwrite something that is not chalk's. */
  private fallbackPath(directory: string): string | { readonly reason: string } {
    const { files } = this.host;
    const name = this.path.slice(this.path.lastIndexOf("/") + 1);
    const beside = `${directory.replace(/\/+$/, "")}/${name}`;
    const existing = files.find(beside) === undefined ? beside : files.realPath(beside);
    const path = existing === this.path ? `${this.path}.new` : existing;
    const there = files.find(path);
    if (there === undefined) return path;
    if (there.kind !== "file" || !isChalkExecutable(readSelfMark(this.host, path)?.mark)) {
      return { reason: `${path} exists and is not a chalk executable` };
    }
    return path;
  }

  private async writeFallback(directory: string): Promise<{ readonly result: WriteResult; readonly path: string }> {
    try {
      const path = this.fallbackPath(directory);
      if (typeof path !== "string") return { result: failure("EEXIST", path.reason), path: directory };
      this.warnings.push(`the new configuration is written to a copy of the executable instead: ${path}`);
      return { result: await this.write(path), path };
    } catch (error) {
      if (error instanceof HostError) return { result: failure(error.code, error.message), path: directory };
      throw error;
    }
  }

  async run(): Promise<SelfWriteResult> {
    let path = this.path;
    let result = await this.write(undefined);
    let fallback = false;
    const { fallbackDirectory } = this.change;
    if (result.kind === "failed" && !FINAL_FAILURES.has(result.code) && fallbackDirectory !== undefined) {
      this.warnings.push(`${this.path}: the executable cannot be changed: ${result.reason}`);
      ({ result, path } = await this.writeFallback(fallbackDirectory));
      fallback = true;
    }
    for (const key of this.mark?.dropped ?? [])
      this.warnings.push(`${key} is not a finite number and is left out of the chalk mark`);
    const { warnings, mark, imageHash } = this;
    if (result.kind === "failed") return { kind: "failed", code: result.code, reason: result.reason, warnings };
    return { kind: "written", path, fallback, mark: mark as BuiltMark, imageHash, warnings };
  }
}

/**
 * Writes a changed state into an executable.
 * @param self the executable as it was read when the change was decided on; if its state is another one by now, nothing is written (`ECHANGED`).
 * @returns what was written where, or why nothing was. No temporary file is left behind, and the executable is whole at every moment.
 */
export async function writeSelf(host: CodecHost, self: SelfMark, change: SelfChange): Promise<SelfWriteResult> {
  try {
    return await new Writer(host, self, change).run();
  } catch (error) {
    if (error instanceof HostError) return { kind: "failed", code: error.code, reason: error.message, warnings: [] };
    throw error;
  }
}
