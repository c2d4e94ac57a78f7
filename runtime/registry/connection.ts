/**
 * Speaking to one registry after the other (`docker.md` 17.2, 17.3): endpoints are tried in order until one answers, which is remembered; so is how it wants
 * to be spoken to, and that a registry cannot be reached, so that nobody waits for it twice.
 */
import { domainOf, type ImageReference, isAskable, isLocalRegistry, nameOf, registryOf } from "../docker/references.js";
import type { Host, HttpResponse } from "../host/host.js";
import type { Json } from "../json.js";
import type { CredentialStore, RegistryLog } from "./credentials.js";
import {
  addressOf,
  type BuilderRegistry,
  builderEndpoints,
  type DaemonRegistries,
  daemonMirrors,
  type Endpoint,
  foreignBlocks,
  insecureEndpoints,
  isDeclaredInsecure,
  pinnedEndpoint,
  plainEndpoints,
} from "./endpoints.js";
import { RegistryError } from "./failure.js";
import { answerChallenge, headerOf } from "./tokens.js";
import { type Exchange, elsewhere, Traffic } from "./traffic.js";

export type Use = "read" | "write";

/** What docker and its builder were told about registries. Asked only when it matters. */
export interface RegistrySettings {
  daemon(): DaemonRegistries;
  /** Of every node of the builder that knows the registry. */
  builder(registry: string): readonly BuilderRegistry[];
  /** Does the builder, and not the daemon, talk to registries? */
  readonly builderFirst: boolean;
  /** The certificate authority that docker has for a registry. */
  authority(registry: string): Endpoint["authority"];
}

/** A question about a repository. `path` follows its name, or is an address that the registry gave us. */
export interface RegistryRequest extends Omit<Exchange, "url" | "headers"> {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RegistryAnswer extends HttpResponse {
  readonly endpoint: Endpoint;
}

interface UsedRegistry {
  readonly endpoint: Endpoint;
  readonly auth: boolean;
  readonly challenged: boolean;
}

const resolveTimeout = 3_000;

export class RegistryConnection {
  private readonly host: Host;
  private readonly settings: RegistrySettings;
  private readonly credentials: CredentialStore;
  private readonly log: RegistryLog;
  private readonly traffic: Traffic;
  private readonly working = new Map<string, Endpoint>();
  private readonly unreachable = new Map<string, RegistryError>();
  private readonly headers = new Map<string, string>();
  private readonly used = new Map<string, UsedRegistry>();

  constructor(host: Host, settings: RegistrySettings, credentials: CredentialStore, log: RegistryLog) {
    this.host = host;
    this.settings = settings;
    this.credentials = credentials;
    this.log = log;
    this.traffic = new Traffic(host);
  }

  /** Asks about a repository. An answer of any status is returned. Throws a `RegistryError` if there is none. */
  async send(reference: ImageReference, use: Use, request: RegistryRequest): Promise<RegistryAnswer> {
    if (!isAskable(reference)) throw new RegistryError("invalid", "not a reference that a registry could have");
    const registry = registryOf(reference);
    const key = `${use} ${registry}`;
    const before = this.unreachable.get(key);
    if (before !== undefined) throw before;
    const remembered = this.working.get(key);
    let failure: RegistryError | undefined;
    let answered: RegistryAnswer | undefined;
    const tried = new Set<string>();
    for await (const endpoint of this.candidates(registry, use, remembered)) {
      const description = `${endpoint.url} ${endpoint.insecure} ${endpoint.authority?.path ?? ""}`;
      if (tried.has(description)) continue;
      tried.add(description);
      try {
        const response = await this.authorized(endpoint, nameOf(reference), use, registry, request);
        answered = { ...response, endpoint };
        if (!isFinal(endpoint, response)) continue;
        this.working.set(key, endpoint);
        return answered;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        if (error.kind !== "unreachable" && !endpoint.mirror) throw error;
        this.log("trace", `docker: registry ${registry}: ${error.message}`);
        failure ??= error;
      }
    }
    // An error of the registry itself is an answer after all if nothing better came.
    if (answered !== undefined && (failure === undefined || !answered.endpoint.mirror)) return answered;
    const error = failure ?? new RegistryError("unreachable", `${registry}: no endpoint`);
    this.unreachable.set(key, error);
    throw error;
  }

  /** How registries were reached, for `_DOCKER_USED_REGISTRIES`. */
  usedRegistries(): Map<string, Json> {
    return new Map(
      [...this.used].map(([registry, { endpoint, auth, challenged }]) => {
        const scheme = endpoint.url.startsWith("https:") ? "https" : "http";
        const members = new Map<string, Json>([
          ["url", `${endpoint.url}/v2/`],
          ["source", endpoint.source],
          ["scheme", scheme],
          ["http", scheme === "http"],
          ["secure", scheme === "https" && !endpoint.insecure],
          ["insecure", endpoint.insecure],
          ["auth", auth],
          ["www_auth", challenged],
        ]);
        if (endpoint.authority !== undefined) {
          members.set("pinned_cert_path", endpoint.authority.path);
          members.set("pinned_cert", endpoint.authority.text);
        }
        if (endpoint.mirror) members.set("mirroring", registry);
        return [registry, members] as const;
      }),
    );
  }

  private async *candidates(registry: string, use: Use, remembered: Endpoint | undefined): AsyncGenerator<Endpoint> {
    if (remembered !== undefined) yield remembered;
    const { settings } = this;
    const builder = (): Endpoint[] => settings.builder(registry).flatMap((item) => builderEndpoints(registry, item, use));
    if (settings.builderFirst) yield* builder();
    if (use === "read" && daemonMirrors(registry, ["mirror"]).length > 0)
      yield* daemonMirrors(registry, settings.daemon().mirrors);
    yield* plainEndpoints(registry);
    const authority = settings.authority(registry);
    if (authority !== undefined) yield pinnedEndpoint(registry, authority);
    if (await this.isInsecure(registry)) yield* insecureEndpoints(registry);
    if (!settings.builderFirst) yield* builder();
  }

  private async isInsecure(registry: string): Promise<boolean> {
    const { insecure } = this.settings.daemon();
    if (isDeclaredInsecure(registry, insecure, [])) return true;
    const literal = addressOf(registry);
    if (literal !== undefined) return isDeclaredInsecure(registry, insecure, [literal]);
    if (isLocalRegistry(registry)) return isDeclaredInsecure(registry, insecure, ["127.0.0.1", "::1"]);
    if (foreignBlocks(insecure).length === 0) return false;
    const { network, clock } = this.host;
    const resolving = network.resolve(domainOf(registry), "any").catch((): string[] => []);
    const addresses = await Promise.race([resolving, clock.sleep(resolveTimeout).then((): string[] => [])]);
    return isDeclaredInsecure(registry, insecure, addresses);
  }

  private async authorized(
    endpoint: Endpoint,
    name: string,
    use: Use,
    registry: string,
    request: RegistryRequest,
  ): Promise<HttpResponse> {
    const key = `${use} ${endpoint.url} ${name}`;
    // A mirror never gets the credentials of the registry that it stands for.
    const owner = endpoint.mirror ? new URL(endpoint.url).host : registry;
    const credentials = this.credentials.find(owner, name);
    const url = request.path.startsWith("/") ? `${endpoint.url}/v2/${name}${request.path}` : request.path;
    const isOwn = new URL(url).origin === new URL(endpoint.url).origin;
    if (!isOwn && endpoint.url.startsWith("https:") && !url.startsWith("https:"))
      throw new RegistryError("invalid", `${endpoint.url}: names an address without TLS, which is refused`);
    const at = isOwn ? endpoint : elsewhere(endpoint, url);
    const ask = (authorization: string | undefined): Promise<HttpResponse> => {
      const headers: Record<string, string> = { ...request.headers };
      if (authorization !== undefined && isOwn) headers["Authorization"] = authorization;
      const wanted = { ...request, url, headers };
      return request.body === undefined && (request.method === "GET" || request.method === "HEAD")
        ? this.traffic.follow(at, wanted)
        : this.traffic.exchange(at, wanted);
    };
    const remembered = this.headers.get(key);
    const response = await ask(remembered ?? headerOf(credentials));
    const challenge = response.headers["www-authenticate"];
    const note = (challenged: boolean): void =>
      void this.used.set(registry, { endpoint, auth: credentials !== undefined, challenged });
    if (response.status !== 401 || challenge === undefined || !isOwn) {
      note(remembered !== undefined);
      return response;
    }
    const answer = await answerChallenge(this.traffic, challenge, { endpoint, name, use, credentials });
    note(true);
    if (answer === undefined) return response;
    this.headers.set(key, answer);
    return ask(answer);
  }
}

/** Has the registry spoken? What a mirror doesn't have, the registry may; and plain HTTP is an error to who expects TLS. */
function isFinal(endpoint: Endpoint, { status }: HttpResponse): boolean {
  if (endpoint.mirror) return status < 400;
  return !(status === 400 && endpoint.url.startsWith("http:"));
}
