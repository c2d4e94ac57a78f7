/** Platforms such as `linux/arm/v7`: reading, one spelling for each, and the build arguments that follow from them (`docker.md` 6.3). */

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** Empty if there is none. */
  readonly variant: string;
}

const systems: Readonly<Record<string, string>> = { macos: "darwin" };
const systemWords: ReadonlySet<string> = new Set(["linux", "macos", "darwin"]);
const architectures: Readonly<Record<string, string>> = { aarch64: "arm64", i386: "386", x86_64: "amd64", "x86-64": "amd64" };
/** Names of an architecture and a variant in one. */
const compounds: Readonly<Record<string, string>> = { armel: "v6", armhf: "v7" };
/** Variants that are the same as none. */
const implied: Readonly<Record<string, string>> = { arm64: "v8", amd64: "v1" };

/** Reads a platform as written; what is missing comes from `own`. */
export function parsePlatform(text: string, own: Platform): Platform {
  const [first = "", second, third = ""] = text.trim().toLowerCase().split("/");
  if (second !== undefined) return { os: first, architecture: second, variant: third };
  if (systemWords.has(first)) return { ...own, os: first };
  return { os: own.os, architecture: first, variant: "" };
}

/** The one spelling by which platforms are compared. */
export function normalizePlatform({ os, architecture, variant }: Platform): Platform {
  const compound = compounds[architecture];
  const plain = compound === undefined ? (architectures[architecture] ?? architecture) : "arm";
  let kind = compound ?? variant;
  if (plain === "arm" && kind === "") kind = "v7";
  if (implied[plain] === kind) kind = "";
  return { os: systems[os] ?? os, architecture: plain, variant: kind };
}

/** Text of a platform as it is; an empty variant is left out. */
export function platformText({ os, architecture, variant }: Platform): string {
  return variant === "" ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** Text of the normalised platform. */
export function normalizedText(platform: Platform): string {
  return platformText(normalizePlatform(platform));
}

/** Are both the same platform? */
export function samePlatform(left: Platform, right: Platform): boolean {
  return normalizedText(left) === normalizedText(right);
}

/** The predefined build arguments of a platform: `TARGETPLATFORM`, `TARGETOS` … or, with prefix `BUILD`, `BUILDPLATFORM` …. */
export function platformArguments(platform: Platform, prefix: "TARGET" | "BUILD" = "TARGET"): Readonly<Record<string, string>> {
  const { os, architecture, variant } = normalizePlatform(platform);
  return {
    [`${prefix}PLATFORM`]: normalizedText(platform),
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: architecture,
    [`${prefix}VARIANT`]: variant,
  };
}

/** The platform of this machine, from the names that `uname` gives. */
export function platformOfMachine(sysname: string, machine: string): Platform {
  return normalizePlatform({
    os: sysname.toLowerCase(),
    architecture: machine.replace(/^armv6.*/, "armel").replace(/^armv7.*/, "armhf"),
    variant: "",
  });
}
