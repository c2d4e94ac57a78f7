/** The real machine behind the `Host` interface. Creating it costs next to nothing: every part loads what it needs when it is first used. */
import { attempt, builtin } from "./attempt.js";
import { clock } from "./clock.js";
import { control } from "./control.js";
import { cryptography } from "./cryptography.js";
import { files } from "./files.js";
import { type Host, HostError } from "./host.js";
import { rememberInherited } from "./inherited.js";
import { hashing, machine } from "./machine.js";
import { network } from "./network.js";
import { processes } from "./processes.js";
import { terminal } from "./terminal.js";

type Zstd = { zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array };

/** Node has it since 22.15; our types are older. */
function inflateZstd(bytes: Uint8Array, limit: number): Uint8Array {
  const { zstdDecompressSync } = builtin("node:zlib") as Zstd;
  if (zstdDecompressSync === undefined) throw new HostError("ENOSYS", "inflate");
  return attempt("inflate", undefined, () => new Uint8Array(zstdDecompressSync(bytes, { maxOutputLength: limit })));
}

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
    inflateZstd,
  };
}
