/**
 * Registries from the side of docker commands: the client is loaded and connected when the first question comes, so that commands without one pay nothing.
 */
import type { Host } from "../host/host.js";
import type { Json } from "../json.js";
import type { BuilderNodes } from "../registry/builder-nodes.js";
import type { RegistryClient } from "../registry/client.js";
import type { DockerEngine } from "./engine.js";

export interface RegistriesOptions {
  readonly host: Host;
  readonly engine: DockerEngine;
  /** Global flags of the command: `--config` names the directory with the credentials. */
  readonly globals: readonly string[];
  readonly isBuildx: boolean;
  /** Does the command build? Only then the builder is asked what it knows: the question may start it. */
  readonly builds: boolean;
  readonly log: (level: "error" | "warn" | "info" | "trace", message: string) => void;
}

export class Registries {
  private readonly options: RegistriesOptions;
  private connecting: Promise<RegistryClient> | undefined;
  private connected: RegistryClient | undefined;
  private builder: BuilderNodes | undefined;

  constructor(options: RegistriesOptions) {
    this.options = options;
  }

  client(): Promise<RegistryClient> {
    this.connecting ??= this.connect();
    return this.connecting;
  }

  private async connect(): Promise<RegistryClient> {
    const nodes = this.options.builds ? await this.builderNodes() : undefined;
    const { connectRegistries } = await import("../registry/connect.js");
    this.connected = connectRegistries(this.options, nodes);
    return this.connected;
  }

  /** The nodes of the builder. */
  async builderNodes(): Promise<BuilderNodes> {
    const { BuilderNodes: Nodes } = await import("../registry/builder-nodes.js");
    const { engine, log } = this.options;
    this.builder ??= new Nodes(engine, log);
    return this.builder;
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
