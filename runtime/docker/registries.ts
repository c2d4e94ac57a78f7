/**
 * Registries from the side of docker commands: the client is loaded and connected when the first question comes, so that commands without one pay nothing.
 */
import type { Host } from "../host/host.js";
import type { Json } from "../json.js";
import type { RegistryClient } from "../registry/client.js";
import type { DockerEngine } from "./engine.js";

export interface RegistriesOptions {
  readonly host: Host;
  readonly engine: DockerEngine;
  /** Global flags of the command: `--config` names the directory with the credentials. */
  readonly globals: readonly string[];
  readonly isBuildx: boolean;
  readonly log: (level: "error" | "warn" | "info" | "trace", message: string) => void;
}

export class Registries {
  private readonly options: RegistriesOptions;
  private connecting: Promise<RegistryClient> | undefined;
  private connected: RegistryClient | undefined;

  constructor(options: RegistriesOptions) {
    this.options = options;
  }

  client(): Promise<RegistryClient> {
    this.connecting ??= import("../registry/connect.js").then(({ connectRegistries }) => {
      this.connected = connectRegistries(this.options);
      return this.connected;
    });
    return this.connecting;
  }

  /** Forgets what was read: after a push, tags may point elsewhere. */
  forget(): void {
    this.connected?.forget();
  }

  /** How registries were reached so far, for `_DOCKER_USED_REGISTRIES`. */
  used(): Map<string, Json> {
    return this.connected?.connection.usedRegistries() ?? new Map();
  }
}
