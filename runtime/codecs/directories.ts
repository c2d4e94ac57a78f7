/**
 * Directories in which files were put in place by a rename. The rename is atomic, but only a sync of the directory makes it last; where many files change,
 * one sync for each directory is enough, as long as it comes before anybody says that the files were written.
 */
import type { CodecHost } from "./candidate.js";

/** So many directories may wait for their sync. */
const MOST_WAITING = 1000;

export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || ".";
}

/** Makes renames in a directory durable. Not every file system lets a directory be synced; the rename is atomic all the same. */
export function syncDirectory({ files }: CodecHost, path: string): void {
  try {
    const directory = files.open(path, "read");
    try {
      directory.sync();
    } finally {
      directory.close();
    }
  } catch {}
}

/** Directories that are still to be synced. */
export class ChangedDirectories {
  private readonly host: CodecHost;
  private readonly waiting = new Set<string>();

  constructor(host: CodecHost) {
    this.host = host;
  }

  add(directory: string): void {
    this.waiting.add(directory);
    if (this.waiting.size >= MOST_WAITING) this.sync();
  }

  /** To be called before the report. */
  sync(): void {
    for (const directory of this.waiting) syncDirectory(this.host, directory);
    this.waiting.clear();
  }
}
