/** Prints what the procfs collector finds, as one JSON object of the keys named on the command line; with `time`, milliseconds of each of several rounds. */
import { procfs } from "../../../runtime/collect/procfs.js";
import { createHost } from "../../../runtime/host/create.js";
import { compact } from "../../../runtime/json.js";
import { contextOf } from "./collect.js";

const host = createHost();
const [mode, ...keys] = host.processes.argv;
if (mode === "time") {
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    compact(procfs.collectHost!("post_run_keys", contextOf(host, keys)));
    rounds.push(performance.now() - start);
  }
  host.terminal.write(1, `${JSON.stringify(rounds)}\n`);
} else {
  host.terminal.write(1, `${compact(procfs.collectHost!("post_run_keys", contextOf(host, keys)))}\n`);
}
