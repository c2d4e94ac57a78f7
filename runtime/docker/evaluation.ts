/**
 * The Dockerfile of a build as it is for each platform (`docker.md` 4, 6.1): which platforms are built, what the variables of FROM lines become for each, and
 * with the configurations of the base images, how the image starts. The only part of the preparation that may have to ask a registry before it can go on.
 */
import type { BuildCommand } from "./arguments.js";
import { type BaseImageServices, BaseImages } from "./base-images.js";
import { type DockerfileLines, readInstructions } from "./dockerfile/lines.js";
import { ancestry, type Dockerfile, readStages, type Stage, targetStage } from "./dockerfile/stages.js";
import { type Effective, effective } from "./effective.js";
import { normalizedText, normalizePlatform, type Platform, parsePlatform, platformArguments } from "./platforms.js";
import { inspectForm, isScratch, parseReference } from "./references.js";

export interface PlatformBuild {
  readonly platform: Platform;
  readonly dockerfile: Dockerfile;
  readonly chain: readonly Stage[];
  readonly image: Effective;
}

export interface EvaluatedBuild {
  readonly source: DockerfileLines;
  readonly bases: BaseImages;
  /** Index of the target stage. */
  readonly target: number;
  /** At least one. */
  readonly platforms: readonly PlatformBuild[];
}

export type EvaluationServices = BaseImageServices;

const targetVariables = /\bTARGET(PLATFORM|OS|ARCH|VARIANT)\b/;
const buildVariables = /\bBUILD(PLATFORM|OS|ARCH|VARIANT)\b/;

class Evaluation {
  private readonly build: BuildCommand;
  private readonly text: string;
  private readonly services: EvaluationServices;
  private readonly source: DockerfileLines;
  private readonly bases: BaseImages;

  constructor(build: BuildCommand, text: string, services: EvaluationServices) {
    this.build = build;
    this.text = text;
    this.services = services;
    this.source = readInstructions(text);
    this.bases = new BaseImages(services);
  }

  async run(): Promise<EvaluatedBuild> {
    await this.askAboutBases();
    const wanted = await this.wantedPlatforms();
    const target = targetStage(this.evaluate(wanted[0] as Platform).stages, this.build.target);
    const platforms: PlatformBuild[] = [];
    for (const platform of wanted) platforms.push(await this.platformBuild(platform, target));
    return { source: this.source, bases: this.bases, target, platforms };
  }

  /** Most builds begin with images that are here: what will be asked about them is asked at once. A guess, since platforms may decide which they are. */
  private async askAboutBases(): Promise<void> {
    if (buildVariables.test(this.text) || targetVariables.test(this.text)) return;
    const references = this.evaluate(this.services.ownPlatform)
      .stages.filter(({ parent }) => parent === undefined)
      .map(({ image }) => parseReference(image));
    const names = references.filter((reference) => !isScratch(reference)).map(inspectForm);
    await this.services.engine.askAboutImages([...new Set(names)]);
  }

  private evaluate(platform: Platform, environments?: ReadonlyMap<string, Readonly<Record<string, string>>>): Dockerfile {
    const own = normalizedText(this.services.ownPlatform);
    const builder = buildVariables.test(this.text) ? (this.services.engine.defaultPlatforms()?.build ?? own) : own;
    return readStages(this.source, {
      buildArguments: this.build.buildArguments,
      platformArguments: {
        ...platformArguments(parsePlatform(builder, this.services.ownPlatform), "BUILD"),
        ...platformArguments(platform),
      },
      ...(environments === undefined ? {} : { environments }),
    });
  }

  private async wantedPlatforms(): Promise<Platform[]> {
    const { build, services } = this;
    const { ownPlatform, engine } = services;
    if (build.platforms.length > 0) {
      const platforms = build.platforms.map((text) => normalizePlatform(parsePlatform(text, ownPlatform)));
      return [...new Map(platforms.map((platform) => [normalizedText(platform), platform] as const)).values()];
    }
    const assumed = targetVariables.test(this.text) ? engine.defaultPlatforms()?.target : undefined;
    const dockerfile = this.evaluate(assumed === undefined ? ownPlatform : parsePlatform(assumed, ownPlatform));
    const [base] = ancestry(dockerfile.stages, targetStage(dockerfile.stages, build.target)) as [Stage];
    return [await this.bases.defaultPlatform(base.image, base.platform)];
  }

  private async platformBuild(platform: Platform, target: number): Promise<PlatformBuild> {
    const draft = this.evaluate(platform);
    const [base] = ancestry(draft.stages, target) as [Stage];
    const basePlatform =
      base.platform === undefined ? platform : normalizePlatform(parsePlatform(base.platform, this.services.ownPlatform));
    const config = await this.bases.config(base.image, basePlatform);
    if (config === undefined) this.services.log("trace", `docker: the base image ${base.image} cannot be inspected`);
    const environment = config?.environment;
    const dockerfile = environment === undefined ? draft : this.evaluate(platform, new Map([[base.image, environment]]));
    const chain = ancestry(dockerfile.stages, target);
    return { platform, dockerfile, chain, image: effective(chain, config) };
  }
}

/** Evaluates a Dockerfile. Throws whatever is wrong with it; an image that cannot be inspected is no error. */
export function evaluateBuild(build: BuildCommand, text: string, services: EvaluationServices): Promise<EvaluatedBuild> {
  return new Evaluation(build, text, services).run();
}
