/** The settings of `exec` (`runtime-core.md` 8.1), read once. */
import type { Settings } from "../settings/settings.js";

export interface ExecSettings {
  readonly commandName: string;
  readonly commandNameFromArgs: boolean;
  readonly defaultArgs: readonly string[];
  readonly appendCommandLineArgs: boolean;
  readonly overrideOk: boolean;
  readonly searchPath: readonly string[];
  readonly usePath: boolean;
  /** Percent. */
  readonly reportingProbability: number;
  readonly chalkAsParent: boolean;
  /** Milliseconds. */
  readonly initialSleep: number;
  readonly heartbeat: HeartbeatSettings;
}

export interface HeartbeatSettings {
  readonly run: boolean;
  /** Milliseconds. */
  readonly rate: number;
  /** Bytes of resident memory, 0: no limit. */
  readonly rlimit: number;
  readonly nice: number;
}

/** What holds when the configuration is broken: the program runs, nothing is reported (README, decision 3). */
export const plainSettings: ExecSettings = {
  commandName: "",
  commandNameFromArgs: true,
  defaultArgs: [],
  appendCommandLineArgs: false,
  overrideOk: true,
  searchPath: [],
  usePath: true,
  reportingProbability: 0,
  chalkAsParent: false,
  initialSleep: 50,
  heartbeat: { run: false, rate: 20_000, rlimit: 0, nice: 5 },
};

/** The settings in force. */
export function readExecSettings(settings: Settings): ExecSettings {
  const append = settings.bool("exec.append_command_line_args", plainSettings.appendCommandLineArgs);
  return {
    commandName: settings.string("exec.command_name", ""),
    commandNameFromArgs: settings.bool("exec.command_name_from_args", true),
    defaultArgs: settings.strings("exec.default_args", []),
    appendCommandLineArgs: append,
    // Appending and replacing exclude each other; the default of the latter yields to the former.
    overrideOk: settings.bool("exec.override_ok", true) && (!append || settings.isSet("exec.override_ok")),
    searchPath: settings.strings("exec.search_path", []),
    usePath: settings.bool("exec.use_path", true),
    reportingProbability: settings.int("exec.reporting_probability", 100),
    chalkAsParent: settings.bool("exec.chalk_as_parent", false),
    initialSleep: settings.duration("exec.initial_sleep_time", plainSettings.initialSleep),
    heartbeat: {
      run: settings.bool("exec.heartbeat.run", false),
      rate: settings.duration("exec.heartbeat.rate", plainSettings.heartbeat.rate),
      rlimit: settings.size("exec.heartbeat.rlimit", 0),
      nice: settings.int("exec.heartbeat.nice", plainSettings.heartbeat.nice),
    },
  };
}
