/**
 * The outside world as one evaluation sees it: files, environment, working directory, output. Under the `run` policy these are the host's; otherwise
 * changes go to an overlay and a virtual environment, output is captured, and what would have happened is written down (`builtins.md` 0.5, 0.6).
 */
import type { Capability } from "../../compiler/context.js";
import type { Location } from "../../grammar/span.js";
import type { Host } from "../host/host.js";
import { encodeText } from "../text.js";
import { type FileView, OverlayFiles, RealFiles } from "./files.js";
import { type HomeLookup, resolvePath } from "./paths.js";
import type { PolicyName } from "./policy.js";

export interface EffectsOptions {
  /** Default: `run`. */
  readonly policy?: PolicyName;
  /** Environment variables that a `lint` run may see. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Classes that run for real although the policy does not allow them (`config lint --allow`). */
  readonly allow?: ReadonlySet<Capability>;
  /** Where output of `echo` goes under `run` instead of standard error. */
  readonly output?: (text: string) => void;
}

/** A call that was not made for real. */
export interface SimulatedCall {
  readonly name: string;
  readonly message: string;
  readonly location: Location | undefined;
  /** For real it would have failed; the message says why. */
  readonly wouldFail: boolean;
}

/** Output that was not printed: of `echo`, or of a log function by its level. */
export interface CapturedOutput {
  readonly by: "echo" | "error" | "warn" | "info" | "trace";
  readonly text: string;
  readonly location: Location | undefined;
}

export class Effects {
  readonly policy: PolicyName;
  readonly allow: ReadonlySet<Capability>;
  readonly files: FileView;
  /** `_CHALK_EXTERNAL_ACTION_AUDIT`: pairs of kind and detail, in call order. The host resets it with the collection context. */
  readonly audit: (readonly [kind: string, detail: string])[] = [];
  readonly simulated: SimulatedCall[] = [];
  readonly captured: CapturedOutput[] = [];
  /** Directories that `to_tmp_file` made; the program removes them at normal exit. */
  readonly temporary: string[] = [];
  private readonly host: Host;
  private readonly output: ((text: string) => void) | undefined;
  private readonly virtualEnvironment: Map<string, string> | undefined;
  private virtualCwd: string | undefined;

  constructor(host: Host, options: EffectsOptions = {}) {
    this.host = host;
    this.policy = options.policy ?? "run";
    this.allow = options.allow ?? new Set();
    this.output = options.output;
    if (this.policy === "run") {
      this.files = new RealFiles(host.files);
      return;
    }
    const isTrial = this.policy === "trial";
    const seesEnvironment = isTrial || this.allow.has("env-read");
    const seesFiles = isTrial || this.allow.has("fs-read") || this.allow.has("fs-write");
    this.virtualEnvironment = new Map(
      Object.entries({ ...(seesEnvironment ? host.processes.environment() : {}), ...options.environment }),
    );
    this.virtualCwd = seesEnvironment ? host.processes.cwd() : "/";
    this.files = this.allow.has("fs-write")
      ? new RealFiles(host.files)
      : new OverlayFiles(seesFiles ? new RealFiles(host.files) : undefined, isTrial ? this.temporaryDirectory() : "/tmp");
  }

  /** True if things happen for real. */
  get isReal(): boolean {
    return this.policy === "run";
  }

  /** True if the host may be read: its identity, environment and files. */
  get seesHost(): boolean {
    return this.policy === "run" || this.policy === "trial" || this.allow.has("env-read");
  }

  variable(name: string): string | undefined {
    return this.virtualEnvironment === undefined ? this.host.processes.variable(name) : this.virtualEnvironment.get(name);
  }
  environment(): Record<string, string> {
    return this.virtualEnvironment === undefined
      ? this.host.processes.environment()
      : Object.fromEntries(this.virtualEnvironment);
  }
  setVariable(name: string, value: string): void {
    if (this.virtualEnvironment === undefined) this.host.processes.setVariable(name, value);
    else this.virtualEnvironment.set(name, value);
  }

  cwd(): string {
    return this.virtualCwd ?? this.host.processes.cwd();
  }
  /** Throws what the host throws if it can't be done. */
  chdir(path: string): void {
    if (this.virtualCwd === undefined) this.host.processes.chdir(path);
    else this.virtualCwd = path;
  }

  /** Resolves a path by `builtins.md` 0.7. Throws C4M-E021. */
  resolve(path: string): string {
    const home: HomeLookup = (user) => (this.seesHost ? this.host.machine.home(user) : "/");
    return resolvePath(path, this.cwd(), home);
  }

  /** `$TMPDIR`, `$TEMP`, `$TMP`, `$TEMPDIR`, else `/tmp`; no trailing slash. */
  temporaryDirectory(): string {
    for (const name of ["TMPDIR", "TEMP", "TMP", "TEMPDIR"]) {
      const value = this.variable(name);
      if (value !== undefined && value !== "") return value.length > 1 ? value.replace(/\/+$/, "") || "/" : value;
    }
    return "/tmp";
  }

  /** Prints a text for `echo` or `abort`, or keeps it. */
  print(text: string, location: Location | undefined): void {
    if (!this.isReal) this.captured.push({ by: "echo", text, location });
    else if (this.output !== undefined) this.output(text);
    else this.host.terminal.write(2, encodeText(text));
  }

  record(kind: string, detail: string): void {
    this.audit.push([kind, detail]);
  }
}
