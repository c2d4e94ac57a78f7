/** Prints what the procfs collector finds, as one JSON object of the keys named on the command line. */
import { procfs } from "../../../runtime/collect/procfs.js";
import { createHost } from "../../../runtime/host/create.js";
import { compact } from "../../../runtime/json.js";
import { contextOf } from "./collect.js";

const host = createHost();
const keys = host.processes.argv;
host.terminal.write(1, `${compact(procfs.collectHost!("post_run_keys", contextOf(host, keys)))}\n`);
