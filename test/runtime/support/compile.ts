/** Compiles a test program into a temporary directory, as the real executable is compiled. The directory is removed when the test ends. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit } from "../../helpers/temporary.js";

/** The project's root: tests run there. */
export const root = process.cwd();

/** A fresh directory for this test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "chalk-test-"));
  removeAtExit(directory);
  return directory;
}

/** Path of the executable made from a source file (path from the project's root), entry stub included. */
export function compileProgram(source: string, directory: string, name = "probe"): string {
  const output = join(directory, name);
  const flags = ["--compile", "--minify", "--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
  execFileSync(join(root, "node_modules/.bin/bun"), ["build", ...flags, join(root, source), "--outfile", output], {
    stdio: "pipe",
  });
  execFileSync(process.execPath, [join(root, ".ci/entry-stub.mjs"), output], { stdio: "pipe" });
  return output;
}
