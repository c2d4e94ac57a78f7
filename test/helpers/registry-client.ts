/** A registry client on the real network with settings of the test's, and what it logged. */

import { RegistryClient } from "../../runtime/registry/client.js";
import { RegistryConnection, type RegistrySettings } from "../../runtime/registry/connection.js";
import { CredentialStore } from "../../runtime/registry/credentials.js";
import type { Credentials } from "../../runtime/registry/docker-config.js";
import { createWorld, type World } from "./world.js";

export interface ClientWorld {
  readonly world: World;
  readonly client: RegistryClient;
  readonly logs: string[];
}

export interface ClientOptions {
  readonly settings?: Partial<RegistrySettings>;
  /** Docker's `config.json`. */
  readonly config?: unknown;
  /** What credential helpers print, by program name. */
  readonly helpers?: Readonly<Record<string, string>>;
  readonly raw?: ConstructorParameters<typeof RegistryClient>[2];
}

export type { Credentials };

export function createClient({ settings = {}, config, helpers = {}, raw }: ClientOptions = {}): ClientWorld {
  const asked: string[] = [];
  const world = createWorld(
    {},
    {
      processes: {
        run: (command, args, options = {}) => {
          asked.push(`${command} ${args.join(" ")} < ${String(options.input)}`);
          const answer = helpers[command];
          const stdout = new TextEncoder().encode(answer ?? "credentials not found");
          return { status: answer === undefined ? 1 : 0, stdout, stderr: new Uint8Array() };
        },
      },
    },
  );
  const logs: string[] = asked;
  const log = (level: string, message: string): void => void logs.push(`${level}: ${message}`);
  if (config !== undefined) {
    world.host.files.makeDirectories(`${world.directory}/home/.docker`);
    world.host.files.write(
      `${world.directory}/home/.docker/config.json`,
      typeof config === "string" ? config : JSON.stringify(config),
    );
  }
  const complete: RegistrySettings = {
    daemon: () => ({ mirrors: [], insecure: [] }),
    builder: () => [],
    builderFirst: false,
    authority: () => undefined,
    ...settings,
  };
  const connection = new RegistryConnection(world.host, complete, new CredentialStore(world.host, log), log);
  return { world, client: new RegistryClient(world.host, connection, raw), logs };
}
