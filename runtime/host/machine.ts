/** Facts of the machine and its user database, and digests. Under Bun hashing uses the engine's own hasher, which is there at once. */
import * as fs from "node:fs";
import { builtin } from "./attempt.js";
import { digestBeside } from "./digest.js";
import type { HashAlgorithm, Hashing, Machine } from "./host.js";

interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** The first matching line of the user database; the file itself, since images need not have a name service. */
function findUser(matches: (entry: UserEntry) => boolean): UserEntry | undefined {
  let text: string;
  try {
    text = fs.readFileSync("/etc/passwd", "utf8");
  } catch {
    return undefined;
  }
  for (const line of text.split("\n")) {
    const [name, , uid, , , home] = line.split(":");
    if (home === undefined) continue;
    const entry = { name: name!, uid: Number(uid), home };
    if (matches(entry)) return entry;
  }
  return undefined;
}

function home(user?: string): string | undefined {
  if (user === undefined && process.env.HOME) return process.env.HOME;
  const uid = process.getuid?.();
  const found = findUser((entry) => (user === undefined ? entry.uid === uid : entry.name === user));
  return found?.home || undefined;
}

/** From the kernel; asking the engine for them loads its cryptography, which costs a start more than all of its system calls. */
function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    const fd = fs.openSync("/dev/urandom", "r");
    try {
      if (fs.readSync(fd, bytes, 0, length, null) === length) return bytes;
    } finally {
      fs.closeSync(fd);
    }
  } catch {}
  return globalThis.crypto.getRandomValues(bytes);
}

/** The `Machine` of this process. */
export const machine: Machine = {
  uname() {
    const os = builtin("node:os");
    return { sysname: os.type(), nodename: os.hostname(), release: os.release(), version: os.version(), machine: os.machine() };
  },
  hostname: () => builtin("node:os").hostname(),
  uid: () => process.getuid?.() ?? 0,
  effectiveUid: () => process.geteuid?.() ?? 0,
  grantedUser: () => undefined,
  gid: () => process.getgid?.() ?? 0,
  home,
  userName: (uid) => findUser((entry) => entry.uid === uid)?.name,
  randomBytes,
};

interface Hasher {
  update(data: Uint8Array | string): unknown;
  digest(): Uint8Array;
}

interface BunGlobal {
  readonly CryptoHasher: new (algorithm: string) => Hasher;
}

function hasher(algorithm: HashAlgorithm): Hasher {
  const bun = (globalThis as { Bun?: BunGlobal }).Bun;
  return bun === undefined ? builtin("node:crypto").createHash(algorithm) : new bun.CryptoHasher(algorithm);
}

function digest(algorithm: HashAlgorithm, data: Uint8Array | string): Uint8Array {
  const state = hasher(algorithm);
  state.update(data);
  return state.digest();
}

/** Digests. */
export const hashing: Hashing = {
  digest,
  hex: (algorithm, data) => Buffer.from(digest(algorithm, data)).toString("hex"),
  stream(algorithm) {
    const state = hasher(algorithm);
    return {
      update(data) {
        state.update(data);
      },
      digest: () => state.digest(),
    };
  },
  beside: digestBeside,
};
