/** Signals that end us (`runtime-core.md` 3.2). */

export const endingSignals: ReadonlyMap<number, string> = new Map([
  [1, "SIGHUP"],
  [2, "SIGINT"],
  [3, "SIGQUIT"],
  [4, "SIGILL"],
  [6, "SIGABRT"],
  [7, "SIGBUS"],
  [11, "SIGSEGV"],
  [15, "SIGTERM"],
]);

/** The text of the log line about one of them. */
export const endingMessage = (pid: number, signal: number): string =>
  `pid ${pid} ends by ${endingSignals.get(signal) ?? "signal"}(${signal})`;
