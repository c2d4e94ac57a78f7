/**
 * Prints what the procfs collector finds, as one JSON object of the keys named on the command line. A word `--text`: TCP sockets from the tables of /proc, not
 * from the kernel's messages.
 */
import { procfs } from "../../../runtime/collect/procfs.js";
import { createHost } from "../../../runtime/host/create.js";
import { HostError } from "../../../runtime/host/host.js";
import { compact } from "../../../runtime/json.js";
import { contextOf } from "./collect.js";

const real = createHost();
const keys = real.processes.argv.filter((word) => word !== "--text");
const dumpTcpSockets = () => {
  throw new HostError("ENOSYS", "sock_diag");
};
const asked = keys.length < real.processes.argv.length ? { ...real, network: { ...real.network, dumpTcpSockets } } : real;
real.terminal.write(1, `${compact(procfs.collectHost!("post_run_keys", contextOf(asked, keys)))}\n`);
