/**
 * Rights that come from the executable (set-uid, set-gid) and not from whoever calls it (`builtins.md` 0.6). They are given up for good before anything is
 * opened or started: whatever chalk then reads, writes or runs is what its caller may read, write or run.
 */
import { libc } from "./libc.js";

export interface DroppedRights {
  /** The user whose rights the executable brought along; undefined if they were the caller's own. */
  readonly granted: number | undefined;
  /** False if they could not be given up, and nothing may be done then. */
  readonly ok: boolean;
}

/** Gives up what is not the caller's own. */
export function dropRights(): DroppedRights {
  const user = process.getuid?.() ?? 0;
  const group = process.getgid?.() ?? 0;
  const effectiveUser = process.geteuid?.() ?? user;
  const effectiveGroup = process.getegid?.() ?? group;
  const granted = effectiveUser === user ? undefined : effectiveUser;
  // The group first: without the user's rights it could not be changed.
  if (effectiveGroup !== group) {
    const native = libc();
    if (native === undefined) process.setgid?.(group);
    else if (native.call("setresgid", group, group, group) !== 0) return { granted, ok: false };
  }
  if (effectiveUser !== user) {
    const native = libc();
    if (native === undefined) process.setuid?.(user);
    else if (native.call("setresuid", user, user, user) !== 0) return { granted, ok: false };
  }
  return { granted, ok: process.geteuid?.() === process.getuid?.() && process.getegid?.() === process.getgid?.() };
}
