/** Artifacts at the beginning of an operation: nothing has been found out about them. */
import type { Artifact } from "./types.js";

/** An artifact of which only name and path are known. */
export function newArtifact(name: string, path?: string): Artifact {
  return {
    name,
    path,
    pid: undefined,
    codec: undefined,
    kinds: new Set(),
    data: new Map(),
    mark: undefined,
    unmarkedHash: undefined,
    failed: false,
    errors: [],
    failedKeys: new Map(),
  };
}
