/**
 * Options of the engine that every start has. It takes them from environment variables only, and before the first line of ours runs; so the entry stub
 * of the executable (`.ci/entry-stub.mjs`) puts them into the environment that the engine sees, and they are taken out again before anybody else looks.
 * The kernel's view (/proc/PID/environ) never has them. The engine reads the names without regard to case: in capitals nobody else uses them.
 */

/**
 * Figures from alternating runs of `exec`, `env`, `config lint` and large files; docs/benchmarks.md says what came out.
 *
 * - Machine code for functions that run a few dozen times doesn't pay in a process that ends after a few dozen milliseconds: as long as the engine
 *   starts up, it waits longer before it makes some.
 * - The engine's last compiler, which is the slowest, gets functions that have run six times as long as it would by itself: what a configuration of
 *   thousands of sections keeps busy has ended before its code pays. What runs for seconds is still compiled by it.
 * - A thread that touches memory before it is needed takes its time from the other programs that start.
 * - Garbage is first collected after 32 MB in place of 8: most commands end before that. A reporter collects when it goes to sleep (`memory.ts`).
 */
export const engineOptions: Readonly<Record<string, string>> = {
  BUN_JSC_STARTUPJITDEFERRALSCALE: "5",
  BUN_JSC_THRESHOLDFORFTLOPTIMIZEAFTERWARMUP: "400000",
  BUN_JSC_THRESHOLDFORFTLOPTIMIZESOON: "50000",
  BUN_JSC_USEWARMUPMARKEDBLOCKS: "0",
  BUN_JSC_LARGEHEAPSIZE: "33554432",
};

/** Takes the options out of our environment; to be called first of all. */
export function forgetEngineOptions(): void {
  for (const name of Object.keys(engineOptions)) delete process.env[name];
}
