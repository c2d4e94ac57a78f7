// What codec tests share: a temporary directory, the real host (or one that fails on command), and options like the shipped defaults.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CodecHost } from "../../../runtime/codecs/candidate.js";
import type { Claim, CodecContext, CodecOptions } from "../../../runtime/codecs/codec.js";
import { identify, rescanOf } from "../../../runtime/codecs/index.js";
import { type WriteResult, writeMark } from "../../../runtime/codecs/write.js";
import { createHost } from "../../../runtime/host/create.js";
import { type Files, HostError, type OpenFile } from "../../../runtime/host/host.js";

export const host: CodecHost = createHost();
export const directory = mkdtempSync(join(tmpdir(), "codec-test-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

export const options: CodecOptions = {
  chalking: false,
  onlyShebangs: true,
  onlyExecutable: false,
  textOnlyExtensions: new Set(["json", "jsonl", "txt", "text", "md", "docx"]),
  sidecarExtensions: new Set(["onnx", "bin", "pt", "pth"]),
  commentOfLanguage: new Map([
    ["sh", "#"],
    ["node", "//"],
    ["php", "//"],
    ["terraform", "//"],
    ["python", "#"],
  ]),
  languageOfExtension: new Map([
    ["py", "python"],
    ["js", "node"],
    ["php", "php"],
    ["tf", "terraform"],
    ["sh", "sh"],
  ]),
  zipExtensions: new Set(["zip", "jar", "war", "ear", "pt", "pth", "keras"]),
  pycExtensions: new Set(["pyc", "pyo", "pyd"]),
  archiveTime: { milliseconds: Date.UTC(2026, 10, 23, 12), minutesEast: 0 },
  ignored: (path) => /^.*\/\..*|^.*\.json/.test(path),
  version: "1.1.3",
  certificates: {
    always: ["/etc/"],
    blacklist: false,
    withoutExtension: true,
    extensions: ["0", "cer", "cert", "crt", "der", "key", "pem", "pub"],
    ignoredExtensions: ["txt", "zip"],
    ignoredPrefixes: ["license"],
    ignoredNames: ["notice"],
  },
  priority: () => undefined,
  enabled: () => true,
};

export interface Recorder extends CodecContext {
  readonly lines: string[];
}
export function recorder(changes: Partial<CodecOptions> = {}): Recorder {
  const lines: string[] = [];
  return { options: { ...options, ...changes }, lines, log: (level, message) => lines.push(`${level}: ${message}`) };
}

export const path = (name: string) => join(directory, name);
export const bytesOf = (name: string) => new Uint8Array(readFileSync(path(name)));
export const sha256 = (data: Uint8Array | string) => host.hashing.hex("sha256", data);
export const hashOf = (name: string) => sha256(bytesOf(name));
export const leftovers = () => readdirSync(directory).filter((name) => name.endsWith(".tmp"));

/** Writes a file and claims it. */
export function claim(
  name: string,
  content?: Uint8Array | string,
  context: CodecContext = recorder(),
  with_: CodecHost = host,
): Claim | undefined {
  if (content !== undefined) writeFileSync(path(name), content);
  return identify(path(name), with_, context);
}

/** Claims an existing file and puts a mark in, or takes it out. */
export function mark(name: string, text: string | undefined, with_: CodecHost = host): WriteResult {
  const context = recorder();
  const found = identify(path(name), with_, context)!;
  if (text !== undefined) found.unmarkedHash();
  return writeMark(found, text, rescanOf(found, with_, context));
}

/** A host whose n-th call that changes something fails; `calls` counts them. */
export function failingHost(failAt: number, code = "ENOSPC"): { host: CodecHost; calls: () => number } {
  let calls = 0;
  const step = (call: string, file: string) => {
    calls += 1;
    if (calls === failAt) throw new HostError(code, call, file);
  };
  const wrapFile = (file: OpenFile, name: string): OpenFile => ({
    ...file,
    write: (bytes, offset) => {
      step("write", name);
      file.write(bytes, offset);
    },
    truncate: (length) => {
      step("truncate", name);
      file.truncate(length);
    },
    sync: () => {
      step("sync", name);
      file.sync();
    },
  });
  const { files } = host;
  const failing: Files = {
    ...files,
    open(name, mode, permissions) {
      if (mode !== "read") step("open", name);
      const file = files.open(name, mode, permissions);
      return mode === "read" ? file : wrapFile(file, name);
    },
    createTemporary(beside) {
      step("open", beside);
      const made = files.createTemporary(beside);
      const sync = async () => {
        step("sync", made.path);
        await made.sync();
      };
      return { ...made, sync };
    },
    copy(from, to) {
      step("copy", to);
      files.copy(from, to);
    },
    copyAttributes(from, to) {
      step("copyAttributes", to);
      files.copyAttributes(from, to);
    },
    chmod(name, mode) {
      step("chmod", name);
      files.chmod(name, mode);
    },
    rename(from, to) {
      step("rename", to);
      files.rename(from, to);
    },
  };
  return { host: { ...host, files: failing }, calls: () => calls };
}

/** Hex dump text to bytes. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => Number.parseInt(pair, 16)),
  );
}
