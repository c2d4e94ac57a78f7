/** The copy of chalk that goes into an image: with the configuration of the chalk that builds, without secrets, and with libraries if need be (`docker.md` 10.6, 10.7). */
import { isRefusal } from "../codecs/codec.js";
import { identifyNative } from "../codecs/index.js";
import { replaceContent } from "../codecs/write.js";
import { type Host, HostError } from "../host/host.js";
import { isChalkExecutable, readSelfMark, type SelfMark } from "../image/self.js";
import { KEY, type SavedParameter, stateForCopy } from "../image/state.js";
import { buildSelfMark, type SelfChange } from "../image/write.js";
import { compact, isJsonObject, type JsonObject } from "../json.js";
import { isPrivateKey } from "../marks/format.js";
import { hexOfBytes } from "../marks/identifiers.js";
import type { PreparedBinary } from "./build.js";
import { librariesBeside, ownLibraries } from "./libraries.js";
import type { Platform } from "./platforms.js";
import type { Temporary } from "./temporary.js";
import { NotWrapped } from "./wrap.js";

export interface CopyOptions {
  readonly host: Host;
  readonly temporary: Temporary;
  /** The mark of the chalk that builds. */
  readonly self: SelfMark | undefined;
  readonly isSensitive: (parameter: SavedParameter) => boolean;
  readonly orderOf: (key: string) => bigint | undefined;
  readonly isOwn: boolean;
}

/** The compiled configuration, if the target can use it: made by its version, and from exactly what it gets. */
function transferableIr(self: SelfMark, target: SelfMark, sameParameters: boolean): JsonObject | undefined {
  const entry = self.mark?.get(KEY.ir);
  if (!sameParameters || !isJsonObject(entry)) return undefined;
  return entry.get("chalk_version") === target.mark?.get("CHALK_VERSION") ? entry : undefined;
}

/** The hash of the unmarked executable, as its mark has it. Of a copy of ourselves it is still true, and computing it takes a while. */
function hashOf(mark: JsonObject | undefined): string | undefined {
  const hash = mark?.get("HASH");
  return typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash) ? hash : undefined;
}

/** What must change in a copy so that it has the configuration of the running chalk; undefined if nothing must. Throws `NotWrapped`. */
function changeFor(target: SelfMark | undefined, { self, isSensitive, orderOf, isOwn }: CopyOptions): SelfChange | undefined {
  if (self === undefined || target === undefined || !isChalkExecutable(target.mark))
    throw new NotWrapped("the chalk binary carries no mark of chalk");
  const state = stateForCopy(self.state, target.state, isSensitive);
  const sameParameters = state.parameters.length === self.state.parameters.length;
  const nothingToHide = sameParameters && self.state.previous === undefined && self.state.encryptedPrivateKey === undefined;
  // A plain copy of ourselves is as good, and spares reading all of it.
  if (isOwn && nothingToHide) return undefined;
  const ir = transferableIr(self, target, sameParameters);
  const keys: JsonObject = new Map([...(target.mark ?? [])].filter(([key]) => !isPrivateKey(key)));
  return { keys, state, orderOf, ...(ir === undefined ? {} : { ir }) };
}

/** Gives a copy the configuration of the running chalk. Throws `NotWrapped`. */
function configure(path: string, options: CopyOptions): void {
  const { host, isOwn } = options;
  const target = readSelfMark(host, path);
  const change = changeFor(target, options);
  if (target === undefined || change === undefined) return;
  const claim = identifyNative(path, host, () => {});
  if (claim === undefined) throw new NotWrapped("the chalk binary is not an executable that can hold a configuration");
  const failed = (reason: string) => new NotWrapped(`the chalk binary cannot be given its configuration: ${reason}`);
  try {
    const mark = buildSelfMark(host, target, change, (isOwn ? hashOf(target.mark) : undefined) ?? claim.unmarkedHash());
    if (mark.invalid !== undefined) throw failed(mark.invalid);
    const content = claim.withMark(mark.text);
    if (isRefusal(content)) throw failed(content.refused);
    const result = replaceContent(claim.file, content, { temporary: true });
    if (result.kind === "failed") throw failed(result.reason);
  } finally {
    claim.file.close();
  }
}

/** The libraries that go along. Throws `NotWrapped` if there are none for the platform. */
function librariesFor(source: string, { host, isOwn }: CopyOptions): ReadonlyMap<string, string> {
  const libraries = librariesBeside(host, source) ?? (isOwn ? ownLibraries(host) : undefined);
  if (libraries === undefined)
    throw new NotWrapped(
      `the image lacks the libraries that chalk needs, or nobody can tell, and there are none for its platform in ${source}.d`,
    );
  return libraries;
}

/**
 * A name for what a copy of our own executable would consist of, without making it: equal names, equal copies. Undefined if that cannot be told without
 * reading all of it. Throws `NotWrapped`.
 */
export function identityOfCopy(source: string, withLibraries: boolean, options: CopyOptions): string | undefined {
  const { host, isOwn } = options;
  const target = readSelfMark(host, source);
  const hash = hashOf(target?.mark);
  if (!isOwn || target === undefined || hash === undefined) return undefined;
  const change = changeFor(target, options);
  const mark = change === undefined ? compact(target.mark ?? null) : buildSelfMark(host, target, change, hash).text;
  const libraries = withLibraries ? [...librariesFor(source, options)] : [];
  const parts = libraries.map(([name, path]) => `${name} ${host.files.stat(path).size} ${host.files.stat(path).modified}`);
  const digest = host.hashing.digest("sha256", [hash, mark, ...parts.sort()].join("\n"));
  return hexOfBytes(digest);
}

/** Makes the copy. Throws `NotWrapped` with the reason if that isn't possible. */
export function copyBinary(source: string, platform: Platform, withLibraries: boolean, options: CopyOptions): PreparedBinary {
  const { host, temporary, isOwn } = options;
  try {
    const directory = temporary.directory();
    const tree = `${directory}/image`;
    const path = withLibraries ? `${tree}/chalk` : `${directory}/chalk-${platform.os}-${platform.architecture}`;
    if (withLibraries) host.files.makeDirectories(`${tree}/chalk.d`);
    host.files.share(source, path, 0o755);
    configure(path, options);
    // Of our own executable the copy is always the same; builders that compare times need not read it again.
    if (isOwn) host.files.copyTime(source, path);
    if (!withLibraries) return { path, isTree: false };
    for (const [name, library] of librariesFor(source, options)) {
      const copy = `${tree}/chalk.d/${name}`;
      // Never a second name of the system's own libraries: with `chalk_debug` these files stay, and somebody may try things on them.
      host.files.copy(library, copy);
      host.files.chmod(copy, 0o755);
      host.files.copyTime(library, copy);
    }
    return { path: tree, isTree: true };
  } catch (error) {
    if (error instanceof HostError) throw new NotWrapped(`the chalk binary cannot be copied: ${error.message}`);
    throw error;
  }
}
