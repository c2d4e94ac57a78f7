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
  readonly postexec: PostexecSettings;
}

export interface HeartbeatSettings {
  readonly run: boolean;
  /** Milliseconds. */
  readonly rate: number;
  /** Bytes of resident memory, 0: no limit. */
  readonly rlimit: number;
  readonly nice: number;
}

/** Which of the prepared files the program opens (8.5). */
export interface PostexecSettings {
  readonly run: boolean;
  /** In a process of its own, so that heartbeats don't wait for it. */
  readonly fork: boolean;
  readonly nice: number;
  /** The file with the paths. */
  readonly listPath: string;
  /** Milliseconds. */
  readonly pollTime: number;
  readonly pollInterval: number;
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
  postexec: { run: false, fork: false, nice: 5, listPath: "/tmp/prep_postexec.txt", pollTime: 5000, pollInterval: 10 },
};

/** Milliseconds that stand in for a rate of 0. */
const insteadOfNoPause = 1000;

/** The settings in force. */
export function readExecSettings(settings: Settings): ExecSettings {
  const { postexec } = plainSettings;
  const watch = "exec.postexec.access_watch";
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
      // Without any pause a slip in a configuration would take a whole core of every host it is loaded on.
      rate: settings.duration("exec.heartbeat.rate", plainSettings.heartbeat.rate) || insteadOfNoPause,
      rlimit: settings.size("exec.heartbeat.rlimit", 0),
      nice: settings.int("exec.heartbeat.nice", plainSettings.heartbeat.nice),
    },
    postexec: {
      run: settings.bool("exec.postexec.run", false),
      fork: settings.bool("exec.postexec.fork", false),
      nice: settings.int("exec.postexec.nice", postexec.nice),
      listPath: settings.string(`${watch}.prep_tmp_path`, postexec.listPath),
      pollTime: settings.duration(`${watch}.initial_poll_time`, postexec.pollTime),
      pollInterval: settings.duration(`${watch}.initial_poll_interval`, postexec.pollInterval),
    },
  };
}
