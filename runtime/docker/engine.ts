/**
 * Questions to the docker tool chain (`docker.md` 1.8, 6.2, 7.1): versions, capabilities, images. Each is asked at most once and only if somebody needs the
 * answer; every one has a time limit, and a failure counts as "version 0" or "nothing found".
 */
import type { Host, RunResult } from "../host/host.js";
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import { hexOfBytes } from "../marks/identifiers.js";
import { booleanOf } from "./flags.js";
import { normalizedText, type Platform } from "./platforms.js";
import { atLeast, noVersion, type Version, versionInLine } from "./versions.js";

/** How docker is run. */
export interface DockerProgram {
  /** With its output captured. */
  ask(
    args: readonly string[],
    options?: {
      readonly input?: string;
      readonly environment?: Readonly<Record<string, string>>;
      readonly cwd?: string;
      readonly timeout?: number;
    },
  ): RunResult;
  /** The same without blocking, so that several questions can be asked at once; never rejects. Absent where nothing is gained by it. */
  askAside?(args: readonly string[], timeout: number): Promise<RunResult>;
  /** In front of the user: our streams, or the given bytes as its standard input. */
  run(args: readonly string[], input?: Uint8Array | string): Promise<RunEnd>;
}

export interface RunEnd {
  readonly status: number;
  /** A signal that was meant to end the command came while it ran. */
  readonly interrupted: boolean;
}

export interface EngineOptions {
  readonly host: Host;
  readonly program: DockerProgram;
  /** Global flags of the command, which choose the engine. */
  readonly globals: readonly string[];
  readonly isBuildx: boolean;
  readonly builder: string;
  readonly log: (level: "error" | "warn" | "info" | "trace", message: string) => void;
}

const questionTimeout = 20_000;
const builderTimeout = 120_000;
/** Images and layers take their time. */
const transferTimeout = 600_000;
/** Registries may be out of reach; a build shall not wait long for them. */
const registryTimeout = 10_000;

const contextQuestion: readonly string[] = ["context", "inspect", "--format", "{{json .}}"];
const historyQuestion = (image: string): readonly string[] => ["history", image, "--format", "{{.CreatedBy}}", "--no-trunc"];
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export class DockerEngine {
  private readonly options: EngineOptions;
  private readonly answers = new Map<string, unknown>();
  private readonly inspected = new Map<string, JsonObject | undefined>();
  /** Answers to questions that were asked ahead, by question. */
  private readonly early = new Map<string, RunResult>();

  constructor(options: EngineOptions) {
    this.options = options;
  }

  private once<T>(name: string, make: () => T): T {
    if (!this.answers.has(name)) this.answers.set(name, make());
    return this.answers.get(name) as T;
  }

  /** Asks questions side by side that will be asked; whoever asks one of them first gets the answer. */
  private async askAhead(questions: readonly (readonly string[])[], timeout = questionTimeout): Promise<void> {
    const { program, globals } = this.options;
    const ask = async (question: readonly string[]): Promise<void> => {
      const answer = await program.askAside?.([...globals, ...question], timeout);
      if (answer !== undefined) this.early.set(question.join("\0"), answer);
    };
    await Promise.all(questions.map(ask));
  }

  /** What every build needs to know, asked at once: each process of docker takes longer to start than to answer. */
  askUsual(): Promise<void> {
    return this.askAhead([["--version"], ["info"], ...(this.mayHaveBuildx ? [["buildx", "version"]] : [])]);
  }

  /** What is asked about these images, and what is needed after the build or to choose a way of adding files. */
  async askAboutImages(names: readonly string[]): Promise<void> {
    if (this.options.program.askAside === undefined) return;
    const { hasBuildx } = this;
    const server = this.askAhead([["version"], ...(hasBuildx && this.namesContext ? [contextQuestion] : [])]);
    await this.askAhead(names.map((name) => this.inspectQuestion("image", name)));
    const ids = names.flatMap((name) => this.inspect("image", name)?.get("Id") ?? []);
    const histories = this.askAhead(ids.flatMap((id) => (typeof id === "string" ? [historyQuestion(id)] : [])));
    // Where BuildKit builds without named contexts, only the report asks for it.
    if (hasBuildx || !this.usesBuildKit) await server;
    if (hasBuildx) await this.askAhead([this.builderQuestion], builderTimeout);
    await histories;
  }

  /** Runs docker; undefined if it fails. */
  private ask(
    args: readonly string[],
    options: Parameters<DockerProgram["ask"]>[1] = {},
    failed: (reason: string) => void = () => {},
  ): string | undefined {
    const words = [...this.options.globals, ...args];
    this.options.log("trace", `docker: asks: docker ${words.join(" ")}`);
    const early = this.early.get(args.join("\0"));
    this.early.delete(args.join("\0"));
    const result = early ?? this.options.program.ask(words, { timeout: questionTimeout, ...options });
    if (result.failure === undefined && result.status === 0) return textOf(result.stdout);
    const reason = result.failure ?? `status ${result.status}: ${textOf(result.stderr).trim()}`;
    this.options.log("trace", `docker: docker ${args.join(" ")}: ${reason}`);
    failed(reason);
    return undefined;
  }

  private version(name: string, find: () => Version | undefined): Version {
    return this.once(name, () => {
      const version = find() ?? noVersion;
      this.options.log("trace", `docker: version of ${name}: ${version.text === "" ? "unknown" : version.text}`);
      return version;
    });
  }

  get clientVersion(): Version {
    return this.version("docker client", () => versionInLine((this.ask(["--version"]) ?? "").split("\n")[0] as string));
  }

  get serverVersion(): Version {
    return this.version("docker server", () => {
      const lines = (this.ask(["version"]) ?? "").split("\n");
      const start = lines.findIndex((line) => line.startsWith("Server:"));
      const line = start < 0 ? undefined : lines.slice(start + 1).find((candidate) => candidate.includes("Version:"));
      return line === undefined ? undefined : versionInLine(line);
    });
  }

  get buildxVersion(): Version {
    return this.version("buildx", () => {
      if (!this.mayHaveBuildx) return undefined;
      return versionInLine((this.ask(["buildx", "version"]) ?? "").split("\n")[0] as string);
    });
  }

  private get mayHaveBuildx(): boolean {
    return this.options.isBuildx || this.options.host.processes.variable("DOCKER_BUILDKIT") !== "0";
  }

  get hasBuildx(): boolean {
    return this.buildxVersion.text !== "";
  }

  /** Does BuildKit build? Clients before 23 know it without the plugin, if they are asked for it. */
  get usesBuildKit(): boolean {
    return this.hasBuildx || booleanOf(this.options.host.processes.variable("DOCKER_BUILDKIT") ?? "") === true;
  }

  /** Full text of the builder's description; empty without buildx. */
  get builderInfo(): string {
    return this.once("builder", () => {
      if (!this.hasBuildx) return "";
      return this.ask(this.builderQuestion, { timeout: builderTimeout }) ?? "";
    });
  }

  private get builderQuestion(): readonly string[] {
    const { builderName } = this;
    return ["buildx", "inspect", "--bootstrap", ...(builderName === "" ? [] : [builderName])];
  }

  /** Is the builder the one that is called like docker's context? */
  private get namesContext(): boolean {
    return !this.options.isBuildx && this.options.builder === "";
  }

  private get builderName(): string {
    const { isBuildx, builder, host } = this.options;
    if (!this.namesContext) return builder || (isBuildx ? (host.processes.variable("BUILDX_BUILDER") ?? "") : "");
    return this.once("context", () => {
      if (!atLeast(this.clientVersion, "19.3") || !atLeast(this.serverVersion, "19.3")) return "";
      const context = this.ask(contextQuestion);
      const parsed = context === undefined ? undefined : parseJson(context);
      const name = parsed !== undefined && "value" in parsed && isJsonObject(parsed.value) ? parsed.value.get("Name") : undefined;
      return typeof name === "string" ? name : "default";
    });
  }

  /** Platforms that the builder can build for, as it writes them; undefined if it doesn't say. */
  get builderPlatforms(): readonly string[] | undefined {
    const line = /^\s*Platforms:(.*)$/m.exec(this.builderInfo)?.[1];
    // A star marks platforms that were chosen by hand.
    return line
      ?.split(",")
      .map((text) => text.trim().replace(/\*$/, ""))
      .filter((text) => text !== "");
  }

  /** Has the kernel run programs of other platforms, by a privileged container; false if that fails. Once. */
  installEmulators(image: string): boolean {
    return this.once(
      "emulators",
      () => this.ask(["run", "--privileged", "--rm", image, "--install", "all"], { timeout: transferTimeout }) !== undefined,
    );
  }

  get buildkitVersion(): Version {
    return this.version("buildkit", () => {
      for (const line of this.builderInfo.split("\n")) {
        const version = /buildkit/i.test(line) ? versionInLine(line) : undefined;
        if (version !== undefined) return version;
      }
      return undefined;
    });
  }

  /** A file in the container of a builder's node; undefined if it isn't there. */
  readNodeFile(node: string, path: string): string | undefined {
    return this.once(`node ${node} ${path}`, () => this.ask(["exec", `buildx_buildkit_${node}`, "cat", path]));
  }

  /** Output of `docker info`; empty if there is no engine. */
  get info(): string {
    return this.once("info", () => this.ask(["info"]) ?? "");
  }

  /** Is the containerd image store in use? */
  get isOverlayfs(): boolean {
    return /^\s*Storage Driver:\s*overlayfs\s*$/m.test(this.info);
  }

  /**
   * Can files be added with `--build-context`?
   * @param frontend value of the `syntax` directive or BUILDKIT_SYNTAX
   */
  canAddContexts(frontend: string | undefined): boolean {
    if (!this.hasBuildx || !isNewFrontend(frontend)) return false;
    return (
      atLeast(this.clientVersion, "21") &&
      atLeast(this.serverVersion, "23") &&
      atLeast(this.buildxVersion, "0.8") &&
      atLeast(this.buildkitVersion, "0.10")
    );
  }

  get canWriteMetadata(): boolean {
    return atLeast(this.buildxVersion, "0.6") && (this.options.isBuildx || atLeast(this.clientVersion, "22"));
  }

  /** What is known locally about an image or container. Asked once, until `forget`. */
  inspect(kind: "image" | "container", name: string): JsonObject | undefined {
    const key = `${kind} ${name}`;
    if (!this.inspected.has(key)) this.inspected.set(key, this.inspectNow(kind, name));
    return this.inspected.get(key);
  }

  /** Images and containers may have changed: something was built, fetched or pushed. */
  forget(): void {
    this.inspected.clear();
  }

  private inspectQuestion(kind: "image" | "container", name: string): readonly string[] {
    return [kind, "inspect", name, ...(atLeast(this.clientVersion, "22") ? ["--format", "json"] : [])];
  }

  private inspectNow(kind: "image" | "container", name: string): JsonObject | undefined {
    const text = this.ask(this.inspectQuestion(kind, name));
    if (text === undefined) return undefined;
    const parsed = parseJson(text.trim());
    const json: Json | undefined = "value" in parsed ? parsed.value : undefined;
    const first = isJsonList(json) ? json[0] : json;
    return isJsonObject(first) ? first : undefined;
  }

  /** The configuration of an image in a registry, as inspection would show it, for a platform. */
  inspectRemote(name: string, platform: Platform): JsonObject | undefined {
    if (!this.hasBuildx) return undefined;
    return this.once(`remote ${name} ${normalizedText(platform)}`, () => {
      const text = this.ask(["buildx", "imagetools", "inspect", name, "--format", "{{json .Image}}"], {
        timeout: registryTimeout,
      });
      const parsed = text === undefined ? undefined : parseJson(text.trim());
      if (parsed === undefined || !("value" in parsed) || !isJsonObject(parsed.value)) return undefined;
      if (parsed.value.has("architecture")) return parsed.value;
      for (const [key, value] of parsed.value) {
        const [os = "", architecture = "", variant = ""] = key.split("/");
        if (isJsonObject(value) && normalizedText({ os, architecture, variant }) === normalizedText(platform)) return value;
      }
      return undefined;
    });
  }

  /** A manifest as buildx gets it: where we cannot reach a registry ourselves. */
  rawManifest(name: string): Uint8Array | undefined {
    if (!this.hasBuildx) return undefined;
    return this.once(`raw ${name}`, () => {
      const text = this.ask(["buildx", "imagetools", "inspect", name, "--raw"], { timeout: registryTimeout });
      return text === undefined || text === "" ? undefined : new TextEncoder().encode(text);
    });
  }

  /** Fetches an image; false if that fails. */
  pull(name: string): boolean {
    this.forget();
    return this.ask(["pull", name], { timeout: transferTimeout }) !== undefined;
  }

  /** Default build and target platform, found by building an image of nothing; undefined if that fails. */
  defaultPlatforms(): { readonly build: string; readonly target: string } | undefined {
    return this.once("platforms", () => this.probePlatforms());
  }

  private probePlatforms(): { readonly build: string; readonly target: string } | undefined {
    const { host, log } = this.options;
    const tag = `chalk-${hexOfBytes(host.machine.randomBytes(8))}:latest`;
    const directory = host.files.makeTemporaryDirectory("chalk-probe-");
    const text =
      "FROM scratch\nARG BUILDPLATFORM\nARG TARGETPLATFORM\nENV BUILDPLATFORM=$BUILDPLATFORM\nENV TARGETPLATFORM=$TARGETPLATFORM\n";
    try {
      const environment = { ...host.processes.environment(), DOCKER_BUILDKIT: "1" };
      if (
        this.ask(["build", "-t", tag, "-f", "-", directory], { input: text, environment, timeout: builderTimeout }) !== undefined
      ) {
        const config = this.inspect("image", tag)?.get("Config");
        const variables = isJsonObject(config) ? config.get("Env") : undefined;
        const find = (name: string): string | undefined =>
          (isJsonList(variables) ? variables : []).flatMap((item) =>
            typeof item === "string" && item.startsWith(`${name}=`) ? [item.slice(name.length + 1)] : [],
          )[0];
        const [build, target] = [find("BUILDPLATFORM"), find("TARGETPLATFORM")];
        this.ask(["rmi", tag]);
        if (build !== undefined && build !== "" && target !== undefined && target !== "") return { build, target };
      }
      log("warn", "docker: the default platform of the builder cannot be found out; that of this machine is assumed");
      return undefined;
    } finally {
      host.files.removeTree(directory);
    }
  }

  /** What made the layers of an image, newest first. */
  history(image: string): readonly string[] {
    return (this.ask(historyQuestion(image)) ?? "").split("\n").filter((line) => line !== "");
  }

  /** Pushes a local image under another name, which is taken away again; returns why that failed. */
  pushAs(image: string, reference: string): string | undefined {
    this.forget();
    const { program, globals, log } = this.options;
    try {
      for (const words of [
        ["tag", image, reference],
        ["push", reference],
      ]) {
        log("trace", `docker: runs: docker ${words.join(" ")}`);
        const { status, failure, stderr } = program.ask([...globals, ...words], { timeout: transferTimeout });
        if (failure !== undefined || status !== 0)
          return `docker ${words[0]}: ${failure ?? (textOf(stderr).trim().split("\n").at(-1) || `status ${status}`)}`;
      }
      return undefined;
    } finally {
      this.removeTag(reference);
    }
  }

  /** Removes a local tag; failures don't matter. */
  removeTag(tag: string): void {
    this.ask(["rmi", tag]);
  }

  /** Id of an image with a label (`name=value`); undefined if there is none. */
  imageWith(label: string): string | undefined {
    const [id = ""] = (this.ask(["images", "--quiet", "--no-trunc", "--filter", `label=${label}`]) ?? "").split("\n");
    return /^sha256:[0-9a-f]{64}$/.test(id) ? id : undefined;
  }

  /** Makes an image without a tag of a tar archive; its id, or undefined if that fails. */
  importArchive(path: string, change: string): string | undefined {
    const id = this.ask(["import", "--change", change, path], { timeout: transferTimeout })?.trim() ?? "";
    return /^sha256:[0-9a-f]{64}$/.test(id) ? id : undefined;
  }

  /** Removes images without a tag that have a label and are older than a time; failures don't matter. */
  pruneImages(label: string, age: string): void {
    this.ask(["image", "prune", "--force", "--filter", `label=${label}`, "--filter", `until=${age}`]);
  }

  /** Can the old builder copy out of images? */
  get canCopyFromImages(): boolean {
    return !this.usesBuildKit && atLeast(this.serverVersion, "17.5");
  }

  /** Copies a path out of an image into a local file, without starting anything; false if it isn't there. */
  copyOut(image: string, path: string, target: string): boolean {
    return this.lookInto(image, (copy) => copy(path, target)) ?? false;
  }

  /** Copies a path out of a container into a local file; false if it isn't there. */
  copyFromContainer(container: string, path: string, target: string): boolean {
    return this.whyNotCopied(container, path, target) === undefined;
  }

  /** The same, with the reason if it fails: the container is gone, it has nothing at the path, or what docker says. */
  whyNotCopied(container: string, path: string, target: string): "gone" | "absent" | { readonly message: string } | undefined {
    let message = "";
    const copied = this.ask(["cp", "-L", `${container}:${path}`, target], {}, (text) => (message = text));
    if (copied !== undefined) return undefined;
    // Older clients name container and path in one breath.
    if (/no such container:path|could not find the file|no such file or directory/i.test(message)) return "absent";
    return /no such container/i.test(message) ? "gone" : { message };
  }

  /** Ids of all local images, or of all running containers. */
  list(kind: "images" | "ps"): readonly string[] {
    const ids = (this.ask([kind, "--no-trunc", "--format", "{{.ID}}"]) ?? "").split("\n").filter((line) => line !== "");
    return [...new Set(ids)];
  }

  /** Looks into an image: `body` gets a function that copies a path out of it into a local file, and says whether it was there. */
  lookInto<R>(image: string, body: (copy: (path: string, target: string) => boolean) => R): R | undefined {
    return this.inContainer(image, (container) => body((path, target) => this.copyFromContainer(container, path, target)));
  }

  /** Has a container made of the image, which is never started. */
  private inContainer<R>(image: string, body: (container: string) => R): R | undefined {
    const container = this.ask(["create", "--entrypoint=false", image])?.trim();
    if (container === undefined || container === "") return undefined;
    try {
      return body(container);
    } finally {
      this.ask(["rm", container]);
    }
  }
}

/** Do Dockerfiles of this frontend know named contexts? Judged by its tag. */
export function isNewFrontend(frontend: string | undefined): boolean {
  if (frontend === undefined || frontend === "") return true;
  const match = /^(?:[^\s]*\/)?docker\/dockerfile(?:-upstream)?(?::([^@\s]+))?(?:@\S+)?$/.exec(frontend.trim());
  if (match === null) return false;
  const tag = match[1] ?? "";
  if (["", "1", "1-labs", "labs", "latest", "experimental", "master"].includes(tag)) return true;
  const version = /^(\d+)\.(\d+)/.exec(tag);
  if (version === null) return /^\d+(-labs)?$/.test(tag) && Number.parseInt(tag, 10) > 1;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 1 || (major === 1 && minor >= 4);
}
