/**
 * Running programs of other platforms while an image is built (`docker.md` 6.4). Only the preparation for post-exec needs it: the other instructions that
 * chalk adds copy files.
 */
import type { BuildServices } from "./build.js";
import { normalizedText, type Platform, parsePlatform, samePlatform } from "./platforms.js";
import { NotWrapped } from "./wrap.js";

export type EmulationServices = Pick<BuildServices, "engine" | "settings" | "log" | "ownPlatform">;

/** Platforms that the builder cannot run programs of. */
function missingPlatforms({ engine, log, ownPlatform }: EmulationServices, platforms: readonly Platform[]): Platform[] {
  // Without buildx nobody tells; a builder that cannot do it fails, and the build is repeated without us.
  if (!engine.hasBuildx) return [];
  const known = engine.builderPlatforms;
  if (known === undefined) {
    log("error", "docker: the builder does not say which platforms it can build for");
    return [];
  }
  const parsed = known.map((text) => parsePlatform(text, ownPlatform));
  return platforms.filter((platform) => !parsed.some((other) => samePlatform(other, platform)));
}

/**
 * Can instructions be run for all of these platforms? Installs emulators if the configuration allows that; says so if not. Throws `NotWrapped` if they
 * cannot be installed.
 */
export function canRunFor(platforms: readonly Platform[], services: EmulationServices): boolean {
  const { engine, settings, log } = services;
  const missing = missingPlatforms(services, platforms).map(normalizedText);
  if (missing.length === 0) return true;
  if (settings.installEmulators) {
    log("info", `docker: installs emulators for ${missing.join(", ")} with ${settings.emulatorImage}`);
    if (engine.installEmulators(settings.emulatorImage)) return true;
    throw new NotWrapped(`emulators for ${missing.join(", ")} cannot be installed with ${settings.emulatorImage}`);
  }
  log(
    "error",
    `docker: the builder cannot run programs for ${missing.join(", ")}, and docker.install_binfmt is false: the image is not prepared for post-exec`,
  );
  return false;
}
