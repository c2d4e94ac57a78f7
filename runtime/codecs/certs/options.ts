/** Which files are looked at for certificates (`marks-and-codecs.md` 10): the section `certs` of the configuration. Letter case never counts. */
import type { Settings } from "../../settings/settings.js";

export interface CertificateOptions {
  /** Files whose path begins so are always looked at. */
  readonly always: readonly string[];
  readonly blacklist: boolean;
  readonly withoutExtension: boolean;
  readonly extensions: readonly string[];
  readonly ignoredExtensions: readonly string[];
  readonly ignoredPrefixes: readonly string[];
  readonly ignoredNames: readonly string[];
}

/** Reads the section. */
export function certificateOptions(settings: Settings): CertificateOptions {
  const list = (field: string, fallback: readonly string[]) =>
    settings.strings(`certs.${field}`, fallback).map((text) => text.toLowerCase());
  return {
    always: list("always_scan_paths", ["/etc/"]),
    blacklist: settings.string("certs.filter_method", "whitelist") === "blacklist",
    withoutExtension: settings.bool("certs.scan_no_extension", true),
    extensions: list("scan_extensions", []),
    ignoredExtensions: list("ignore_extensions", []),
    ignoredPrefixes: list("ignore_prefixes", []),
    ignoredNames: list("ignore_filenames", []),
  };
}

/** Is a file of this path looked at? */
export function isSelected(path: string, options: CertificateOptions): boolean {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf("/") + 1);
  if (options.always.some((start) => lower.startsWith(start))) return true;
  const endsWith = (extensions: readonly string[]) => extensions.some((extension) => name.endsWith(`.${extension}`));
  if (!options.blacklist) return (options.withoutExtension && name.lastIndexOf(".") <= 0) || endsWith(options.extensions);
  return !(
    endsWith(options.ignoredExtensions) ||
    options.ignoredPrefixes.some((start) => name.startsWith(start)) ||
    options.ignoredNames.includes(name)
  );
}
