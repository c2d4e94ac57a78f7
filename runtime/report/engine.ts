/**
 * The report engine (`runtime-core.md` 5, 9): commands begin an operation, let it collect, and have it reported. The engine holds what stays the same for
 * the whole process (templates, plugins, plans by kind of operation, the connection of custom reports to their sinks), so that beginning an operation
 * again and again costs next to nothing.
 */
import type { DeliverySettings } from "../cache/deliver.js";
import { createReportCache, type ReportCache } from "../cache/report-cache.js";
import type { CollectContext, Collector, Session } from "../collect/types.js";
import type { Host } from "../host/host.js";
import type { Logger } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import type { Publisher } from "../sinks/publisher.js";
import { QuantityValue } from "../values.js";
import { createKeyspecs, type Keyspecs } from "./keyspecs.js";
import { createObjectStores, type ObjectStores } from "./object-stores.js";
import { Operation, type OperationOptions } from "./operation.js";
import { createConffile, createMetsys } from "./own-collectors.js";
import { type CustomReport, makePlan, type Plan } from "./plan.js";
import { type Plugin, readPlugins } from "./plugins.js";
import type { PreparedReporting } from "./prepared.js";
import { createTemplates, type TemplateCopies, type Templates } from "./templates.js";

export interface EngineOptions {
  readonly host: Host;
  /** The complete configuration; it must not change while the engine is in use. */
  readonly settings: Settings;
  readonly session: Session;
  /** What is known of the shipped configuration since the project was built. */
  readonly prepared?: PreparedReporting;
  /** All collectors and codecs; `conffile` and `metsys` are the engine's own. */
  readonly collectors: readonly Collector[];
  readonly logger: Logger;
  readonly publisher: Publisher;
  /** The exit code that the process is about to return; default 0. */
  readonly exitCode?: () => number;
  /** What builtins of the configuration did to the outside since the last report. */
  readonly externalActions?: () => readonly (readonly [kind: string, detail: string])[];
  /** What `copy_report_template_keys` registered. */
  readonly templateCopies?: () => TemplateCopies;
  /** Values of parameters declared `sensitive`: replaced in every report. */
  readonly secrets?: () => readonly string[];
}

export interface Engine {
  /** Starts an operation: its time is now, it holds nothing but the given artifacts. */
  begin(operation: string, options?: OperationOptions): Operation;
  /** Is anyone going to look at this key in that operation? */
  subscribed(operation: string, key: string): boolean;
  readonly templates: Templates;
  readonly keyspecs: Keyspecs;
}

/** What operations ask of the engine. */
export interface EngineServices {
  readonly host: Host;
  readonly settings: Settings;
  readonly session: Session;
  readonly logger: Logger;
  readonly publisher: Publisher;
  readonly keyspecs: Keyspecs;
  readonly templates: Templates;
  subOperation(operation: string, parent: Operation): Operation;
  /** Lets the engine's own collectors find the operation that a context belongs to. */
  register(context: CollectContext, operation: Operation): void;
  /** Subscribes the sinks of a custom report, once. */
  connect(report: CustomReport): void;
  warnOnce(text: string): void;
  secrets(): readonly string[];
  readonly objectStores: ObjectStores;
  delivery(): DeliverySettings;
  /** Brings the report cache up to date. */
  writeBack(): void;
}

const none: ReadonlySet<string> = new Set();

/** Makes the engine of a process. Nothing is read or collected before an operation begins. */
export function createEngine(options: EngineOptions): Engine {
  const { host, settings, session, logger, publisher } = options;
  const { prepared } = options;
  const keyspecs = createKeyspecs(settings, prepared?.keyspec);
  const told = new Set<string>();
  const warnOnce = (text: string) => {
    if (told.has(text)) return;
    told.add(text);
    logger.warn(text);
  };
  const templates = createTemplates(
    settings,
    keyspecs,
    options.templateCopies ?? (() => []),
    (text) => logger.error(text),
    prepared?.template,
  );
  const plans = new Map<string, Plan>();
  const connected = new Set<string>();
  const operations = new WeakMap<CollectContext, Operation>();
  const operationOf = (context: CollectContext) => operations.get(context) as Operation;
  let cache: ReportCache | undefined;

  const own: readonly Collector[] = [
    createConffile(
      settings,
      keyspecs,
      operationOf,
      () => knownPlugins().find(({ name }) => name === "conffile")?.overrides ?? none,
    ),
    createMetsys(
      { host, exitCode: options.exitCode ?? (() => 0), externalActions: options.externalActions ?? (() => []) },
      operationOf,
    ),
  ];
  const ownNames = new Set(own.map((collector) => collector.name));
  const collectors = [...options.collectors.filter((collector) => !ownNames.has(collector.name)), ...own];
  let plugins: readonly Plugin[] | undefined;
  const knownPlugins = (): readonly Plugin[] => (plugins ??= readPlugins(settings, collectors, prepared?.plugin));

  function plan(operation: string): Plan {
    const found = plans.get(operation);
    if (found !== undefined) return found;
    const made = makePlan({ settings, logger, keyspecs, templates, plugins: knownPlugins() }, operation);
    plans.set(operation, made);
    return made;
  }

  function reportCache(): ReportCache | undefined {
    if (!settings.bool("use_report_cache", true)) return undefined;
    cache ??= createReportCache({
      host,
      logger,
      location: settings.string("report_cache_location", "./chalk-reports.jsonl"),
      lockTimeout: settings.int("report_cache_lock_timeout_sec", 15) * 1000,
    });
    return cache;
  }

  /** The audit log and the usage statistics have sinks that no section describes (9.6). */
  function connectInternal(name: string): void {
    if (name === "audit") {
      const filename = settings.string("audit_location", "chalk-audit.json");
      const max = new QuantityValue("Size", BigInt(settings.size("audit_file_size", 100 * 1024 * 1024)));
      if (filename !== "")
        publisher.subscribeInternal("audit", "audit_file", { kind: "rotating_log", parameters: { filename, max } });
    }
    if (name === "chalk_usage_stats") {
      const uri = settings.string("crashoverride_usage_reporting_url", "");
      if (uri === "")
        warnOnce("custom_report 'chalk_usage_stats' is enabled, but crashoverride_usage_reporting_url is empty: nothing is sent");
      else
        publisher.subscribeInternal("chalk_usage_stats", "usage_stats_conf", {
          kind: "post",
          parameters: { uri, prefer_bundled_certs: true },
        });
    }
  }

  const services: EngineServices = {
    host,
    settings,
    session,
    logger,
    publisher,
    keyspecs,
    templates,
    warnOnce,
    secrets: options.secrets ?? (() => []),
    subOperation: (operation, parent) => new Operation(services, plan(operation), {}, parent),
    register: (context, operation) => void operations.set(context, operation),
    connect(report) {
      if (connected.has(report.name)) return;
      connected.add(report.name);
      publisher.addTopic(report.name);
      for (const sink of report.sinks) publisher.subscribe(report.name, sink);
      connectInternal(report.name);
    },
    objectStores: createObjectStores({ host, settings, logger, keyspecs, auth: publisher.auth, sender: publisher.sender }),
    delivery: () => ({
      host,
      logger,
      publisher,
      cache: reportCache(),
      forceOutput: settings.bool("force_output_on_reporting_fails", true),
    }),
    writeBack() {
      reportCache()?.writeBack((topic) => publisher.subscribed(topic));
    },
  };

  return {
    begin: (operation, operationOptions = {}) => new Operation(services, plan(operation), operationOptions),
    subscribed: (operation, key) => plan(operation).subscribed.has(key),
    templates,
    keyspecs,
  };
}
