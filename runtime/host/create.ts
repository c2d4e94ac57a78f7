/** The real machine behind the `Host` interface. Creating it costs next to nothing: every part loads what it needs when it is first used. */
import { clock } from "./clock.js";
import { control } from "./control.js";
import { cryptography } from "./cryptography.js";
import { files } from "./files.js";
import type { Host } from "./host.js";
import { rememberInherited } from "./inherited.js";
import { hashing, machine } from "./machine.js";
import { network } from "./network.js";
import { processes } from "./processes.js";
import { terminal } from "./terminal.js";

/** The host of this process. `granted`: the user whose rights have been given up (`rights.ts`). Call it once, before anything is opened: descriptors that are open now belong to a program that `exec` starts. */
export function createHost(granted?: number): Host {
  rememberInherited();
  return {
    files,
    processes,
    clock,
    terminal,
    network,
    machine: { ...machine, grantedUser: () => granted },
    hashing,
    cryptography,
    control,
  };
}
