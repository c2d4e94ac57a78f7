/**
 * Where keys come from (`attestation.key_provider`, `runtime-core.md` 15.2): `embed` finds or makes a pair of files and takes the password from
 * CHALK_PASSWORD, `get` asks a service for all three.
 */
import type { Host } from "../host/host.js";
import type { Settings } from "../settings/settings.js";
import { createEmbedProvider } from "./embed.js";
import type { KeyProblem } from "./encrypted-key.js";
import { createGetProvider } from "./get.js";
import type { KeyPair } from "./signer.js";

/** A pair and its password. `announce`: the password is new and known to nobody yet. */
export interface UnlockedPair extends KeyPair {
  readonly password: string;
  readonly announce?: true;
}

export interface KeyProvider {
  /** An existing pair. */
  retrieve(): UnlockedPair | KeyProblem;
  /** Makes a pair and keeps it; absent: this provider cannot. */
  generate?(): UnlockedPair | KeyProblem;
  /** The password of the pair in our own executable. */
  password(): string | KeyProblem;
}

export interface ProviderServices {
  readonly host: Host;
  readonly settings: Settings;
  /** Headers of an `auth_config`; throws if it cannot be used. */
  readonly auth: (name: string) => ReadonlyMap<string, string>;
  readonly warn: (message: string) => void;
  readonly version: string;
}

/** The configured provider. */
export function createKeyProvider(services: ProviderServices): KeyProvider {
  return services.settings.string("attestation.key_provider", "embed") === "get"
    ? createGetProvider(services)
    : createEmbedProvider(services);
}
