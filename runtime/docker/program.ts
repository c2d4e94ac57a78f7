/** The real docker as a program that can be asked and run, with the signals that reach us passed on (`docker.md` 1.5). */
import type { Host } from "../host/host.js";
import type { DockerProgram, RunEnd } from "./engine.js";

/** SIGHUP, INT, QUIT, USR1, USR2, TERM, CONT, TSTP, WINCH. */
const forwardedSignals = [1, 2, 3, 10, 12, 15, 18, 20, 28] as const;
/** Those that are meant to end a program. */
const endingSignals: ReadonlySet<number> = new Set([1, 2, 3, 15]);

/** The executable at a path. */
export function programAt(host: Host, path: string): DockerProgram {
  return {
    ask: (args, options = {}) => host.processes.run(path, args, { input: "", ...options }),
    askAside: (args, timeout) => host.processes.runAside(path, args, { timeout }),
    run: async (args, input): Promise<RunEnd> => {
      let interrupted = false;
      const child = host.processes.spawn(path, args, input === undefined ? {} : { input });
      for (const signal of forwardedSignals)
        host.control.onSignal(signal, () => {
          interrupted ||= endingSignals.has(signal);
          child.kill(signal);
        });
      try {
        return { status: await child.exited, interrupted };
      } finally {
        for (const signal of forwardedSignals) host.control.onSignal(signal, undefined);
      }
    },
  };
}
