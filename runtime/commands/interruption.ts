/**
 * Signals that want to end us while a file of ours is being replaced (`runtime-core.md` 3.2). That work is short and leaves nothing behind if it is allowed
 * to end, so such a signal waits for it: the file is then the old or the new one, no temporary file stays, and the exit status tells of the signal.
 */
import type { Host } from "../host/host.js";
import { endingMessage } from "../signals.js";

/** Those that somebody sends to end us; others tell of faults, which cannot wait. */
const waitingSignals = [1, 2, 3, 15] as const;

export interface Interruption {
  readonly signal: number;
  /** For the log. */
  readonly message: string;
}

/** Ending signals that are held back. Both ways to ask let a signal that is waiting come in first, and give the first one that has come. */
export interface HeldSignals {
  /** Work in pieces asks between them; asked often, it does not take its time each time. */
  pause(): Promise<Interruption | undefined>;
  /** Ends the holding back. */
  release(): Promise<Interruption | undefined>;
}

type SignalHost = Pick<Host, "control" | "clock" | "processes">;

/** Work goes on for so long (ms) before it looks whether a signal has come. */
const PIECE = 50;

/** Holds back ending signals from now on. */
export function heldSignals(host: SignalHost): HeldSignals {
  let first: Interruption | undefined;
  let looked = host.clock.monotonic();
  for (const signal of waitingSignals) {
    host.control.onSignal(signal, () => {
      first ??= { signal, message: endingMessage(host.processes.pid, signal) };
    });
  }
  // Handlers run between two tasks of the engine.
  const listen = async (): Promise<Interruption | undefined> => {
    await host.clock.sleep(1);
    looked = host.clock.monotonic();
    return first;
  };
  return {
    pause: async () => (host.clock.monotonic() - looked < PIECE ? first : listen()),
    async release() {
      const found = await listen();
      for (const signal of waitingSignals) host.control.onSignal(signal, undefined);
      return found;
    },
  };
}

/** Holds back ending signals from now on. The result ends that, and gives the first one that has come meanwhile. */
export function holdSignals(host: SignalHost): () => Promise<Interruption | undefined> {
  return heldSignals(host).release;
}
