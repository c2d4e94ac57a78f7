/** Marks of images and containers of the local engine, for `chalk extract` (`docker.md` 15.3, 15.4). */
import { checkMark } from "../artifacts/check.js";
import type { ArtifactRun } from "../artifacts/run.js";
import type { Json, JsonObject } from "../json.js";
import { newArtifact } from "../report/index.js";
import type { Chalk } from "../start/chalk.js";
import { DockerEngine } from "./engine.js";
import { findDocker } from "./find.js";
import { readContainerMark, readImageMark } from "./image-mark.js";
import { containerKeys, imageKeys } from "./inspect.js";
import { programAt } from "./program.js";
import { Temporary } from "./temporary.js";

export type DockerKind = "image" | "container";

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

export class DockerExtraction {
  private readonly chalk: Chalk;
  private readonly engine: DockerEngine | undefined;

  constructor(chalk: Chalk) {
    this.chalk = chalk;
    const { host, settings, logger } = chalk;
    const path = findDocker({ host, configured: settings.string("docker_exe", ""), warn: (message) => logger.warn(message) });
    if (path === undefined) return;
    const log = (level: "error" | "warn" | "info" | "trace", message: string): void => logger.log(level, message);
    this.engine = new DockerEngine({ host, program: programAt(host, path), globals: [], isBuildx: false, builder: "", log });
  }

  /** Extracts the container or image of that name; false if there is neither. */
  async named(run: ArtifactRun, name: string): Promise<boolean> {
    for (const kind of ["container", "image"] as const) {
      // What begins with a dash would be taken for a flag.
      const json = name.startsWith("-") ? undefined : this.engine?.inspect(kind, name);
      if (json === undefined) continue;
      this.extract(run, kind, name, json);
      return true;
    }
    return false;
  }

  /** Extracts all local images, or all running containers; returns how many there are. */
  async all(run: ArtifactRun, kind: DockerKind): Promise<number> {
    const ids = this.engine?.list(kind === "image" ? "images" : "ps") ?? [];
    for (const id of ids) {
      const json = this.engine?.inspect(kind, id);
      if (json !== undefined) this.extract(run, kind, id, json);
    }
    return ids.length;
  }

  private mark(kind: DockerKind, id: string, json: JsonObject): JsonObject | undefined {
    const { engine, chalk } = this;
    if (engine === undefined) return undefined;
    const temporary = new Temporary(chalk.host, chalk.settings.bool("chalk_debug", false));
    try {
      if (kind === "image") return readImageMark(engine, chalk.host, temporary, id);
      return (
        readContainerMark(engine, chalk.host, temporary, id) ??
        readImageMark(engine, chalk.host, temporary, textOf(json.get("Image")))
      );
    } finally {
      temporary.end();
    }
  }

  private extract({ operation, chalk }: ArtifactRun, kind: DockerKind, name: string, json: JsonObject): void {
    const mark = this.mark(kind, textOf(json.get("Id")) || name, json);
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
    const options = {
      reportEmpty: chalk.settings.bool("docker.report_empty_fields", false),
      overlayfs: this.engine?.isOverlayfs === true,
    };
    const keys = kind === "image" ? imageKeys(json, options) : containerKeys(json, options);
    for (const [key, value] of keys) operation.setArtifact(artifact, key, value);
    operation.setArtifact(artifact, kind === "image" ? "_OP_ALL_IMAGE_METADATA" : "_OP_ALL_CONTAINER_METADATA", json);
    operation.collectArtifact("post_chalk_keys", artifact);
  }
}
