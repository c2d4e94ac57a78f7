/** Command-line entry of the build step: `node prepare-main.js CONFIGS-FOLDER OUTPUT-READ-ALWAYS OUTPUT-READ-SELDOM OUTPUT-SEARCH-PLACES VERSION`. */
import { createHost } from "../host/create.js";
import { prepareMain } from "./prepare.js";

const host = createHost();
prepareMain(host.processes.argv, host);
