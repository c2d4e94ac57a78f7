/**
 * An advisory lock between processes: a side file that only its maker may remove, made with O_EXCL and holding the maker's pid. A lock whose maker is
 * gone, or that is far older than anyone holds one, is taken over, so that a killed chalk blocks nobody.
 */
import { type FileStat, type Host, HostError } from "../host/host.js";

const firstPause = 2;
const longestPause = 50;
/** No holder needs that long; pids of other containers can't be asked. */
const staleAge = 60_000;

/** So long an old lock is watched before it is taken over: the clock by which it is old may have been set a moment ago. */
const longestWatch = 5000;

/** After how many milliseconds of watching it a lock may be taken over; undefined if it may well be in use. */
function patienceWith(host: Host, path: string, lock: FileStat, timeout: number): number | undefined {
  const pid = Number(host.files.readText(path));
  // An empty file is a lock in the making; a foreign pid namespace is covered by the age.
  if (Number.isInteger(pid) && pid > 0 && pid !== host.processes.pid && !host.control.signal(pid, 0)) return 0;
  const age = host.clock.now() - lock.modified;
  if (age > staleAge) return Math.min(longestWatch, timeout / 2);
  // Made by a clock that has been set back since.
  return age < -staleAge ? longestWatch : undefined;
}

/** Removes a stale lock, unless another process did so and made its own meanwhile: moving it aside first shows what it is. */
function removeStale(host: Host, path: string, stale: FileStat): void {
  const aside = `${path}.${host.processes.pid}`;
  host.files.rename(path, aside);
  if (host.files.stat(aside).inode === stale.inode) host.files.remove(aside);
  else host.files.rename(aside, path);
}

/** Takes the lock; false if it is held until the timeout (ms). Throws a `HostError` if the side file can't be made (EROFS, EACCES …). */
function acquire(host: Host, path: string, timeout: number): boolean {
  const deadline = host.clock.monotonic() + timeout;
  let pause = firstPause;
  let seen: { readonly lock: FileStat; readonly since: number } | undefined;
  for (;;) {
    try {
      const file = host.files.open(path, "create-new", 0o600);
      try {
        file.write(new TextEncoder().encode(String(host.processes.pid)), 0);
      } finally {
        file.close();
      }
      return true;
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== "EEXIST") throw error;
    }
    try {
      const lock = host.files.stat(path);
      if (seen?.lock.inode !== lock.inode || seen.lock.modified !== lock.modified) seen = { lock, since: host.clock.monotonic() };
      const patience = patienceWith(host, path, lock, timeout);
      if (patience !== undefined && host.clock.monotonic() - seen.since >= patience) {
        removeStale(host, path, lock);
        continue;
      }
    } catch {
      // Someone else removed it, or we may not; waiting settles it.
    }
    if (host.clock.monotonic() >= deadline) return false;
    host.clock.sleepSync(pause);
    pause = Math.min(longestPause, pause * 2);
  }
}

/**
 * Runs the body under the lock, or, when it can't be had within `timeout` milliseconds, or at all, without it: `locked` tells which. Returns what the body returns.
 */
export function withLock<R>(host: Host, path: string, timeout: number, body: (locked: boolean) => R): R {
  let locked = false;
  try {
    locked = acquire(host, path, timeout);
  } catch {
    locked = false;
  }
  try {
    return body(locked);
  } finally {
    if (locked) {
      try {
        host.files.remove(path);
      } catch {
        // Taken over as stale: then it isn't ours any more.
      }
    }
  }
}
