/** Marks of images and containers, of the local engine or of a registry, for `chalk extract` (`docker.md` 15.3, 15.4). */
import { checkMark } from "../artifacts/check.js";
import type { ArtifactRun } from "../artifacts/run.js";
import type { Artifact } from "../collect/types.js";
import type { Json, JsonObject } from "../json.js";
import { RegistryError } from "../registry/failure.js";
import { newArtifact, type Operation } from "../report/index.js";
import type { Chalk } from "../start/chalk.js";
import type { DockerLog } from "./build.js";
import { DockerEngine } from "./engine.js";
import { findDocker } from "./find.js";
import { addInspectedKeys, addRegistryKeys, findInRegistries, type ImageServices, type InspectedImage } from "./image-facts.js";
import { readContainerMark, readImageMark } from "./image-mark.js";
import { containerKeys } from "./inspect.js";
import { platformOfMachine } from "./platforms.js";
import { programAt } from "./program.js";
import { displayForm, isAskable, parseReference } from "./references.js";
import { Registries } from "./registries.js";
import { readDockerSettings } from "./settings.js";
import { ImageSignatures } from "./signatures.js";
import { Temporary } from "./temporary.js";

export type DockerKind = "image" | "container";

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

export class DockerExtraction {
  private readonly chalk: Chalk;
  private readonly engine: DockerEngine | undefined;
  private readonly registries: Registries | undefined;
  private readonly log: DockerLog;

  constructor(chalk: Chalk) {
    this.chalk = chalk;
    const { host, settings, logger } = chalk;
    this.log = (level, message) => logger.log(level, message);
    const path = findDocker({ host, configured: settings.string("docker_exe", ""), warn: (message) => logger.warn(message) });
    if (path === undefined) return;
    const { log } = this;
    const shared = { host, globals: [], isBuildx: false, log };
    this.engine = new DockerEngine({ ...shared, program: programAt(host, path), builder: "" });
    this.registries = new Registries({ ...shared, engine: this.engine, builds: false });
  }

  /** Extracts the container or image of that name; false if there is neither. */
  async named(run: ArtifactRun, name: string): Promise<boolean> {
    // What begins with a dash would be taken for a flag.
    if (name.startsWith("-")) return false;
    for (const kind of ["container", "image"] as const) {
      const json = this.engine?.inspect(kind, name);
      if (json === undefined) continue;
      await this.extract(run, kind, name, json, this.mark(kind, name, json));
      return true;
    }
    return this.remote(run, name);
  }

  /** Extracts an image that is only in a registry: that of the platform we run on. */
  private async remote(run: ArtifactRun, name: string): Promise<boolean> {
    const { engine, registries, chalk } = this;
    const reference = parseReference(name, "latest");
    if (engine === undefined || registries === undefined || !isAskable(reference)) return false;
    const { sysname, machine } = chalk.host.machine.uname();
    const platform = platformOfMachine(sysname, machine);
    try {
      const client = await registries.client();
      const json = await client.inspect(reference, platform, engine.isOverlayfs);
      await this.extract(run, "image", name, json, await client.layerMark(reference, platform), [displayForm(reference)]);
      return true;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.log(error.status === 404 ? "trace" : "warn", `docker: ${name}: ${error.message}`);
      return false;
    }
  }

  /** Extracts all local images, or all running containers; returns how many there are. */
  async all(run: ArtifactRun, kind: DockerKind): Promise<number> {
    const ids = this.engine?.list(kind === "image" ? "images" : "ps") ?? [];
    for (const id of ids) {
      const json = this.engine?.inspect(kind, id);
      // Between the list and the question it may have ended.
      if (json === undefined) this.log("warn", `docker: the ${kind} ${id} is gone`);
      else await this.extract(run, kind, id, json, this.mark(kind, id, json));
    }
    return ids.length;
  }

  private mark(kind: DockerKind, name: string, json: JsonObject): JsonObject | undefined {
    const { engine, chalk } = this;
    if (engine === undefined) return undefined;
    const temporary = new Temporary(chalk.host, chalk.settings.bool("chalk_debug", false));
    try {
      const id = textOf(json.get("Id")) || name;
      const complain = (problem: string): void => this.log("warn", `docker: ${name}: ${problem}`);
      if (kind === "image") return readImageMark(engine, chalk.host, temporary, id, complain);
      return (
        readContainerMark(engine, chalk.host, temporary, id, complain) ??
        readImageMark(engine, chalk.host, temporary, textOf(json.get("Image")), complain)
      );
    } finally {
      temporary.end();
    }
  }

  private async extract(
    { operation, chalk }: ArtifactRun,
    kind: DockerKind,
    name: string,
    json: JsonObject,
    own: JsonObject | undefined,
    references: readonly string[] = [],
  ): Promise<void> {
    const image: InspectedImage = { json, references, configDigest: "" };
    const mark = own ?? (kind === "image" ? await this.attestedMark(name, image) : undefined);
    if (mark === undefined) {
      chalk.logger.warn(`${name}: Artifact is unchalked`);
      operation.unmarked.push(name);
      return;
    }
    const artifact = newArtifact(name);
    artifact.codec = "docker";
    artifact.kinds.add(kind);
    artifact.mark = mark;
    chalk.logger.info(`${name}: Chalk mark extracted`);
    operation.artifacts.push(artifact);
    operation.withArtifact(artifact, () => checkMark(chalk, operation, artifact, undefined));
    if (kind === "image") await this.imageKeys(operation, artifact, image);
    else this.containerKeys(operation, artifact, json);
    operation.collectArtifact("post_chalk_keys", artifact);
  }

  private get reportEmpty(): boolean {
    return this.chalk.settings.bool("docker.report_empty_fields", false);
  }

  /** What answers about images; undefined without docker. */
  private get imageServices(): ImageServices | undefined {
    const { engine, registries, log, reportEmpty } = this;
    return engine === undefined || registries === undefined ? undefined : { engine, registries, reportEmpty, log };
  }

  private get signatures(): ImageSignatures | undefined {
    const { registries, chalk, log } = this;
    if (registries === undefined) return undefined;
    const { upload, tagAttestations: useTag } = readDockerSettings(chalk.settings);
    return new ImageSignatures({ host: chalk.host, registries, upload, useTag, log });
  }

  /** The mark in a signed statement, in a registry that has the image. */
  private async attestedMark(name: string, image: InspectedImage): Promise<JsonObject | undefined> {
    const { imageServices: services, signatures } = this;
    if (services === undefined || signatures === undefined) return undefined;
    const found = await findInRegistries(services, name, image);
    return (await signatures.find(found)).find(({ valid }) => valid)?.mark;
  }

  private async imageKeys(operation: Operation, artifact: Artifact, image: InspectedImage): Promise<void> {
    const { imageServices: services, signatures } = this;
    if (services === undefined || signatures === undefined) return;
    addInspectedKeys(services, operation, artifact, image);
    const toBeSigned = artifact.mark?.has("INJECTOR_PUBLIC_KEY") === true;
    const found = await addRegistryKeys(services, operation, artifact, image, toBeSigned);
    signatures.judge(operation, artifact, await signatures.find(found));
  }

  private containerKeys(operation: Operation, artifact: Artifact, json: JsonObject): void {
    const options = { reportEmpty: this.reportEmpty, overlayfs: this.engine?.isOverlayfs === true };
    for (const [key, value] of containerKeys(json, options)) operation.setArtifact(artifact, key, value);
    operation.setArtifact(artifact, "_OP_ALL_CONTAINER_METADATA", json);
  }
}
