/** The registry client of a docker command, with what docker and its builder were told about registries (`docker.md` 17.2, 17.3). */
import { domainOf, inspectForm } from "../docker/references.js";
import type { RegistriesOptions } from "../docker/registries.js";
import { HostError } from "../host/host.js";
import type { BuilderNodes } from "./builder-nodes.js";
import { RegistryClient } from "./client.js";
import { RegistryConnection, type RegistrySettings } from "./connection.js";
import { CredentialStore } from "./credentials.js";
import { type DaemonRegistries, type Endpoint, readDaemonRegistries } from "./endpoints.js";

const certificateDirectory = "/etc/docker/certs.d";

/** The value of `--config` among global flags; empty if it isn't there. */
export function configDirectory(globals: readonly string[]): string {
  const at = globals.lastIndexOf("--config");
  const joined = globals.findLastIndex((word) => word.startsWith("--config="));
  if (joined > at) return (globals[joined] as string).slice("--config=".length);
  return at < 0 ? "" : (globals[at + 1] ?? "");
}

/**
 * Connects the client. Nothing is asked before the first question.
 * @param nodes of the builder, if the command builds
 */
export function connectRegistries(
  { host, engine, globals, isBuildx, log }: RegistriesOptions,
  nodes: BuilderNodes | undefined,
): RegistryClient {
  let daemon: DaemonRegistries | undefined;
  const settings: RegistrySettings = {
    daemon: () => (daemon ??= readDaemonRegistries(engine.info)),
    builder: (registry) => nodes?.registry(registry) ?? [],
    builderFirst: isBuildx,
    authority: (registry): Endpoint["authority"] => {
      for (const directory of [registry, domainOf(registry)]) {
        const path = `${certificateDirectory}/${directory}/ca.crt`;
        try {
          if (host.files.find(path) !== undefined) return { path, text: host.files.readText(path) };
        } catch (error) {
          if (!(error instanceof HostError)) throw error;
          log("trace", `docker: ${path} cannot be read: ${error.code}`);
        }
      }
      return undefined;
    },
  };
  const credentials = new CredentialStore(host, log, configDirectory(globals));
  const connection = new RegistryConnection(host, settings, credentials, log);
  return new RegistryClient(host, connection, (reference) => engine.rawManifest(inspectForm(reference)));
}
