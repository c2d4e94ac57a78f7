/** A small configuration with an engine on it, for tests of collection and reports. */
import type { CollectContext, Collector, Session } from "../../runtime/collect/types.js";
import type { Json } from "../../runtime/json.js";
import { createEngine, type EngineOptions } from "../../runtime/report/index.js";
import type { Section } from "./settings.js";
import { createWorld, type World } from "./world.js";

export const session: Session = {
  version: "0.1.0",
  commit: "abc",
  execId: "0123456789abcdef",
  startTime: 0,
  startMonotonic: 0,
  argv: ["/usr/bin/chalk"],
  commandFlags: [],
  commandArgs: [],
  externalConfig: undefined,
  heartbeatCount: 0,
  selfChalkId: undefined,
};

export const keys = (...names: string[]): Section => Object.fromEntries(names.map((name) => [name, { use: true }]));

/** A configuration with the keys that the tests use; `changes` replace whole sections. */
export function config(changes: Section = {}): Section {
  const spec = (kind: number, more: Section = {}): Section => ({ kind, type: "string", ...more });
  return {
    keyspec: {
      MAGIC: spec(0, { system: true, conf_as_system: true, normalized_order: 0, value: "dadfedabbadabbed" }),
      CHALK_ID: spec(1, { normalized_order: 1 }),
      CHALK_VERSION: spec(1, { system: true, conf_as_system: true, normalized_order: 2, value: "1.0" }),
      HASH: spec(1),
      PATH_WHEN_CHALKED: spec(1),
      PRE_CHALK_HASH: spec(1),
      METADATA_ID: spec(1, { normalized_order: 9223372036854775607n }),
      CHALK_PTR: spec(1, { apply_substitutions: true, value: "https://x/{chalk_id}/{nothing}/{hash}" }),
      CHALK_RAND: spec(1, { callback: () => "00ff" }),
      ERR_INFO: spec(1, { system: true }),
      BRANCH: spec(1),
      HOST_KEY: spec(0),
      _OPERATION: spec(3, { system: true, normalized_order: 0 }),
      _TIMESTAMP: spec(3, { system: true, normalized_order: 1 }),
      _CHALKS: spec(3, { system: true, normalized_order: 6 }),
      _COLLECTED_ARTIFACTS: spec(3, { system: true, normalized_order: 7 }),
      _ACTION_ID: spec(3, { system: true, conf_as_system: true, callback: () => "action" }),
      _UNMARKED: spec(3, { system: true }),
      _OP_ERRORS: spec(3, { system: true }),
      _OP_FAILED_KEYS: spec(3, { system: true }),
      _OP_EXIT_CODE: spec(3, { system: true }),
      _OP_CHALK_COUNT: spec(3, { system: true, normalized_order: 9223372036854775707n }),
      _OP_UNMARKED_COUNT: spec(3, { system: true }),
      _OP_HOST_REPORT_KEYS: spec(3, { system: true }),
      _OP_SECRET: spec(3, { system: true }),
      _OP_TCP: spec(3),
      _X_RACK: spec(3, { callback: () => "r1" }),
      _ERR_INFO: spec(2, { system: true }),
      _PROCESS_PID: spec(2),
      _CURRENT_HASH: spec(2),
    },
    plugin: {
      conffile: {
        priority: 9223372036854775805n,
        pre_run_keys: ["*"],
        pre_chalk_keys: ["*"],
        post_chalk_keys: ["*"],
        post_run_keys: ["*"],
      },
      metsys: { priority: 9223372036854775807n, post_run_keys: ["_OP_ERRORS", "_OP_FAILED_KEYS", "_OP_EXIT_CODE"] },
      system: { priority: 0, post_run_keys: ["_TIMESTAMP", "_OPERATION"], pre_run_keys: [] },
      procfs: { priority: 50, post_run_keys: ["_OP_TCP"], post_chalk_keys: ["_PROCESS_PID"] },
      vctl_git: { priority: 50, pre_chalk_keys: ["BRANCH"], pre_run_keys: ["HOST_KEY"] },
    },
    mark_template: { mark_default: { key: keys("CHALK_PTR", "BRANCH", "CHALK_RAND", "HASH", "HOST_KEY") } },
    report_template: {
      null: {},
      full: {
        key: keys(
          "_TIMESTAMP",
          "_OPERATION",
          "_ACTION_ID",
          "_UNMARKED",
          "_OP_ERRORS",
          "_OP_TCP",
          "CHALK_ID",
          "_PROCESS_PID",
          "BRANCH",
        ),
      },
      small: { key: { _OPERATION: { use: true }, _ACTION_ID: { use: true, order: 0 }, _OP_TCP: { use: false } } },
    },
    outconf: {
      insert: { mark_template: "mark_default", report_template: "full" },
      extract: { report_template: "full" },
      heartbeat: { report_template: "small" },
    },
    custom_report: {},
    sink_config: { out: { sink: "stdout" }, log: { sink: "file", filename: "log" } },
    use_report_cache: false,
    ...changes,
  };
}

export interface Setup {
  world: World;
  engine: ReturnType<typeof createEngine>;
}

export function setUp(configuration: Section, collectors: Collector[] = [], more: Partial<EngineOptions> = {}): Setup {
  const world = createWorld(configuration);
  world.publisher.subscribe("report", "out");
  const { host, settings, logger, publisher } = world;
  return { world, engine: createEngine({ host, settings, session, collectors, logger, publisher, ...more }) };
}
export const hostCollector = (name: string, values: (context: CollectContext) => [string, Json][]): Collector => ({
  name,
  collectHost: (_, context) => new Map(values(context)),
});
