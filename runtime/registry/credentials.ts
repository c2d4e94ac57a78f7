/** Finding credentials for a registry as docker would: helpers, then `config.json` (`docker.md` 17.3). What is found is never logged. */
import { type Host, HostError } from "../host/host.js";
import {
  type Credentials,
  chooseEntry,
  type DockerConfig,
  emptyDockerConfig,
  helperServer,
  readDockerConfig,
  readHelperAnswer,
} from "./docker-config.js";

export type RegistryLog = (level: "error" | "warn" | "info" | "trace", message: string) => void;

/** A helper may ask a keychain that is locked, and wait for ever. */
const helperTimeout = 5_000;

export class CredentialStore {
  private readonly host: Host;
  private readonly log: RegistryLog;
  private readonly directory: string;
  private config: DockerConfig | undefined;
  private readonly helped = new Map<string, Credentials | undefined>();

  /** @param directory of docker's configuration, if `--config` named one; empty: `DOCKER_CONFIG`, else `~/.docker` */
  constructor(host: Host, log: RegistryLog, directory = "") {
    this.host = host;
    this.log = log;
    const { processes, machine } = host;
    this.directory = directory || processes.variable("DOCKER_CONFIG") || `${machine.home() ?? ""}/.docker`;
  }

  /** Credentials for a repository; undefined: anonymous. */
  find(registry: string, name: string): Credentials | undefined {
    const config = this.read();
    const helper = config.helpers.get(registry.toLowerCase()) ?? config.store;
    const helped = helper === "" ? undefined : this.ask(helper, registry);
    return helped ?? chooseEntry(config, registry, name);
  }

  private read(): DockerConfig {
    this.config ??= this.readFile();
    return this.config;
  }

  private readFile(): DockerConfig {
    const path = `${this.directory}/config.json`;
    try {
      if (this.host.files.find(path) === undefined) return emptyDockerConfig;
      const config = readDockerConfig(this.host.files.readText(path));
      if (config !== undefined) return config;
      this.log("warn", `docker: ${path} is no JSON object; registries are asked without credentials`);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.log("warn", `docker: ${path} cannot be read (${error.code}); registries are asked without credentials`);
    }
    return emptyDockerConfig;
  }

  private ask(helper: string, registry: string): Credentials | undefined {
    const key = `${helper} ${registry}`;
    if (!this.helped.has(key)) this.helped.set(key, this.run(helper, registry));
    return this.helped.get(key);
  }

  private run(helper: string, registry: string): Credentials | undefined {
    const program = `docker-credential-${helper}`;
    const { failure, status, stdout } = this.host.processes.run(program, ["get"], {
      input: helperServer(registry),
      timeout: helperTimeout,
    });
    const found = failure === undefined && status === 0 ? readHelperAnswer(new TextDecoder().decode(stdout)) : undefined;
    // Its output isn't repeated: it may hold what must not be seen.
    if (found === undefined)
      this.log("trace", `docker: ${program} has no credentials for ${registry} (${failure ?? `status ${status}`})`);
    return found;
  }
}
