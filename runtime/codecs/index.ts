/**
 * All codecs, the order in which they are asked (`marks-and-codecs.md` 3.4), and the question "what is this file?", which insert, extract, delete and
 * exec ask.
 */
import { HostError } from "../host/host.js";
import { compareBytewise } from "../json.js";
import { reasonOf } from "../reason.js";
import { Candidate, type CodecHost, FileChanged } from "./candidate.js";
import { certsCodec } from "./certs/codec.js";
import type { Claim, Codec, CodecContext, CodecOptions, TextFinding } from "./codec.js";
import { elfCodec } from "./elf/codec.js";
import { elfLastResortCodec } from "./elf-last-resort/codec.js";
import { ggufCodec } from "./gguf/codec.js";
import { machoCodec } from "./macho/codec.js";
import { macosCodec } from "./macos/codec.js";
import { modelSidecarCodec } from "./model-sidecar/codec.js";
import { pythonPycCodec } from "./python-pyc/codec.js";
import { safetensorsCodec } from "./safetensors/codec.js";
import { sourceCodec } from "./source/codec.js";
import type { Rescan } from "./write.js";
import { zipCodec } from "./zip/codec.js";

// A function, since the codec of archives asks all others.
const allCodecs = (): readonly Codec[] => [
  machoCodec,
  zipCodec,
  pythonPycCodec,
  ggufCodec,
  safetensorsCodec,
  certsCodec,
  macosCodec,
  elfCodec,
  sourceCodec,
  modelSidecarCodec,
  elfLastResortCodec,
];

/** Names of all codecs: their plugin sections. */
export function codecNames(): readonly string[] {
  return allCodecs().map((codec) => codec.name);
}

/** Codecs of the native executable format: all that reading our own executable and following a running program need. */
export const NATIVE_CODECS: ReadonlySet<string> = new Set(["elf", "elf_last_resort"]);

/** The order among codecs of equal priority; codecs that are not listed follow by name. */
const TIE_ORDER = ["macho", "zip", "python_pyc", "gguf", "safetensors", "certs"];

function tieRank(name: string): number {
  const index = TIE_ORDER.indexOf(name);
  return index < 0 ? TIE_ORDER.length : index;
}

const known = new WeakMap<CodecOptions, readonly Codec[]>();

/** The enabled codecs by ascending priority. */
export function codecsInOrder(options: CodecOptions, codecs?: readonly Codec[]): readonly Codec[] {
  if (codecs !== undefined) return sorted(options, codecs);
  const found = known.get(options);
  if (found !== undefined) return found;
  const order = sorted(options, allCodecs());
  known.set(options, order);
  return order;
}

function sorted(options: CodecOptions, codecs: readonly Codec[]): readonly Codec[] {
  const rows = codecs
    .filter((codec) => options.enabled(codec.name))
    .map((codec) => ({ codec, priority: options.priority(codec.name) ?? codec.priority }));
  rows.sort((a, b) => {
    if (a.priority !== b.priority) return a.priority < b.priority ? -1 : 1;
    return tieRank(a.codec.name) - tieRank(b.codec.name) || compareBytewise(a.codec.name, b.codec.name);
  });
  return rows.map((row) => row.codec);
}

/**
 * Finds the codec that claims a file.
 * @param path a regular file; resolved, if it may be written to.
 * @param only names of the codecs to ask, default all.
 * @returns the claim, whose file the caller closes, or undefined: no artifact, or not readable (one warning).
 */
export function identify(path: string, host: CodecHost, context: CodecContext, only?: ReadonlySet<string>): Claim | undefined {
  return identifyAll(path, host, context, only)[0];
}

/** As `identify`, for files that may hold several artifacts (certificates); all claims share one file, which the caller closes. */
export function identifyAll(path: string, host: CodecHost, context: CodecContext, only?: ReadonlySet<string>): readonly Claim[] {
  let file: Candidate;
  try {
    // Asked first: opening a FIFO would wait for a writer.
    if (host.files.stat(path).kind !== "file") return [];
    file = Candidate.open(host, path);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    context.log("warn", `${path}: could not open.`);
    return [];
  }
  for (const codec of codecsInOrder(context.options)) {
    if (only !== undefined && !only.has(codec.name)) continue;
    const claims = attempt(codec, file, context);
    if (claims.length > 0) return claims;
  }
  file.close();
  return [];
}

/** What codecs find in a text that is no file. */
export function searchText(text: string, host: CodecHost, context: CodecContext): readonly TextFinding[] {
  return codecsInOrder(context.options).flatMap((codec) => codec.searchText?.(text, host, context) ?? []);
}

function attempt(codec: Codec, file: Candidate, context: CodecContext): readonly Claim[] {
  try {
    if (codec.claimAll !== undefined) return codec.claimAll(file, context);
    const claim = codec.claim(file, context);
    return claim === undefined ? [] : [claim];
  } catch (error) {
    if (context.strict === true && !(error instanceof HostError) && !(error instanceof FileChanged)) throw error;
    context.log("error", `${file.path}: Scan canceled: ${reasonOf(error)}`);
    return [];
  }
}

/** What native codecs need to know of the configuration: nothing. */
const NO_OPTIONS: CodecOptions = {
  chalking: true,
  onlyShebangs: true,
  onlyExecutable: false,
  textOnlyExtensions: new Set(),
  sidecarExtensions: new Set(),
  commentOfLanguage: new Map(),
  languageOfExtension: new Map(),
  priority: () => undefined,
  enabled: () => true,
};

/** As `identify`, for executables, before or without any configuration. */
export function identifyNative(path: string, host: CodecHost, log: CodecContext["log"]): Claim | undefined {
  return identify(path, host, { options: NO_OPTIONS, log }, NATIVE_CODECS);
}

/** How `writeMark` looks at a claimed file again. */
export function rescanOf(claim: Claim, host: CodecHost, context: CodecContext): Rescan {
  return () => identify(claim.file.path, host, context, new Set([claim.codec]));
}
