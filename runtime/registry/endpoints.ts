/**
 * Where a registry can be reached, in the order in which it is tried (`docker.md` 17.2): mirrors of Docker Hub, then the registry itself with more and more
 * trust, as far as docker's daemon or the builder was told to give it. Pure; nothing of it looks at the system.
 */
import ipaddr from "ipaddr.js";
import { domainOf, hub, isLocalRegistry } from "../docker/references.js";

export interface Endpoint {
  /** Scheme and host, and the path of a mirror if it has one; no slash at the end. */
  readonly url: string;
  /** Whose settings name it. */
  readonly source: "daemon" | "buildx";
  readonly mirror: boolean;
  /** Its certificate isn't looked at. */
  readonly insecure: boolean;
  /** PEM text that its certificate is verified with, and where that is from. */
  readonly authority?: { readonly path: string; readonly text: string };
}

/** What `docker info` says about registries. */
export interface DaemonRegistries {
  readonly mirrors: readonly string[];
  /** Names, with or without a port, and CIDR blocks. */
  readonly insecure: readonly string[];
}

/** The indented lines below a heading. */
function listUnder(text: string, heading: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trim().toLowerCase() === `${heading}:`);
  if (start < 0) return [];
  const depth = (line: string): number => line.length - line.trimStart().length;
  const own = depth(lines[start] as string);
  const items: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line.trim() === "" || depth(line) <= own) break;
    items.push(line.trim());
  }
  return items;
}

/** Reads the output of `docker info`. */
export function readDaemonRegistries(info: string): DaemonRegistries {
  return { mirrors: listUnder(info, "registry mirrors"), insecure: listUnder(info, "insecure registries") };
}

/** The host of a registry as an address, without brackets; undefined if it is a name. */
export function addressOf(registry: string): string | undefined {
  const host = domainOf(registry).replace(/^\[|\]$/g, "");
  return ipaddr.isValid(host) && (host.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(host)) ? host : undefined;
}

/** CIDR blocks of a list that aren't this machine's own addresses: only for them names have to be resolved. */
export function foreignBlocks(insecure: readonly string[]): string[] {
  return insecure.filter((item) => item.includes("/") && !/^(?:127\.|::1\/)/.test(item));
}

function isInBlock(address: string, block: string): boolean {
  try {
    const parsed = ipaddr.parse(address);
    const [network, length] = ipaddr.parseCIDR(block);
    return parsed.kind() === network.kind() && parsed.match(network, length);
  } catch {
    return false;
  }
}

/**
 * Was the registry declared insecure: by its name, or by one of its addresses?
 * @param addresses of its host, as far as they are known
 */
export function isDeclaredInsecure(registry: string, insecure: readonly string[], addresses: readonly string[]): boolean {
  const lower = registry.toLowerCase();
  return insecure.some((item) =>
    item.includes("/")
      ? addresses.some((address) => isInBlock(address, item))
      : item.toLowerCase() === lower || item.toLowerCase() === domainOf(lower),
  );
}

/** What a builder was told about one registry (`[registry."…"]` of its configuration). */
export interface BuilderRegistry {
  readonly mirrors: readonly string[];
  readonly http: boolean;
  readonly insecure: boolean;
  readonly authorities: readonly { readonly path: string; readonly text: string }[];
}

const trimmed = (url: string): string => url.replace(/\/+$/, "");
const withScheme = (host: string, scheme: "http" | "https"): string =>
  /^https?:\/\//i.test(host) ? host : `${scheme}://${host}`;

/** Mirrors that the daemon reads from. */
export function daemonMirrors(registry: string, mirrors: readonly string[]): Endpoint[] {
  if (registry !== hub) return [];
  return mirrors.map((mirror) => ({
    url: trimmed(withScheme(mirror, "https")),
    source: "daemon",
    mirror: true,
    insecure: false,
  }));
}

/** The registry itself, as anybody would try it. On this machine docker takes both schemes, and most registries for development have no TLS. */
export function plainEndpoints(registry: string): Endpoint[] {
  const common = { source: "daemon", mirror: false, insecure: false } as const;
  const secure = { ...common, url: `https://${registry}` };
  return isLocalRegistry(registry) ? [{ ...common, url: `http://${registry}` }, secure] : [secure];
}

/** With the certificate authority that docker has for it. */
export function pinnedEndpoint(registry: string, authority: NonNullable<Endpoint["authority"]>): Endpoint {
  return { url: `https://${registry}`, source: "daemon", mirror: false, insecure: false, authority };
}

/** A registry that was declared insecure. */
export function insecureEndpoints(registry: string): Endpoint[] {
  const common = { source: "daemon", mirror: false, insecure: true } as const;
  const unverified = { ...common, url: `https://${registry}` };
  return isLocalRegistry(registry) ? [unverified] : [unverified, { ...common, url: `http://${registry}` }];
}

/** What a builder would try. */
export function builderEndpoints(registry: string, settings: BuilderRegistry, use: "read" | "write"): Endpoint[] {
  const common = { source: "buildx", insecure: settings.insecure } as const;
  const scheme = settings.http ? "http" : "https";
  const mirrors = use === "read" ? settings.mirrors : [];
  return [
    ...mirrors.map((mirror) => ({ ...common, mirror: true, url: trimmed(withScheme(mirror, scheme)) })),
    ...(settings.http ? [] : settings.authorities).map((authority) => ({
      ...common,
      mirror: false,
      url: `https://${registry}`,
      authority,
    })),
    { ...common, mirror: false, url: `${scheme}://${registry}` },
  ];
}
