/**
 * How far a long scan is, for somebody who sits at a terminal: one line below the log that counts files and artifacts. There is no bar that fills up, because
 * files are worked on while they are found: how many there are is known at the end.
 */
import type { Host } from "../host/host.js";
import { isPlainLog, type Logger } from "../log/index.js";

/** Scans that take less than this (ms) show nothing. */
const PATIENCE = 1000;
/** The line is rewritten so often (ms). */
const PAUSE = 200;
const DEFAULT_COLUMNS = 80;

export interface Progress {
  /** A file was looked at. `path`: of the artifact that it is. */
  step(path: string | undefined): void;
  /** Removes the line. */
  end(): void;
}

const SILENT: Progress = { step() {}, end() {} };

/** The end of a path, where there is no room for all of it. */
function shortened(path: string, room: number): string {
  return path.length <= room ? path : `…${path.slice(path.length - Math.max(0, room - 1))}`;
}

class TerminalProgress implements Progress {
  private readonly host: Host;
  private readonly logger: Logger;
  private files = 0;
  private artifacts = 0;
  private next: number;

  constructor(host: Host, logger: Logger) {
    this.host = host;
    this.logger = logger;
    this.next = host.clock.monotonic() + PATIENCE;
  }

  step(path: string | undefined): void {
    this.files += 1;
    if (path !== undefined) this.artifacts += 1;
    const now = this.host.clock.monotonic();
    if (now < this.next) return;
    this.next = now + PAUSE;
    const counts = `${this.files} files, ${this.artifacts} artifacts `;
    // The last column stays free: some terminals begin a new line when it is written to.
    const room = (this.host.terminal.columns(2) ?? DEFAULT_COLUMNS) - counts.length - 1;
    this.logger.setStatus(counts + (path === undefined || room < 2 ? "" : shortened(path, room)));
  }

  end(): void {
    this.logger.setStatus(undefined);
  }
}

/** Shows progress if standard error is a terminal that can rewrite a line, and log messages are for people and not switched off. */
export function showProgress(host: Host, logger: Logger): Progress {
  const { terminal, processes } = host;
  const canShow = terminal.isTerminal(2) && (processes.variable("TERM") ?? "dumb") !== "dumb";
  return canShow && isPlainLog(host, logger.settings) && logger.settings.level !== "none"
    ? new TerminalProgress(host, logger)
    : SILENT;
}
