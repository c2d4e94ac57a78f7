/**
 * A small world for tests of logs, sinks and reports: a fresh directory as home and working directory, the real file system and network below a host whose
 * terminal and clock are the test's.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "../../runtime/host/create.js";
import type { Host } from "../../runtime/host/host.js";
import { createLogger, type Logger } from "../../runtime/log/index.js";
import { createPublisher, type Publisher } from "../../runtime/sinks/index.js";
import { fakeSettings, type Section } from "./settings.js";

/** The machine as it is. */
export const realHost = createHost();

export interface World {
  readonly host: Host;
  readonly directory: string;
  readonly config: Section;
  readonly settings: ReturnType<typeof fakeSettings>;
  readonly logger: Logger;
  readonly publisher: Publisher;
  /** What was written to stdout and stderr, one entry per `write`. */
  readonly stdout: string[];
  readonly stderr: string[];
  /** Everything logged so far, as plain lines; forgets it. */
  logs(): string[];
  /** Milliseconds slept so far. */
  readonly slept: number[];
  /** What the clock shows; tests move it. */
  time: number;
  cleanUp(): void;
}

/** Makes a world with the given configuration. Sleeping takes no time in it, it only moves the clock. */
export function createWorld(config: Section, changes: Partial<{ [part in keyof Host]: Partial<Host[part]> }> = {}): World {
  const directory = mkdtempSync(join(tmpdir(), "chalk-test-"));
  mkdirSync(join(directory, "home"));
  const stdout: string[] = [];
  const stderr: string[] = [];
  const slept: number[] = [];
  const text = (bytes: Uint8Array | string) => (typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes));
  const world = { time: 1795442095737 };
  const pass = (milliseconds: number) => {
    slept.push(milliseconds);
    world.time += milliseconds;
  };
  const host: Host = {
    ...realHost,
    ...changes,
    clock: {
      ...realHost.clock,
      now: () => world.time,
      monotonic: () => world.time - 1795442000000,
      sleep: async (milliseconds) => pass(milliseconds),
      sleepSync: pass,
      ...changes.clock,
    },
    terminal: {
      ...realHost.terminal,
      isTerminal: () => false,
      write: (fd, bytes) => void (fd === 1 ? stdout : stderr).push(text(bytes)),
      ...changes.terminal,
    },
    processes: {
      ...realHost.processes,
      cwd: () => directory,
      variable: (name) => (name === "CI" ? "true" : undefined),
      ...changes.processes,
    },
    machine: { ...realHost.machine, home: () => join(directory, "home"), ...changes.machine },
    files: { ...realHost.files, ...changes.files },
    network: { ...realHost.network, ...changes.network },
    control: { ...realHost.control, ...changes.control },
  } as Host;
  const settings = fakeSettings(config);
  const logger = createLogger(host, { version: "0.1.0", commit: "abc" }, { level: "info" });
  const publisher = createPublisher({ host, logger, settings: () => settings, version: "0.1.0" });
  return {
    host,
    directory,
    config,
    settings,
    logger,
    publisher,
    stdout,
    stderr,
    slept,
    logs: () => stderr.splice(0).map((line) => line.trimEnd()),
    get time() {
      return world.time;
    },
    set time(time) {
      world.time = time;
    },
    cleanUp: () => rmSync(directory, { recursive: true, force: true }),
  };
}
