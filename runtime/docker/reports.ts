/** Marks and reports of docker commands: connects what the build knows with an operation of the report engine (`docker.md` 5, 13.3, 14, 16). */
import type { Artifact } from "../collect/types.js";
import type { Host } from "../host/host.js";
import type { Json, JsonObject } from "../json.js";
import { type BuiltMark, buildMark } from "../marks/build.js";
import { isPrivateKey, isRuntimeKey } from "../marks/format.js";
import { randomChalkId } from "../marks/identifiers.js";
import { reasonOf } from "../reason.js";
import type { FoundRepository } from "../registry/repositories.js";
import { type Engine, newArtifact, type Operation } from "../report/index.js";
import type { Signer } from "../signing/signer.js";
import type { BaseScan } from "./base-images.js";
import type { BuildMarks, DockerLog } from "./build.js";
import { ContextSnapshots, type NamedContext, type SnapshotServices, snapshotKey } from "./context-snapshots.js";
import type { DockerEngine } from "./engine.js";
import type { ExtraRegistry } from "./extra-registries.js";
import { toolChainIsKnown } from "./host-keys.js";
import { addInspectedKeys, addRegistryKeys, findInRegistries, type ImageServices, type InspectedImage } from "./image-facts.js";
import { platformOfInspect } from "./inspect.js";
import { normalizedText, parsePlatform, platformOfMachine } from "./platforms.js";
import { parseReference } from "./references.js";
import type { Registries } from "./registries.js";
import type { Outcome, Reports } from "./run.js";
import { addScannedInventory } from "./scanned-inventory.js";
import type { DockerSettings } from "./settings.js";
import { ImageSignatures } from "./signatures.js";

export interface ReportServices {
  readonly host: Host;
  readonly settings: DockerSettings;
  readonly reports: Engine;
  readonly engine: DockerEngine;
  readonly registries: Registries;
  readonly log: DockerLog;
  /** Delivers a mark to topic `virtual`. */
  readonly publishVirtual: (mark: string) => Promise<void>;
  readonly extraRegistries: readonly ExtraRegistry[];
  /** Marks and looks through what an image is built from; returns the marks. Absent: nothing is built. */
  readonly lookIntoContexts?: (operation: Operation) => Promise<Json[]>;
  /** What signs images that are pushed; undefined: nothing does. */
  readonly signer: (operation: Operation) => Promise<Signer | undefined>;
  /** Validates the mark that an artifact was found with. */
  readonly check: (operation: Operation, artifact: Artifact) => void;
  /** Waits for sinks. */
  readonly flush: () => Promise<void>;
}

/** Keys that are reported although they are empty. */
const reportedWhenEmpty: ReadonlySet<string> = new Set(["DOCKER_TARGET"]);
/** In every mark of an image, so that marks of platforms differ. */
const forcedInMark: ReadonlySet<string> = new Set(["DOCKER_PLATFORM", "DOCKER_BUILD_CONTEXT_SNAPSHOTS"]);

function store(operation: Operation, artifact: Artifact, keys: Iterable<readonly [string, Json]>): void {
  for (const [key, value] of keys) {
    if (forcedInMark.has(key) || (reportedWhenEmpty.has(key) && operation.subscribed(key))) artifact.data.set(key, value);
    else operation.setArtifact(artifact, key, value);
  }
}

/** What inspection says about an image in the local engine; undefined if it isn't there or of another platform. */
function inspectLocal({ engine, log }: ReportServices, artifact: Artifact, id: string): JsonObject | undefined {
  const json = engine.inspect("image", id);
  if (json === undefined) return undefined;
  const platform = artifact.data.get("DOCKER_PLATFORM");
  const found = platformOfInspect(json);
  if (found === undefined || typeof platform !== "string" || normalizedText(found) === platform) return json;
  log("warn", `docker: the image is for ${normalizedText(found)}, not for ${platform}`);
  return undefined;
}

/** What a registry says about an image that was pushed and isn't in the local engine. */
async function inspectPushed(services: ReportServices, artifact: Artifact, outcome: Outcome): Promise<JsonObject | undefined> {
  const [reference] = outcome.references;
  const platform = artifact.data.get("DOCKER_PLATFORM");
  if (reference === undefined || typeof platform !== "string") return undefined;
  const { sysname, machine } = services.host.machine.uname();
  try {
    const client = await services.registries.client();
    const wanted = parsePlatform(platform, platformOfMachine(sysname, machine));
    return await client.inspect(parseReference(reference), wanted, services.engine.isOverlayfs);
  } catch (error) {
    services.log("warn", `docker: ${reference} cannot be inspected: ${reasonOf(error)}`);
    return undefined;
  }
}

const imageServices = ({ engine, registries, settings, log }: ReportServices): ImageServices => ({
  engine,
  registries,
  reportEmpty: settings.reportEmpty,
  log,
});

const snapshotServices = ({ host, registries, settings, log }: ReportServices, operation: Operation): SnapshotServices => ({
  host,
  registries,
  upload: settings.upload,
  maxAge: settings.keepContexts,
  log,
  fail: (code, error) => operation.context.fail?.(snapshotKey, { code, error, description: "the build context is not kept" }),
});

/** Attaches build contexts to an image that was pushed, if its mark names some for where it was pushed to. */
async function attachContexts(
  services: ReportServices,
  operation: Operation,
  artifact: Artifact,
  references: readonly string[],
): Promise<void> {
  const { mark, data } = artifact;
  if (mark?.has("DOCKER_BUILD_CONTEXT_SNAPSHOTS") !== true) return;
  const { host, log, settings } = services;
  const client = await services.registries.client();
  const [{ Attachments }, { pushContexts }] = await Promise.all([import("../registry/attach.js"), import("./context-push.js")]);
  const attachments = new Attachments({ host, client, upload: settings.upload, useTag: settings.tagAttestations, log });
  const { sysname, machine } = host.machine.uname();
  const own = platformOfMachine(sysname, machine);
  const platform = data.get("DOCKER_PLATFORM") ?? mark.get("DOCKER_PLATFORM");
  const pushed = await pushContexts(
    { ...snapshotServices(services, operation), attachments, extraRegistries: services.extraRegistries },
    mark,
    references.map((reference) => parseReference(reference, "latest")),
    typeof platform === "string" ? parsePlatform(platform, own) : own,
  );
  await attachments.finish();
  operation.setArtifact(artifact, "_REPO_BUILD_CONTEXTS", pushed.digests);
  operation.setArtifact(artifact, "_REPO_BUILD_CONTEXT_TAR_SIZES", pushed.sizes);
  operation.setArtifact(artifact, "_REPO_BUILD_CONTEXT_SKIPPED_FILES", pushed.skipped);
}

const signaturesOf = ({ host, registries, settings, log }: ReportServices): ImageSignatures =>
  new ImageSignatures({ host, registries, upload: settings.upload, useTag: settings.tagAttestations, log });

/** Versions of the tool chain that the operation wants (14.6). */
async function addToolVersions({ engine, registries }: ReportServices, operation: Operation): Promise<void> {
  const versions: readonly (readonly [key: string, find: () => string])[] = [
    ["_DOCKER_CLIENT_VERSION", () => engine.clientVersion.text],
    ["_DOCKER_SERVER_VERSION", () => engine.serverVersion.text],
    ["_DOCKER_BUILDX_VERSION", () => engine.buildxVersion.text],
    ["_DOCKER_BUILDER_BUILDKIT_VERSION", () => engine.buildkitVersion.text],
    ["_DOCKER_INFO", () => engine.info],
    ["_DOCKER_BUILDER_INFO", () => engine.builderInfo],
  ];
  for (const [key, find] of versions) if (operation.subscribed(key)) operation.setHost(key, find());
  toolChainIsKnown(operation.context);
  const wantsNodes = ["_DOCKER_BUILDER_NODES_INFO", "_DOCKER_BUILDER_NODES_CONFIG"].some((key) => operation.subscribed(key));
  // The question may start the builder, so that only who builds asks it.
  if (operation.name === "build" && wantsNodes && engine.hasBuildx) {
    const nodes = await registries.builderNodes();
    operation.setHost("_DOCKER_BUILDER_NODES_INFO", nodes.info());
    operation.setHost("_DOCKER_BUILDER_NODES_CONFIG", nodes.configurations());
  }
  operation.setHost("_DOCKER_USED_REGISTRIES", registries.used());
}

/** The artifacts of a build, one per platform, and their report. */
export class BuildReport implements BuildMarks, Reports {
  private readonly services: ReportServices;
  private readonly operation: Operation;
  private readonly labelTemplate: string;
  private readonly name: string;
  private readonly artifacts = new Map<string, Artifact>();
  private readonly marks = new Map<string, BuiltMark>();
  private readonly signatures: ImageSignatures;
  private readonly snapshots: ContextSnapshots;
  private readonly contexts: readonly NamedContext[];
  private readonly dockerfile: string | undefined;
  private signer: Signer | undefined;

  /**
   * @param name what the image is called in reports: its first tag, else its context
   * @param contexts directories in which version control is looked for
   * @param kept local build contexts
   * @param dockerfile its path; undefined if it is no file here
   */
  constructor(
    services: ReportServices,
    name: string,
    contexts: readonly string[],
    kept: readonly NamedContext[],
    dockerfile: string | undefined,
  ) {
    this.services = services;
    this.contexts = kept;
    this.dockerfile = dockerfile;
    this.signatures = signaturesOf(services);
    this.operation = services.reports.begin("build", { searchPath: contexts });
    this.labelTemplate = services.settings.labelTemplate;
    this.snapshots = new ContextSnapshots(snapshotServices(services, this.operation));
    this.name = name;
  }

  async collect(artifacts: ReadonlyMap<string, ReadonlyMap<string, Json>>): Promise<void> {
    const { operation, services } = this;
    this.signer = await services.signer(operation);
    operation.collectHost();
    const embedded = await services.lookIntoContexts?.(operation);
    const id = randomChalkId(services.host.machine);
    this.snapshots.tidy();
    const snapshots = await this.snapshots.take(id, services.extraRegistries, this.contexts, this.dockerfile);
    for (const [platform, keys] of artifacts) {
      const artifact = newArtifact(this.name);
      artifact.codec = "docker";
      artifact.kinds.add("image");
      artifact.data.set("CHALK_ID", id);
      store(operation, artifact, keys);
      operation.setArtifact(artifact, "EMBEDDED_CHALK", embedded);
      if (snapshots.size > 0) artifact.data.set("DOCKER_BUILD_CONTEXT_SNAPSHOTS", snapshots);
      operation.collectArtifact("pre_chalk_keys", artifact);
      const ingredients = operation.markIngredients(artifact);
      const mark = buildMark(
        // Who reads the mark finds there whose signatures to expect.
        { ...ingredients, signed: this.signer !== undefined, uses: (key) => forcedInMark.has(key) || ingredients.uses(key) },
        services.host.hashing,
      );
      if (mark.invalid !== undefined) throw new Error(mark.invalid);
      operation.setArtifact(artifact, "METADATA_ID", mark.metadataId);
      operation.setArtifact(artifact, "METADATA_HASH", mark.metadataHash);
      artifact.mark = mark.mark;
      this.snapshots.recordMark(mark.metadataId);
      this.artifacts.set(platform, artifact);
      this.marks.set(platform, mark);
    }
  }

  async base(image: string, { json, mark }: BaseScan): Promise<void> {
    const { operation, services } = this;
    const artifact = newArtifact(image);
    artifact.codec = "docker";
    artifact.kinds.add("image");
    artifact.mark = mark;
    if (mark === undefined) operation.unmarked.push(image);
    for (const [key, value] of mark ?? []) if (!isPrivateKey(key) && key !== "MAGIC") operation.setArtifact(artifact, key, value);
    const inspected = { json, references: [image], configDigest: "" };
    addInspectedKeys(imageServices(services), operation, artifact, inspected);
    await addRegistryKeys(imageServices(services), operation, artifact, inspected);
    operation.setArtifact(artifact, "_OP_ARTIFACT_CONTEXT", "base");
    operation.collected.push(artifact);
  }

  private get first(): Artifact | undefined {
    return this.artifacts.values().next().value;
  }

  labelKeys(): readonly JsonObject[] {
    const template = this.services.reports.templates.get("mark_template", this.labelTemplate);
    const select = (data: ReadonlyMap<string, Json> | undefined): JsonObject =>
      new Map([...(data ?? [])].filter(([key]) => template?.keys.has(key) === true && !isRuntimeKey(key) && !isPrivateKey(key)));
    const own = select(this.first?.data);
    return [new Map([...select(this.operation.hostData)].filter(([key]) => !own.has(key))), own];
  }

  key(name: string): Json | undefined {
    return this.first?.data.get(name) ?? this.operation.hostData.get(name);
  }

  mark(platform: string): string {
    return this.marks.get(platform)?.text ?? "";
  }

  added(keys: ReadonlyMap<string, Json>): void {
    for (const artifact of this.artifacts.values()) store(this.operation, artifact, keys);
  }

  async succeeded(outcome: Outcome): Promise<void> {
    const { operation, services } = this;
    services.registries.forget();
    for (const artifact of this.artifacts.values()) {
      operation.artifacts.push(artifact);
      operation.setArtifact(artifact, "_OP_ARTIFACT_CONTEXT", "build");
      operation.setArtifact(artifact, "_OP_ARTIFACT_TYPE", "Docker Image");
      await this.inspect(artifact, outcome);
      if (outcome.pushed) await attachContexts(services, operation, artifact, outcome.references);
      operation.collectArtifact("post_chalk_keys", artifact);
    }
    await this.signatures.finish();
    await addToolVersions(services, operation);
    if (services.settings.virtual) for (const { text } of this.marks.values()) await services.publishVirtual(text);
    await operation.report();
    await services.flush();
  }

  /** Registries are asked only if the image is there: a build that doesn't push is nobody's business. */
  private async inspect(artifact: Artifact, outcome: Outcome): Promise<void> {
    const { operation, services } = this;
    const local = outcome.localImage === undefined ? undefined : inspectLocal(services, artifact, `sha256:${outcome.localImage}`);
    const json = local ?? (outcome.pushed ? await inspectPushed(services, artifact, outcome) : undefined);
    if (json === undefined) return;
    const image = { json, references: outcome.references, configDigest: outcome.configDigest };
    addInspectedKeys(imageServices(services), operation, artifact, image);
    if (!outcome.pushed) return addScannedInventory(operation, artifact, this.name);
    const { signer } = this;
    const found = await addRegistryKeys(imageServices(services), operation, artifact, image, signer !== undefined);
    if (signer !== undefined && artifact.mark !== undefined)
      await this.signatures.sign(signer, operation, artifact, found, artifact.mark);
    await addScannedInventory(operation, artifact, outcome.references[0] ?? this.name);
  }

  async failed(): Promise<void> {
    await this.snapshots.undo();
    await this.operation.report("fail");
    await this.services.flush();
  }
}

/** The report of a push or pull. */
export class TransferReport implements Reports {
  private readonly services: ReportServices;
  private readonly operation: Operation;
  private readonly artifact: Artifact;
  private readonly kind: "push" | "pull";
  private readonly signatures: ImageSignatures;
  private signer: Signer | undefined;

  constructor(services: ReportServices, kind: "push" | "pull", image: string) {
    this.services = services;
    this.kind = kind;
    this.signatures = signaturesOf(services);
    this.operation = services.reports.begin(kind);
    this.artifact = newArtifact(image);
    this.artifact.codec = "docker";
    this.artifact.kinds.add("image");
  }

  /** What was found out about the image before (push) or after (pull). A mark may also be in a signed statement in a registry that has the image (15.3). */
  async found(json: JsonObject, own: JsonObject | undefined): Promise<void> {
    const { operation, artifact, services } = this;
    if (this.kind === "push") this.signer = await services.signer(operation);
    operation.collectHost();
    const mark = own ?? (this.kind === "pull" ? await this.attestedMark(json) : undefined);
    if (mark === undefined) {
      services.log("warn", `docker: ${artifact.name} has no chalk mark`);
      operation.unmarked.push(artifact.name);
      return;
    }
    artifact.mark = mark;
    for (const [key, value] of mark) if (!isPrivateKey(key) && key !== "MAGIC") artifact.data.set(key, value);
    if (this.kind === "pull") services.check(operation, artifact);
  }

  private async attestedMark(json: JsonObject): Promise<JsonObject | undefined> {
    const image = { json, references: [], configDigest: "" };
    const found = await findInRegistries(imageServices(this.services), this.artifact.name, image);
    return (await this.signatures.find(found)).find(({ valid }) => valid)?.mark;
  }

  /** A key of the mark. */
  key(name: string): Json | undefined {
    return this.artifact.mark?.get(name);
  }

  async succeeded(outcome: Outcome): Promise<void> {
    const { operation, artifact, services } = this;
    if (artifact.mark !== undefined) operation.artifacts.push(artifact);
    else operation.collected.push(artifact);
    operation.setArtifact(artifact, "_OP_ARTIFACT_CONTEXT", this.kind);
    const json = outcome.localImage === undefined ? undefined : inspectLocal(services, artifact, outcome.localImage);
    if (json !== undefined) {
      const { references, configDigest, pushed } = outcome;
      const image: InspectedImage = { json, references, configDigest, pushedTags: pushed ? references : [] };
      addInspectedKeys(imageServices(services), operation, artifact, image);
      const isSigned = this.signer !== undefined || artifact.mark?.has("INJECTOR_PUBLIC_KEY") === true;
      await this.signOrCheck(await addRegistryKeys(imageServices(services), operation, artifact, image, isSigned));
      await addScannedInventory(operation, artifact, artifact.name);
    }
    if (this.kind === "push") await attachContexts(services, operation, artifact, [artifact.name, ...outcome.references]);
    await this.signatures.finish();
    operation.collectArtifact("post_chalk_keys", artifact);
    await addToolVersions(services, operation);
    await operation.report();
    await services.flush();
  }

  private async signOrCheck(found: readonly FoundRepository[]): Promise<void> {
    const { operation, artifact, signatures, signer } = this;
    if (artifact.mark === undefined) return;
    if (signer !== undefined) await signatures.sign(signer, operation, artifact, found, artifact.mark);
    else if (this.kind === "pull") signatures.judge(operation, artifact, await signatures.find(found));
  }

  async failed(): Promise<void> {
    await this.operation.report("fail");
    await this.services.flush();
  }
}
