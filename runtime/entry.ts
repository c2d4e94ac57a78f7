/** Entry of the executable: a quick answer if there is one, else the program, which is loaded only then. */

import { forgetEngineOptions } from "./host/engine-options.js";
import { files } from "./host/files.js";
import { hashing, machine } from "./host/machine.js";
import { processes } from "./host/processes.js";
import { dropRights } from "./host/rights.js";
import { terminal } from "./host/terminal.js";
import { build } from "./start/build.js";
import { answerQuickly, type SearchPlaces } from "./start/quick.js";

/** Runs the program. `shippedPath`, `restPath`: the two parts of the prepared configuration; `places`: a fact from it. */
export async function enter(shippedPath: string, restPath: string, places: SearchPlaces): Promise<void> {
  forgetEngineOptions();
  const { granted, ok } = dropRights();
  if (!ok) {
    terminal.write(2, "error: chalk: the rights of another user (set-uid) cannot be given up\n");
    processes.exit(1);
  }
  if (answerQuickly({ files, processes, machine, hashing, terminal }, build, places)) processes.exit(0);
  const { main } = await import("./main.js");
  await main(shippedPath, restPath, granted);
}
