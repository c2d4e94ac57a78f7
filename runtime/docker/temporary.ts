/** Temporary files of a build, each in a directory of its own, and what else must be undone whatever happens (`docker.md` 10.1, 10.2). */
import { type Host, HostError } from "../host/host.js";
import { discardTemporary } from "../temporary-files.js";

const endingSignals = [1, 2, 15] as const;

export class Temporary {
  private readonly host: Host;
  private readonly keep: boolean;
  private readonly undo: (() => void)[] = [];

  /** @param keep move directories to `./chalk-tmp` instead of removing them */
  constructor(host: Host, keep: boolean) {
    this.host = host;
    this.keep = keep;
  }

  /** A fresh directory. */
  directory(): string {
    const path = this.host.files.makeTemporaryDirectory("chalk-");
    this.onEnd(() => void discardTemporary(this.host, path, this.keep));
    return path;
  }

  /** A fresh file in a directory of its own; returns its path. */
  file(name: string, content: string | Uint8Array, permissions = 0o600): string {
    const path = `${this.directory()}/${name}`;
    this.host.files.write(path, content, permissions);
    this.host.files.chmod(path, permissions);
    return path;
  }

  /** Has something undone at the end; the last first. */
  onEnd(action: () => void): void {
    this.undo.push(action);
  }

  /** Undoes everything, once. */
  end(): void {
    for (const action of this.undo.splice(0).reverse()) {
      try {
        action();
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
      }
    }
  }

  /** Undoes everything when a signal ends us. Returns a function that ends this care. */
  guard(): () => void {
    const { control, processes } = this.host;
    for (const signal of endingSignals)
      control.onSignal(signal, () => {
        this.end();
        processes.exit(128 + signal);
      });
    return () => {
      for (const signal of endingSignals) control.onSignal(signal, undefined);
    };
  }
}
