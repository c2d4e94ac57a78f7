/** Registries that the configuration adds to what the user pushes to (`docker.md` 18.3): their logins, their repositories, and whether build contexts go there. */
import type { Settings } from "../settings/settings.js";

export interface LoginService {
  readonly uri: string;
  /** Name of an `auth_config`; empty for none. */
  readonly auth: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export type UploadStrategy = "auto" | "registry" | "local" | "disk";

export interface ContextUpload {
  readonly strategy: UploadStrategy;
  /** Bytes; 0: no limit. */
  readonly sizeThreshold: number;
  readonly maxFileSize: number;
  readonly additionalIgnores: readonly string[];
  readonly honorIgnoreFile: boolean;
}

export interface ExtraPush {
  readonly name: string;
  readonly repository: string;
  /** As configured, with `{KEY}`. */
  readonly tags: readonly string[];
  readonly upload: ContextUpload | undefined;
}

export interface ExtraRegistry {
  readonly name: string;
  readonly uri: string;
  readonly login: LoginService | undefined;
  readonly pushes: readonly ExtraPush[];
}

function readUpload(settings: Settings, path: string): ContextUpload | undefined {
  if (!settings.exists(path) || !settings.bool(`${path}.enabled`, false)) return undefined;
  return {
    strategy: settings.string(`${path}.strategy`, "auto") as UploadStrategy,
    sizeThreshold: settings.size(`${path}.size_threshold`, 100_000_000),
    maxFileSize: settings.size(`${path}.max_file_size`, 0),
    additionalIgnores: settings.strings(`${path}.additional_dockerignore`, [".git"]),
    honorIgnoreFile: settings.bool(`${path}.honor_dockerignore`, true),
  };
}

function readLogin(settings: Settings, path: string): LoginService | undefined {
  if (!settings.exists(path) || !settings.bool(`${path}.enabled`, true)) return undefined;
  return {
    uri: settings.string(`${path}.uri`, ""),
    auth: settings.string(`${path}.auth`, ""),
    timeout: settings.duration(`${path}.timeout`, 3000),
  };
}

/** Sections of a kind that are enabled: name and path. */
function enabledSections(settings: Settings, kind: string): { readonly name: string; readonly path: string }[] {
  if (!settings.exists(kind)) return [];
  return settings
    .sections(kind)
    .map((name) => ({ name, path: `${kind}.${name}` }))
    .filter(({ path }) => settings.bool(`${path}.enabled`, true));
}

/** The registries in use. */
export function readExtraRegistries(settings: Settings): ExtraRegistry[] {
  return enabledSections(settings, "docker.docker_registry").map(({ name, path }) => ({
    name,
    uri: settings.string(`${path}.uri`, ""),
    login: settings.string(`${path}.login_method`, "") === "get" ? readLogin(settings, `${path}.docker_login_get`) : undefined,
    pushes: enabledSections(settings, `${path}.docker_push`).map((push) => ({
      name: push.name,
      repository: settings.string(`${push.path}.repository`, ""),
      tags: settings.strings(`${push.path}.tags`, []),
      upload: readUpload(settings, `${push.path}.docker_context_upload`),
    })),
  }));
}
