/** Image references, `[registry/]path[:tag][@sha256:hex]`, and the forms in which docker and registries want them (`docker.md` 17.1). */

export interface ImageReference {
  /** Registry and path as written. */
  readonly repository: string;
  /** Empty if there is none. */
  readonly tag: string;
  /** Plain hex; empty if there is none. */
  readonly digest: string;
}

/** The registry of Docker Hub. */
export const hub = "registry-1.docker.io";
const hubNames: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", hub]);
const localHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const digestPattern = /^(?:(.*)@)?sha256:([0-9a-f]+)$/;

/** Reads a reference. An image id (`sha256:…`) has no repository, and neither it nor `scratch` gets the default tag. */
export function parseReference(text: string, defaultTag = ""): ImageReference {
  const digested = digestPattern.exec(text);
  const name = digested === null ? text : (digested[1] ?? "");
  const digest = digested === null ? "" : (digested[2] as string);
  if (name === "") return { repository: "", tag: "", digest };
  const colon = name.lastIndexOf(":");
  const tagged = colon > name.lastIndexOf("/") && !name.endsWith("]");
  const repository = tagged ? name.slice(0, colon) : name;
  const tag = tagged ? name.slice(colon + 1) : "";
  if (repository === "scratch" && tag === "" && digest === "") return { repository, tag, digest };
  return { repository, tag: tag === "" ? defaultTag : tag, digest };
}

/** Is it the empty image? */
export function isScratch({ repository, tag, digest }: ImageReference): boolean {
  return repository === "scratch" && tag === "" && digest === "";
}

function isRegistry(component: string): boolean {
  return component.toLowerCase() === "localhost" || /[.:A-Z]/.test(component);
}

function split(repository: string): { readonly registry: string | undefined; readonly path: string } {
  const slash = repository.indexOf("/");
  const first = slash < 0 ? "" : repository.slice(0, slash);
  return slash > 0 && isRegistry(first)
    ? { registry: first, path: repository.slice(slash + 1) }
    : { registry: undefined, path: repository };
}

/** The one name of a registry: that of Docker Hub has several. */
export function normalizedRegistry(host: string): string {
  return hubNames.has(host.toLowerCase()) ? hub : host;
}

/** Is the registry on this machine, and spoken to without TLS? */
export function isLocalRegistry(registry: string): boolean {
  return localHosts.has(domainOf(registry).toLowerCase());
}

const pathComponent = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const validName = new RegExp(`^${pathComponent}(?:/${pathComponent})*$`);
const validRegistry = /^(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;
const validTag = /^\w[\w.-]{0,127}$/;
const validDigest = /^[0-9a-f]{64}$/;

/** Can a registry be asked for it? What is no reference by the rules of registries must not become part of an address. */
export function isAskable(reference: ImageReference): boolean {
  const { repository, tag, digest } = reference;
  return (
    repository !== "" &&
    !isScratch(reference) &&
    validRegistry.test(registryOf(reference)) &&
    validName.test(nameOf(reference)) &&
    (tag === "" || validTag.test(tag)) &&
    (digest === "" || validDigest.test(digest))
  );
}

/** The registry that holds the image, with the names of Docker Hub made one; empty for ids and `scratch`. */
export function registryOf(reference: ImageReference): string {
  if (reference.repository === "" || isScratch(reference)) return "";
  const { registry } = split(reference.repository);
  return registry === undefined ? hub : normalizedRegistry(registry);
}

/** The name within the registry. */
export function nameOf(reference: ImageReference): string {
  if (isScratch(reference)) return reference.repository;
  const { path } = split(reference.repository);
  return registryOf(reference) === hub && path !== "" && !path.includes("/") ? `library/${path}` : path;
}

/** The host name of a registry, without its port. */
export function domainOf(registry: string): string {
  return registry.replace(/:\d+$/, "");
}

/** Address of the image in the API of its registry, or of another one (a mirror). */
export function apiUrl(reference: ImageReference, registry = registryOf(reference)): string {
  return `${isLocalRegistry(registry) ? "http" : "https"}://${registry}/v2/${nameOf(reference)}`;
}

/** Page about the image, where one is known. */
export function webUrl(reference: ImageReference): string {
  if (registryOf(reference) !== hub) return "";
  const name = nameOf(reference);
  return name.startsWith("library/")
    ? `https://hub.docker.com/_/${name.slice("library/".length)}`
    : `https://hub.docker.com/r/${name}`;
}

const digestSuffix = ({ digest }: ImageReference): string => (digest === "" ? "" : `sha256:${digest}`);
const tagSuffix = ({ tag }: ImageReference): string => (tag === "" ? "" : `:${tag}`);

/** For people and Dockerfiles: `repo[:tag][@sha256:…]`. */
export function displayForm(reference: ImageReference): string {
  const digest = digestSuffix(reference);
  if (reference.repository === "") return digest;
  return `${reference.repository}${tagSuffix(reference)}${digest === "" ? "" : `@${digest}`}`;
}

/** For `docker inspect`: by digest if one is known, else by tag. */
export function inspectForm(reference: ImageReference): string {
  const digest = digestSuffix(reference);
  if (reference.repository === "") return digest;
  return digest === "" ? `${reference.repository}${tagSuffix(reference)}` : `${reference.repository}@${digest}`;
}

/** What a manifest is asked for by: digest, tag, or `latest`. */
export function manifestForm(reference: ImageReference): string {
  const digest = digestSuffix(reference);
  return digest !== "" ? digest : reference.tag === "" ? "latest" : reference.tag;
}

/** Does it name one image for ever? */
export function isPinned(reference: ImageReference): boolean {
  return reference.digest !== "" || isScratch(reference);
}

/** Where signatures of an image are kept: as OCI referrers, and as cosign did it. Undefined without a digest or repository. */
export function attestationForms({
  repository,
  digest,
}: ImageReference): { readonly oci: string; readonly cosign: string } | undefined {
  if (repository === "" || digest === "") return undefined;
  const oci = `${repository}:sha256-${digest}`;
  return { oci, cosign: `${oci}.att` };
}
