/** A stand-in for docker and a machine in memory, for the cases of `wrap.json` (`docker.md` 21): answers probes from the case and records what is run. */

import type { DockerProgram, RunEnd } from "../docker/engine.js";
import { displayForm, parseReference } from "../docker/references.js";
import type { RunResult } from "../host/host.js";
import type { MemoryHost } from "../host/memory-host.js";

export interface ImageFacts {
  readonly entrypoint?: readonly string[] | null;
  readonly cmd?: readonly string[] | null;
  readonly user?: string;
  readonly shell?: readonly string[] | null;
  readonly onbuild?: readonly string[] | null;
  readonly env?: readonly string[];
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly platforms?: readonly string[];
  readonly per_platform?: Readonly<Record<string, ImageFacts>>;
  readonly registry_digest?: string;
}

export interface EngineFacts {
  readonly buildx?: boolean;
  readonly build_context?: boolean;
  readonly build_exit?: readonly number[];
  readonly default_platform?: string;
}

/** One run of docker in front of the user. */
export interface RecordedRun {
  readonly words: readonly string[];
  readonly input: string | undefined;
  /** Contents of files in the working directory while it ran. */
  readonly files: ReadonlyMap<string, string>;
  /** Text of the Dockerfile that it was given with `-f`. */
  readonly passedFile: string | undefined;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const answer = (text: string): RunResult => ({ status: 0, stdout: bytes(text), stderr: bytes("") });
const failure: RunResult = { status: 1, stdout: bytes(""), stderr: bytes("no such thing") };
const builtId = "e5".repeat(32);

export class StandInDocker implements DockerProgram {
  readonly runs: RecordedRun[] = [];
  private readonly host: MemoryHost;
  private readonly engine: EngineFacts;
  private readonly images: Readonly<Record<string, ImageFacts | null>>;

  constructor(host: MemoryHost, engine: EngineFacts, images: Readonly<Record<string, ImageFacts | null>>) {
    this.host = host;
    this.engine = engine;
    this.images = images;
  }

  private facts(name: string): ImageFacts | undefined {
    const wanted = parseReference(name);
    for (const [key, facts] of Object.entries(this.images)) {
      const known = parseReference(key);
      if (displayForm(known) === displayForm(wanted)) return facts ?? undefined;
      if (
        known.repository === wanted.repository &&
        (wanted.digest === "" ? (known.tag || "latest") === (wanted.tag || "latest") : facts?.registry_digest === wanted.digest)
      )
        return facts ?? undefined;
    }
    return undefined;
  }

  private json(facts: ImageFacts, platform: string): Record<string, unknown> {
    const [os, architecture, variant = ""] = platform.split("/");
    return {
      Id: `sha256:${"b1".repeat(32)}`,
      os: facts.os ?? os,
      architecture: facts.architecture ?? architecture,
      variant: facts.variant ?? variant,
      RepoDigests: [],
      Config: {
        Entrypoint: facts.entrypoint,
        Cmd: facts.cmd,
        User: facts.user,
        Shell: facts.shell,
        OnBuild: facts.onbuild,
        Env: facts.env,
      },
    };
  }

  private inspect(name: string): RunResult {
    if (name.startsWith("chalk-")) {
      const platform = this.engine.default_platform ?? "linux/amd64";
      return answer(JSON.stringify([{ Config: { Env: [`BUILDPLATFORM=${platform}`, `TARGETPLATFORM=${platform}`] } }]));
    }
    if (name === `sha256:${builtId}`)
      return answer(JSON.stringify([{ Id: name, Os: "linux", Architecture: "amd64", Config: {} }]));
    const facts = this.facts(name);
    if (facts === undefined || facts.per_platform !== undefined || facts.registry_digest !== undefined) return failure;
    return answer(JSON.stringify([this.json(facts, facts.platforms?.[0] ?? this.engine.default_platform ?? "linux/amd64")]));
  }

  /** What a registry says about an image. */
  private remote(name: string, format: string): RunResult {
    const facts = this.facts(name);
    if (facts === undefined) return failure;
    if (format.includes("Manifest"))
      return facts.registry_digest === undefined
        ? failure
        : answer(JSON.stringify({ digest: `sha256:${facts.registry_digest.replace(/^sha256:/, "")}` }));
    const platforms =
      Object.keys(facts.per_platform ?? {}).length > 0
        ? Object.keys(facts.per_platform ?? {})
        : (facts.platforms ?? [this.engine.default_platform ?? "linux/amd64"]);
    return answer(
      JSON.stringify(
        Object.fromEntries(platforms.map((platform) => [platform, this.json(facts.per_platform?.[platform] ?? facts, platform)])),
      ),
    );
  }

  ask(args: readonly string[]): RunResult {
    const [first, second, third] = args;
    const buildx = this.engine.buildx ?? true;
    if (first === "--version") return answer("Docker version 28.2.2, build e6534b4\n");
    if (first === "version") return answer("Client:\n Version: 28.2.2\nServer:\n Engine:\n  Version: 28.2.2\n");
    if (first === "context") return answer('{"Name":"default"}');
    if (first === "info") return answer("Client:\nServer:\n Storage Driver: overlay2\n");
    if (first === "build") return buildx ? answer("") : failure;
    if (first === "rmi") return answer("");
    if (first === "image" && second === "inspect") return this.inspect(third ?? "");
    if (first !== "buildx" || !buildx) return failure;
    if (second === "version") return answer("github.com/docker/buildx v0.24.0 d0e5e86\n");
    const buildkit = this.engine.build_context === false ? "v0.9.3" : "v0.22.0";
    if (second === "inspect")
      return answer(`Name: default\nBuildKit version: ${buildkit}\nPlatforms: linux/amd64, linux/arm64\n`);
    return second === "imagetools" ? this.remote(args[3] ?? "", args[5] ?? "") : failure;
  }

  async run(words: readonly string[], input?: Uint8Array | string): Promise<RunEnd> {
    const { files, processes } = this.host;
    const value = (flag: string): string | undefined => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
    const directory = processes.cwd();
    const contents = new Map(
      files
        .list(directory)
        .filter((name) => files.stat(`${directory}/${name}`).kind === "file")
        .map((name) => [name, files.readText(`${directory}/${name}`)] as const),
    );
    const file = value("-f");
    const passedFile =
      file === undefined || file === "-" ? undefined : files.find(file) === undefined ? undefined : files.readText(file);
    this.runs.push({
      words,
      input: input === undefined || typeof input === "string" ? input : new TextDecoder().decode(input),
      files: contents,
      passedFile,
    });
    const exits = this.engine.build_exit ?? [];
    const status = exits[Math.min(this.runs.length, exits.length) - 1] ?? 0;
    const iid = value("--iidfile");
    if (status === 0 && iid !== undefined) files.write(iid, `sha256:${builtId}`);
    return { status, interrupted: false };
  }
}
