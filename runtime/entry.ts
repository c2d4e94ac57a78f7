/** Entry of the executable: a quick answer if there is one, else the program, which is loaded only then. */

import { files } from "./host/files.js";
import { hashing, machine } from "./host/machine.js";
import { processes } from "./host/processes.js";
import { terminal } from "./host/terminal.js";
import { build } from "./start/build.js";
import { answerQuickly, type SearchPlaces } from "./start/quick.js";

/** Runs the program. `shippedPath`, `restPath`: the two parts of the prepared configuration; `places`: a fact from it. */
export async function enter(shippedPath: string, restPath: string, places: SearchPlaces): Promise<void> {
  if (answerQuickly({ files, processes, machine, hashing, terminal }, build, places)) processes.exit(0);
  const { main } = await import("./main.js");
  await main(shippedPath, restPath);
}
