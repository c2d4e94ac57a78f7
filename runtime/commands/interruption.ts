/**
 * Signals that want to end us while a file of ours is being replaced (`runtime-core.md` 3.2). That work is short and leaves nothing behind if it is allowed
 * to end, so such a signal waits for it: the file is then the old or the new one, no temporary file stays, and the exit status tells of the signal.
 */
import type { Host } from "../host/host.js";

const endingSignals: ReadonlyMap<number, string> = new Map([
  [1, "SIGHUP"],
  [2, "SIGINT"],
  [3, "SIGQUIT"],
  [15, "SIGTERM"],
]);

export interface Interruption {
  readonly signal: number;
  /** For the log. */
  readonly message: string;
}

/** Holds back ending signals from now on. The result ends that, and gives the first one that has come meanwhile. */
export function holdSignals(host: Pick<Host, "control" | "clock" | "processes">): () => Promise<Interruption | undefined> {
  let first: Interruption | undefined;
  for (const [signal, name] of endingSignals) {
    host.control.onSignal(signal, () => {
      first ??= { signal, message: `pid ${host.processes.pid} ends by ${name}(${signal})` };
    });
  }
  return async () => {
    // Handlers run between two tasks of the engine.
    await host.clock.sleep(1);
    for (const signal of endingSignals.keys()) host.control.onSignal(signal, undefined);
    return first;
  };
}
