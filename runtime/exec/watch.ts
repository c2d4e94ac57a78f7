/**
 * Has the program ended (`runtime-core.md` 8.2, 8.4)? As its parent we are told; a reporter beside it sleeps in the kernel until that happens or it is time
 * for the next heartbeat, and looks at /proc now and then where the kernel offers no such sleep.
 */
import type { EndWatch, Host } from "../host/host.js";
import { isGone } from "./program.js";
import type { Program } from "./types.js";

/** How often a program is looked at that nobody tells us about. */
const lookMilliseconds = 500;

export interface WatchOptions {
  readonly host: Host;
  readonly program: Program;
  /** Resolves when the program has ended, where that can be known at once (we are its parent). */
  readonly ended?: Promise<unknown>;
}

/** Knows whether the program has ended, and waits for that or for time to pass. */
export class ProgramWatch {
  readonly #options: WatchOptions;
  readonly #end: EndWatch | undefined;
  #gone = false;
  #wake: (() => void) | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { ended, host, program } = options;
    if (ended === undefined) {
      this.#end = host.control.watchEnd(program.pid);
      // Asked after the watch was set, so that it can't be of a later process with the same PID.
      this.#gone = isGone(host, program);
    }
    void ended?.then(() => {
      this.#gone = true;
      this.#wake?.();
    });
  }

  get gone(): boolean {
    const { ended, host, program } = this.#options;
    if (!this.#gone && ended === undefined) this.#gone = this.#end?.wait(0) ?? isGone(host, program);
    return this.#gone;
  }

  /** Waits for the given time, or until the program has ended. As a reporter nothing else of ours runs meanwhile. */
  async pause(milliseconds: number): Promise<void> {
    const { clock } = this.#options.host;
    const end = clock.monotonic() + milliseconds;
    while (!this.gone) {
      const left = end - clock.monotonic();
      if (left <= 0) return;
      if (this.#end === undefined) await this.#sleep(Math.min(left, lookMilliseconds));
      else {
        this.#end.wait(left);
        // What came for the engine meanwhile.
        await clock.sleep(0);
      }
    }
  }

  close(): void {
    this.#end?.close();
  }

  #sleep(milliseconds: number): Promise<void> {
    const woken = new Promise<void>((done) => {
      this.#wake = done;
    });
    return Promise.race([this.#options.host.clock.sleep(milliseconds), woken]);
  }
}
