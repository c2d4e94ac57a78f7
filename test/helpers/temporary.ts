/** Directories that go when the test's process ends. */
import { rmSync } from "node:fs";

/**
 * Removes a directory at the end of the process. A reporter that outlives its test may still be writing there; then the rest stays, which is no failure of
 * the test.
 */
export function removeAtExit(directory: string): void {
  process.on("exit", () => {
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch (error) {
      console.log(`${directory} stays: ${(error as Error).message}`);
    }
  });
}
