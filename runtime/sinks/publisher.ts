/**
 * Topics and who is subscribed to them (`runtime-core.md` 10). The configuration subscribes while it is evaluated; sinks are made when a message comes.
 * A sink that fails stays subscribed until its own threshold (11.2).
 */
import type { Host } from "../host/host.js";
import type { Logger } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import type { Value } from "../values.js";
import { createAuths } from "./auth.js";
import type { Sender } from "./http/headers.js";
import { type InstanceServices, type Outcome, type Outgoing, SinkInstance, type SinkSource } from "./instances.js";
import { sinkKinds } from "./kinds.js";
import { fixedParameters, parametersOf } from "./parameters.js";

/** Topics that exist without configuration; custom reports may not take these names (9.5). */
export const internalTopics: readonly string[] = [
  "report",
  "fail",
  "audit",
  "virtual",
  "version",
  "help",
  "confdump",
  "defaults",
  "logs",
  "con4m",
  "chalk_usage_stats",
];

/** Sink configurations that are no sections: the console of the log. */
const consoles: Readonly<Record<string, "logs" | "con4m">> = { log_hook: "logs", con4m_hook: "con4m" };

export interface Delivery {
  readonly delivered: readonly string[];
  readonly failed: readonly string[];
  /** How many enabled sinks were subscribed. */
  readonly subscribers: number;
}

export interface InternalSink {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, Value>>;
}

export interface Publisher {
  /** Makes a topic known. */
  addTopic(topic: string): void;
  /** False, and a log message, if the sink configuration or topic doesn't exist or the sink is off. Subscribing twice is no error. */
  subscribe(topic: string, sinkConfig: string): boolean;
  /** False if it was not subscribed. */
  unsubscribe(topic: string, sinkConfig: string): boolean;
  /** Adds a sink of the program itself and subscribes it; no configuration can name it. */
  subscribeInternal(topic: string, name: string, sink: InternalSink): void;
  /** Enabled subscribers in order of service: descending priority, then order of subscription. */
  subscribers(topic: string): readonly string[];
  /** All subscribers, those included that are switched off. */
  subscribed(topic: string): readonly string[];
  /** Sends to one sink. */
  deliver(sinkConfig: string, topic: string, text: string, options?: DeliveryOptions): Promise<Outcome>;
  /** Sends to all subscribers, one after the other. */
  publish(topic: string, text: string, options?: DeliveryOptions): Promise<Delivery>;
  /** What requests carry in `X-Chalk-Operation` and `X-Chalk-Action-Id` from now on. */
  setReport(operation: string, actionId: string | undefined): void;
  /** Headers of an `auth_config`; throws a `SinkConfigurationError`. */
  auth(name: string): ReadonlyMap<string, string>;
  /** What requests that are no messages (object stores) say of their sender. */
  readonly sender: Sender;
  /** Waits for log messages that are still on their way to network sinks. */
  flush(): Promise<void>;
}

export type DeliveryOptions = Omit<Outgoing, "topic" | "text">;

export interface PublisherOptions {
  readonly host: Host;
  readonly logger: Logger;
  /** The configuration as it is at the moment of the call. */
  readonly settings: () => Settings;
  readonly version: string;
}

/** Makes the program's publisher, with the log connected to topic `logs`. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { host, logger, settings } = options;
  const topics = new Set(internalTopics);
  const subscriptions = new Map<string, string[]>();
  const instances = new Map<string, SinkInstance>();
  const pending = new Set<Promise<unknown>>();
  let report = { operation: "", actionId: undefined as string | undefined };
  const auth = createAuths(host, settings);
  const services: InstanceServices = {
    host,
    logger,
    settings,
    version: options.version,
    kinds: sinkKinds,
    auth,
    report: () => report,
  };

  function sourceOf(name: string): SinkSource {
    const current = settings();
    const section = `sink_config.${name}`;
    return {
      kind: current.string(`${section}.sink`, ""),
      filters: current.strings(`${section}.filters`, []),
      priority: current.int(`${section}.priority`, 0),
      enabled: current.bool(`${section}.enabled`, true),
      parameters: parametersOf(current, section),
    };
  }

  /** The sink of that configuration, made now if this is its first use; undefined if there is none. */
  function instance(name: string): SinkInstance | undefined {
    const found = instances.get(name);
    if (found !== undefined) return found;
    if (!settings().exists(`sink_config.${name}`)) return undefined;
    const made = new SinkInstance(name, sourceOf(name), services);
    instances.set(name, made);
    if (!made.enabled) logger.info(`sink '${name}' is disabled by the configuration`);
    return made;
  }

  const topicKnown = (topic: string) => topics.has(topic) || settings().exists(`custom_report.${topic}`);

  function addSubscription(topic: string, name: string): void {
    const list = subscriptions.get(topic) ?? [];
    if (!list.includes(name)) list.push(name);
    subscriptions.set(topic, list);
  }

  function enabledSubscribers(topic: string): SinkInstance[] {
    const list = (subscriptions.get(topic) ?? []).flatMap((name) => instance(name) ?? []).filter((sink) => sink.enabled);
    // The sort is stable: ties keep the order of subscription.
    return list.sort((a, b) => b.source.priority - a.source.priority);
  }

  const publisher: Publisher = {
    addTopic: (topic) => void topics.add(topic),
    subscribe(topic, name) {
      const console = Object.hasOwn(consoles, name) ? consoles[name] : undefined;
      if (console !== undefined && console === topic) {
        logger.setConsole(console, true);
        return true;
      }
      if (!settings().exists(`sink_config.${name}`)) {
        logger.error(`subscribe: there is no sink_config '${name}'`);
        return false;
      }
      if (!topicKnown(topic)) {
        logger.error(`subscribe: there is no topic '${topic}'`);
        return false;
      }
      const made = instances.get(name);
      if (made?.source.enabled === true && !made.enabled) {
        logger.warn(`subscribe: sink '${name}' has been disabled after failures`);
        return false;
      }
      if (!settings().bool(`sink_config.${name}.enabled`, true)) {
        logger.info(`subscribe: sink '${name}' is disabled by the configuration`);
        return false;
      }
      addSubscription(topic, name);
      return true;
    },
    unsubscribe(topic, name) {
      const console = Object.hasOwn(consoles, name) ? consoles[name] : undefined;
      if (console !== undefined && console === topic) {
        const was = logger.consoleOn(console);
        logger.setConsole(console, false);
        return was;
      }
      const list = subscriptions.get(topic);
      const index = list?.indexOf(name) ?? -1;
      if (list === undefined || index < 0) return false;
      list.splice(index, 1);
      return true;
    },
    subscribeInternal(topic, name, sink) {
      const parameters = fixedParameters(sink.parameters);
      if (!instances.has(name))
        instances.set(
          name,
          new SinkInstance(name, { kind: sink.kind, filters: [], priority: 0, enabled: true, parameters }, services),
        );
      addSubscription(topic, name);
    },
    subscribers: (topic) => enabledSubscribers(topic).map((sink) => sink.name),
    subscribed: (topic) => subscriptions.get(topic) ?? [],
    async deliver(name, topic, text, delivery = {}) {
      return (await instance(name)?.deliver({ topic, text, ...delivery })) ?? "dropped";
    },
    async publish(topic, text, delivery = {}) {
      const sinks = enabledSubscribers(topic);
      const delivered: string[] = [];
      const failed: string[] = [];
      for (const sink of sinks) {
        const outcome = sink.deliver({ topic, text, ...delivery });
        const settled = outcome instanceof Promise ? await outcome : outcome;
        if (settled === "delivered") delivered.push(sink.name);
        else if (settled !== "dropped") failed.push(sink.name);
      }
      return { delivered, failed, subscribers: sinks.length };
    },
    setReport(operation, actionId) {
      report = { operation, actionId };
    },
    auth,
    sender: { version: options.version, report: () => report },
    async flush() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };

  logger.setListener((level, text) => {
    for (const sink of enabledSubscribers("logs")) {
      const outcome = sink.deliver({ topic: "logs", text, level });
      if (!(outcome instanceof Promise)) continue;
      pending.add(outcome);
      void outcome.finally(() => pending.delete(outcome));
    }
  });
  return publisher;
}
