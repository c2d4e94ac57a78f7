/**
 * One operation of the program (`runtime-core.md` 5): what it found out about the host and its artifacts, phase by phase, and the problems on the way. A new
 * operation starts with nothing; so heartbeats, each of which is one, can't accumulate anything.
 */
import type { Artifact, CollectContext, KeyFailure, PhaseName } from "../collect/types.js";
import { type Json, sortKeys } from "../json.js";
import { type MarkIngredients, selectMarkKeys } from "../marks/build.js";
import { chalkIdOfHash, randomChalkId } from "../marks/identifiers.js";
import { resolvePath } from "../paths.js";
import { reasonOf } from "../reason.js";
import { artifactObjects, artifactText } from "./build.js";
import { fileHash } from "./content.js";
import type { EngineServices } from "./engine.js";
import type { Plan, Step } from "./plan.js";
import { concerns, isWorthStoring, type Plugin, refusal } from "./plugins.js";
import { addProblems, canSettle, type PublishedReport, reportOperation, templatesOf } from "./publish.js";
import { settledArtifact } from "./settled.js";
import { substituteAll } from "./substitutions.js";
import type { Template } from "./templates.js";

export interface OperationOptions {
  /** Artifacts that are there already; for heartbeats those of the `exec` report. Their run-time keys and errors are dropped. */
  readonly artifacts?: readonly Artifact[];
  /** Files or directories given on the command line. */
  readonly searchPath?: readonly string[];
}

/** What `{now}` stands for: the only token that means the same for the whole run. */
const runKey = "TIMESTAMP_WHEN_CHALKED";

export class Operation {
  readonly plan: Plan;
  readonly context: CollectContext;
  /** Reported in `_CHALKS`. */
  readonly artifacts: Artifact[] = [];
  /** Reported in `_COLLECTED_ARTIFACTS`. */
  readonly collected: Artifact[] = [];
  /** Paths of recognised artifacts without a mark; repetitions are removed in the report. */
  readonly unmarked: string[] = [];
  readonly hostData: Map<string, Json>;
  readonly errors: string[] = [];
  readonly failedKeys = new Map<string, Json[]>();
  /** What collectors did to the outside, as `[kind, detail]`. */
  readonly actions: (readonly [kind: string, detail: string])[] = [];
  /** What `report` published, for tests and callers that show it. */
  readonly published: PublishedReport[] = [];
  readonly #services: EngineServices;
  readonly #parent: Operation | undefined;
  readonly #suspended = new Set<string>();
  #templates: readonly Template[] | undefined;
  #settles: boolean | undefined;
  #artifact: Artifact | undefined;

  constructor(services: EngineServices, plan: Plan, options: OperationOptions = {}, parent?: Operation) {
    this.#services = services;
    this.#parent = parent;
    this.plan = plan;
    this.hostData = parent === undefined ? new Map() : parent.hostData;
    const { clock } = services.host;
    this.context = {
      host: services.host,
      settings: services.settings,
      operation: plan.operation,
      artifacts: this.artifacts,
      operationTime: parent?.context.operationTime ?? Math.floor(clock.now()),
      operationMonotonic: parent?.context.operationMonotonic ?? Math.floor(clock.monotonic()),
      subscribed: (key) => plan.subscribed.has(key),
      searchPath: options.searchPath ?? [],
      log: (level, message) => services.logger.log(level, message),
      fail: (key, failure) => this.#fail(key, failure),
      recordAction: (kind, detail) => void this.actions.push([kind, detail]),
      selectForMark: (artifact) => this.selectForMark(artifact),
      cache: new Map(),
      session: services.session,
    };
    services.register(this.context, this);
    for (const artifact of options.artifacts ?? []) this.artifacts.push(reset(artifact));
  }

  get name(): string {
    return this.plan.operation;
  }

  /** Does this operation insert marks? */
  get chalking(): boolean {
    return this.plan.chalking;
  }

  get isSubScan(): boolean {
    return this.#parent !== undefined;
  }

  subscribed(key: string): boolean {
    return this.plan.subscribed.has(key);
  }

  /** The templates of all reports of this operation. */
  get templates(): readonly Template[] {
    this.#templates ??= templatesOf(this.#services, this.plan);
    return this.#templates;
  }

  /** A command is done with the last of its artifacts: where possible, no more is kept of it than what reports say. */
  settle(artifact: Artifact): void {
    const last = this.artifacts.length - 1;
    if (this.artifacts[last] !== artifact) return;
    this.#settles ??= canSettle(this.#services, this);
    if (!this.#settles) return;
    addProblems(this, artifact);
    const texts = this.templates.map((template) => artifactText(artifact, template, this));
    this.artifacts[last] = settledArtifact(artifact, texts);
  }

  /** Stores a key of the host if it is subscribed and says something. */
  setHost(key: string, value: Json | undefined): void {
    if (this.subscribed(key) && isWorthStoring(key, value)) this.hostData.set(key, value);
  }

  /** Stores a key of an artifact if it is subscribed and says something. */
  setArtifact(artifact: Artifact, key: string, value: Json | undefined): void {
    if (this.subscribed(key) && isWorthStoring(key, value)) artifact.data.set(key, value);
  }

  /** Runs phase 1 for the host, if the operation inserts marks. Nothing happens in sub-scans. */
  collectHost(): void {
    if (this.isSubScan || !this.chalking) return;
    const phase = "pre_run_keys";
    for (const step of this.plan.steps[phase])
      this.#run(step, phase, this.hostData, (context) => step.plugin.collector.collectHost?.(phase, context));
    this.#substituteInHost();
  }

  /** Runs phase 4 for the host; collectors that wait for the network are waited for, one after the other. Nothing happens in sub-scans. */
  async collectReport(): Promise<void> {
    if (this.isSubScan) return;
    const phase = "post_run_keys";
    for (const step of this.plan.steps[phase]) {
      const { collector } = step.plugin;
      if (collector.collectReport === undefined)
        this.#run(step, phase, this.hostData, (context) => collector.collectHost?.(phase, context));
      else if (this.#isWorthRunning(step, this.hostData))
        await this.#wait(step, phase, collector.collectReport(this.#narrowed(step)));
    }
    this.#substituteInHost();
  }

  /** The context for a collector whose questions cost time: what it must not write, or somebody else has written, is not subscribed. */
  #narrowed({ plugin, wanted }: Step): CollectContext {
    const useful = new Set(wanted.filter((key) => !this.hostData.has(key) || plugin.overrides.has(key)));
    return { ...this.context, subscribed: (key) => useful.has(key) };
  }

  async #wait(step: Step, phase: PhaseName, values: Promise<Map<string, Json>>): Promise<void> {
    try {
      this.#store(step.plugin, phase, this.hostData, await values);
    } catch (error) {
      this.#tellFailure(step.plugin, phase, error);
    }
  }

  /**
   * Runs a phase for one artifact: phase 2 before it is marked, phase 3 after it was processed. Phase 2 belongs to operations that insert marks, phase 3
   * does not happen in sub-scans. What is logged meanwhile goes to the artifact when marking.
   */
  collectArtifact(phase: "pre_chalk_keys" | "post_chalk_keys", artifact: Artifact): void {
    if (phase === "pre_chalk_keys" ? !this.chalking : this.isSubScan) return;
    this.withArtifact(artifact, () => {
      if (phase === "pre_chalk_keys") this.#beforePlugins(artifact);
      let finished = false;
      for (const step of this.plan.steps[phase]) {
        if (!concerns(step.plugin, phase, artifact)) continue;
        if (phase === "pre_chalk_keys" && step.plugin.name === "attestation" && !finished) {
          this.#beforeHashing(artifact);
          finished = true;
        }
        this.#run(step, phase, artifact.data, (context) => step.plugin.collector.collectArtifact?.(phase, artifact, context));
      }
      if (phase === "pre_chalk_keys" && !finished) this.#beforeHashing(artifact);
      if (phase === "post_chalk_keys") this.#afterProcessing(artifact);
    });
  }

  /** Attributes errors and failed keys to the artifact while the body runs, if the operation marks (5.7). The body may be asynchronous. */
  withArtifact<R>(artifact: Artifact, body: () => R): R {
    const before = this.#artifact;
    this.#artifact = artifact;
    const target = this.isSubScan ? "drop" : this.chalking ? artifact.errors : undefined;
    const restoreErrors = target === undefined ? () => {} : this.#services.logger.redirectErrors(target);
    const restore = () => {
      restoreErrors();
      this.#artifact = before;
    };
    let result: R;
    try {
      result = body();
    } catch (error) {
      restore();
      this.#errorsEscape(artifact);
      throw error;
    }
    if (!(result instanceof Promise)) {
      restore();
      return result;
    }
    return result.then(
      (value) => {
        restore();
        return value;
      },
      (error: unknown) => {
        restore();
        this.#errorsEscape(artifact);
        throw error;
      },
    ) as R;
  }

  /** What `buildMark` needs to make the mark of an artifact. */
  markIngredients(artifact: Artifact): MarkIngredients {
    const { keyspecs } = this.#services;
    const host = new Map(this.hostData);
    substituteAll(host, keyspecs, this.#lookUp(artifact));
    return {
      host,
      artifact: artifact.data,
      uses: (key) => this.plan.markTemplate.keys.has(key),
      orderOf: (key) => keyspecs.order(key),
    };
  }

  /** The keys that the mark template takes of host and artifact data so far, in mark order, without `METADATA_ID` and `METADATA_HASH`. */
  selectForMark(artifact: Artifact): Map<string, Json> {
    const ingredients = this.markIngredients(artifact);
    return sortKeys(selectMarkKeys(ingredients), ingredients.orderOf);
  }

  /** Plugins of these names do nothing while the body runs (`load`, postexec). */
  suspend<R>(names: Iterable<string>, body: () => R): R {
    const added = [...names].filter((name) => !this.#suspended.has(name));
    for (const name of added) this.#suspended.add(name);
    const restore = () => {
      for (const name of added) this.#suspended.delete(name);
    };
    let result: R;
    try {
      result = body();
    } catch (error) {
      restore();
      throw error;
    }
    if (result instanceof Promise) return result.finally(restore) as R;
    restore();
    return result;
  }

  /** All plugins do nothing while the body runs, except the system's own and codecs (postexec). */
  suspendOptional<R>(body: () => R): R {
    const plugins = Object.values(this.plan.steps).flatMap((steps) => steps.map((step) => step.plugin));
    return this.suspend(
      plugins.filter((plugin) => !plugin.system && !plugin.codec).map((plugin) => plugin.name),
      body,
    );
  }

  /**
   * A scan inside this operation (5.8): the body works on an operation of its own, whose artifacts, unmarked paths and errors stay there. Returns what
   * becomes the value of `EMBEDDED_CHALK`: the artifacts as the sub-operation's report template shows them.
   */
  subScan(operation: string, body: (sub: Operation) => void): Json[] {
    const { sub, end } = this.#beginSubScan(operation);
    try {
      body(sub);
    } finally {
      end();
    }
    return artifactObjects(sub.artifacts, sub.plan.reportTemplate, sub);
  }

  /** The same for work that has to wait. */
  async subScanAsync(operation: string, body: (sub: Operation) => Promise<void>): Promise<Json[]> {
    const { sub, end } = this.#beginSubScan(operation);
    try {
      await body(sub);
    } finally {
      end();
    }
    return artifactObjects(sub.artifacts, sub.plan.reportTemplate, sub);
  }

  #beginSubScan(operation: string): { readonly sub: Operation; readonly end: () => void } {
    const { logger, settings } = this.#services;
    const sub = this.#services.subOperation(operation, this);
    const level = logger.settings.level;
    const restore = logger.redirectErrors("drop");
    if (!settings.bool("chalk_debug", false) && level !== "none") logger.configure({ level: "error" });
    return {
      sub,
      end: () => {
        restore();
        logger.configure({ level });
      },
    };
  }

  /** Moves what was logged since the last report into `errors`. */
  takeErrors(): void {
    this.errors.push(...this.#services.logger.takeErrors());
  }

  /** Phase 4, command report, custom reports, report cache (5.9). Never rejects because of a sink. */
  report(topic = "report"): Promise<void> {
    return this.isSubScan ? Promise.resolve() : reportOperation(this.#services, this, topic);
  }

  #run(
    step: Step,
    phase: PhaseName,
    data: Map<string, Json>,
    collect: (context: CollectContext) => Map<string, Json> | undefined,
  ): void {
    if (!this.#isWorthRunning(step, data)) return;
    let values: Map<string, Json> | undefined;
    try {
      values = collect(this.context);
    } catch (error) {
      this.#tellFailure(step.plugin, phase, error);
    }
    if (values !== undefined) this.#store(step.plugin, phase, data, values);
  }

  /** Is there a key that the plugin could add to the data? */
  #isWorthRunning({ plugin, wanted, any }: Step, data: ReadonlyMap<string, Json>): boolean {
    if (this.isSuspended(plugin.name)) return false;
    return any || wanted.some((key) => !data.has(key) || plugin.overrides.has(key) || plugin.system);
  }

  #tellFailure(plugin: Plugin, phase: PhaseName, error: unknown): void {
    this.#services.logger.error(`plugin '${plugin.name}' failed in ${phase}: ${reasonOf(error)}`);
  }

  #store(plugin: Plugin, phase: PhaseName, data: Map<string, Json>, values: ReadonlyMap<string, Json>): void {
    const replaceAll = phase === "pre_chalk_keys" && (this.name === "load" || this.name === "setup");
    for (const [key, value] of values) {
      // A key that doesn't exist is a mistake worth telling, although nobody can have subscribed to it.
      const keyspec = this.#services.keyspecs.get(key);
      if (keyspec !== undefined && !this.subscribed(key) && key !== "INJECTOR_PUBLIC_KEY") continue;
      if (!isWorthStoring(key, value)) continue;
      const no = refusal(plugin, phase, key, keyspec, data.has(key), replaceAll);
      if (no === undefined) data.set(key, value);
      else if (no.why !== undefined) this.#services.logger.error(`plugin '${plugin.name}': key '${key}' dropped: ${no.why}`);
    }
  }

  isSuspended(name: string): boolean {
    return this.#suspended.has(name) || this.#parent?.isSuspended(name) === true;
  }

  #fail(key: string, failure: KeyFailure): void {
    const target = this.chalking && this.#artifact !== undefined ? this.#artifact.failedKeys : this.failedKeys;
    const entry = new Map([
      ["code", failure.code],
      ["error", failure.error],
      ["description", failure.description],
    ]);
    const list = target.get(key);
    if (list === undefined) target.set(key, [entry]);
    else list.push(entry);
  }

  /** An exception escaped the processing of an artifact: its errors become the operation's. */
  #errorsEscape(artifact: Artifact): void {
    if (this.isSubScan || !this.chalking) return;
    this.errors.push(...artifact.errors.splice(0));
  }

  /** What the core sets before the artifact's codec has its turn (5.4). */
  #beforePlugins(artifact: Artifact): void {
    const { host, logger } = this.#services;
    if (!artifact.data.has("CHALK_ID")) {
      if (artifact.unmarkedHash === undefined) logger.info(`${artifact.name}: no hash is available; CHALK_ID is random`);
      artifact.data.set(
        "CHALK_ID",
        artifact.unmarkedHash === undefined ? randomChalkId(host.machine) : chalkIdOfHash(artifact.unmarkedHash),
      );
    }
    this.setArtifact(artifact, "HASH", artifact.unmarkedHash);
    if (artifact.path !== undefined) this.setArtifact(artifact, "PATH_WHEN_CHALKED", resolvePath(host, artifact.path));
  }

  /** What has to be there before the mark is hashed. */
  #beforeHashing(artifact: Artifact): void {
    const { host, keyspecs } = this.#services;
    if (artifact.path !== undefined && this.subscribed("PRE_CHALK_HASH") && !artifact.data.has("PRE_CHALK_HASH"))
      this.setArtifact(artifact, "PRE_CHALK_HASH", fileHash(host, artifact.path));
    substituteAll(artifact.data, keyspecs, this.#lookUp(artifact));
    this.setArtifact(artifact, "ERR_INFO", [...artifact.errors]);
    this.setArtifact(artifact, "FAILED_KEYS", new Map(artifact.failedKeys));
  }

  /** What `{chalk_id}` and the like stand for in values about an artifact. */
  #lookUp(artifact: Artifact): (key: string) => Json | undefined {
    return (key) => artifact.data.get(key) ?? this.hostData.get(key) ?? artifact.mark?.get(key);
  }

  /** Values about the host are the same for all artifacts, so they can only name what is (`collection.md` 4.5). */
  #substituteInHost(): void {
    substituteAll(this.hostData, this.#services.keyspecs, (key) => (key === runKey ? this.hostData.get(key) : undefined));
  }

  #afterProcessing(artifact: Artifact): void {
    substituteAll(artifact.data, this.#services.keyspecs, this.#lookUp(artifact));
    if (artifact.path === undefined || !this.subscribed("_CURRENT_HASH") || artifact.data.has("_CURRENT_HASH")) return;
    this.setArtifact(artifact, "_CURRENT_HASH", fileHash(this.#services.host, artifact.path));
  }
}

/** The artifact without what an earlier report found out at run time; mark, identity and chalk-time keys stay (8.4). */
function reset(artifact: Artifact): Artifact {
  for (const key of [...artifact.data.keys()]) if (key.startsWith("_")) artifact.data.delete(key);
  artifact.errors.length = 0;
  artifact.failedKeys.clear();
  return artifact;
}
