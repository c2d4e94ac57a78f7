/**
 * An image registry on the loopback interface that insists on the protocol (OCI distribution): everything that a client does wrong is remembered in
 * `violations`, which tests expect to be empty. It keeps manifests and blobs in memory, asks for passwords or tokens if told to, and misbehaves on request.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";
const ociConfig = "application/vnd.oci.image.config.v1+json";
const ociLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

/** What is said instead of the right answer: a status, an answer, or nothing at all. */
export type Instead =
  | number
  | "hang"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Uint8Array };

export interface RegistryOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** `token`: a token service at `/token` of the same server, or at `realm`. */
  readonly auth?: {
    readonly kind: "basic" | "token";
    readonly user: string;
    readonly password: string;
    readonly realm?: string;
    /** Also taken in exchange for a token. */
    readonly identity?: string;
  };
  /** Blobs are at another address. */
  readonly redirectBlobs?: string;
  /** Does it know the referrers API? Default true. */
  readonly referrers?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

export interface StoredDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface StoredImage extends StoredDescriptor {
  readonly config: StoredDescriptor;
  readonly layers: readonly StoredDescriptor[];
}

interface StoredManifest {
  readonly type: string;
  readonly bytes: Buffer;
}

export const digestOf = (bytes: Uint8Array | string): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export class TestRegistry {
  readonly requests: SeenRequest[] = [];
  readonly violations: string[] = [];
  /** By request as `METHOD PATH`, PATH without its query: what is said instead, as often as there is something. */
  readonly instead = new Map<string, Instead[]>();
  #options: RegistryOptions;
  readonly #server: Server;
  readonly #manifests = new Map<string, StoredManifest>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #uploads = new Map<string, Buffer>();
  #tokens = 0;

  private constructor(options: RegistryOptions) {
    this.#options = options;
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#server = options.tls === undefined ? createServer(handle) : createSecureServer({ ...options.tls }, handle);
  }

  static async start(options: RegistryOptions = {}): Promise<TestRegistry> {
    const registry = new TestRegistry(options);
    await new Promise<void>((ready) => registry.#server.listen(0, "127.0.0.1", ready));
    return registry;
  }

  /** Host and port: the registry's name in references. */
  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? "http" : "https"}://${this.name}`;
  }

  configure(options: RegistryOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  stop(): Promise<void> {
    return new Promise((done) => {
      this.#server.closeAllConnections();
      this.#server.close(() => done());
    });
  }

  /** Requests as `METHOD PATH`, since the last call. */
  seen(): string[] {
    return this.requests.splice(0).map(({ method, path }) => `${method} ${path}`);
  }

  blob(bytes: Uint8Array | string, mediaType = ociLayer): StoredDescriptor {
    const content = Buffer.from(bytes as string);
    const digest = digestOf(content);
    this.#blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  }

  /** Stores a manifest under its digest and the tags. */
  manifest(name: string, json: object, type: string, ...tags: string[]): StoredDescriptor {
    const bytes = Buffer.from(JSON.stringify(json, null, 2));
    const digest = digestOf(bytes);
    for (const form of [digest, ...tags]) this.#manifests.set(`${name} ${form}`, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  }

  /** Stores an image with one layer per text. */
  image(
    name: string,
    config: object,
    layers: readonly (string | Uint8Array)[],
    more: { readonly tags?: readonly string[]; readonly annotations?: Record<string, string> } = {},
  ): StoredImage {
    const stored = layers.map((layer) => this.blob(layer));
    const configuration = this.blob(JSON.stringify(config), ociConfig);
    const manifest = {
      schemaVersion: 2,
      mediaType: ociManifest,
      config: configuration,
      layers: stored,
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    };
    return { ...this.manifest(name, manifest, ociManifest, ...(more.tags ?? [])), config: configuration, layers: stored };
  }

  /** What was pushed under a tag or digest. */
  // biome-ignore lint/suspicious/noExplicitAny: manifests are looked into freely
  pushed(name: string, form: string): any {
    const found = this.#manifests.get(`${name} ${form}`);
    return found === undefined ? undefined : JSON.parse(found.bytes.toString());
  }

  content(digest: string): Buffer | undefined {
    return this.#blobs.get(digest);
  }

  #wrong(text: string): void {
    this.violations.push(text);
  }

  /** A request that no client may make. */
  #refuse(text: string, status: number, say: Say): undefined {
    this.#wrong(text);
    return say(status);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const method = request.method ?? "";
    const url = new URL(request.url ?? "/", this.url);
    const path = decodeURIComponent(url.pathname);
    this.requests.push({ method, path: request.url ?? "", headers: request.headers });
    const say = (status: number, headers: Record<string, string> = {}, content: string | Uint8Array = ""): undefined => {
      const bytes = Buffer.from(content as string);
      response.writeHead(status, { "Content-Length": String(headers["Content-Length"] ?? bytes.length), ...headers });
      response.end(method === "HEAD" ? undefined : bytes);
    };
    const instead = this.instead.get(`${method} ${path}`)?.shift();
    if (instead === "hang") return;
    if (instead !== undefined) {
      const { status, headers = {}, body: text = "" } = typeof instead === "number" ? { status: instead } : instead;
      return say(status, headers, text);
    }
    if (method === "GET" && body.length > 0) this.#wrong(`${method} ${path} has a body`);
    if (path === "/token") return this.#token(request, url, body, say);
    if (!path.startsWith("/v2/")) return say(404);
    const [, name = "", kind = "", rest = ""] = /^\/v2\/(.*)\/(manifests|blobs|referrers)\/(.*)$/.exec(path) ?? [];
    if (kind === "") return this.#refuse(`${method} ${path} is no address of the API`, 404, say);
    if (!this.#authorized(request, name, method === "GET" || method === "HEAD" ? "pull" : "push", say)) return;
    if (kind === "manifests") return this.#manifestRequest(method, name, rest, request, body, say);
    if (kind === "blobs") return this.#blobRequest(method, name, rest, request, url, body, say);
    return this.#referrersRequest(name, rest, say);
  }

  #token(request: IncomingMessage, url: URL, body: Buffer, say: Say): undefined {
    const { auth } = this.#options;
    if (auth === undefined) return say(404);
    const form = request.method === "POST" ? new URLSearchParams(body.toString()) : url.searchParams;
    if (form.get("service") !== "test registry") this.#wrong("the token service is not told the service");
    const scope = form.get("scope") ?? "";
    if (!/^repository:[^:]+:pull(,push)?$/.test(scope)) this.#wrong(`the scope is '${scope}'`);
    const known =
      request.method === "POST"
        ? form.get("grant_type") === "refresh_token" && auth.identity !== undefined && form.get("refresh_token") === auth.identity
        : request.headers.authorization === basic(auth);
    if (!known) return say(401);
    const token = `token-${++this.#tokens}-${Buffer.from(scope).toString("hex")}`;
    say(
      200,
      { "Content-Type": "application/json" },
      JSON.stringify(request.method === "POST" ? { access_token: token } : { token }),
    );
  }

  #authorized(request: IncomingMessage, name: string, action: "pull" | "push", say: Say): boolean {
    const { auth } = this.#options;
    const given = request.headers.authorization;
    if (auth === undefined) return true;
    const errors = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
    if (auth.kind === "basic") {
      if (given === basic(auth)) return true;
      say(401, { "WWW-Authenticate": 'Basic realm="test registry"' }, errors);
      return false;
    }
    const [, scope = ""] = /^Bearer token-\d+-([0-9a-f]*)$/.exec(given ?? "") ?? [];
    const [, repository, actions = ""] = Buffer.from(scope, "hex").toString().split(":");
    if (repository === name && actions.split(",").includes(action)) return true;
    const realm = auth.realm ?? `${this.url}/token`;
    const wanted = `repository:${name}:${action === "pull" ? "pull" : "pull,push"}`;
    say(401, { "WWW-Authenticate": `Bearer realm="${realm}",service="test registry",scope="${wanted}"` }, errors);
    return false;
  }

  #manifestRequest(method: string, name: string, form: string, request: IncomingMessage, body: Buffer, say: Say): undefined {
    const key = `${name} ${form}`;
    if (method === "PUT") return this.#putManifest(name, form, String(request.headers["content-type"] ?? ""), body, say);
    if (method !== "GET" && method !== "HEAD") return say(405);
    const found = this.#manifests.get(key);
    if (found === undefined) return say(404, {}, JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN" }] }));
    const accepted = String(request.headers.accept ?? "")
      .split(",")
      .map((item) => item.trim());
    if (!accepted.includes(found.type)) this.#wrong(`${method} ${form}: ${found.type} isn't accepted`);
    say(
      200,
      {
        "Content-Type": found.type,
        "Docker-Content-Digest": digestOf(found.bytes),
        "Content-Length": String(found.bytes.length),
      },
      found.bytes,
    );
  }

  #putManifest(name: string, form: string, type: string, body: Buffer, say: Say): undefined {
    const digest = digestOf(body);
    let json: {
      mediaType?: string;
      config?: StoredDescriptor;
      layers?: StoredDescriptor[];
      manifests?: StoredDescriptor[];
      subject?: StoredDescriptor;
    };
    try {
      json = JSON.parse(body.toString());
    } catch {
      return this.#refuse("a manifest that is no JSON was pushed", 400, say);
    }
    if (json.mediaType !== type) this.#wrong(`the manifest says ${json.mediaType}, its Content-Type ${type}`);
    if (form.startsWith("sha256:") && form !== digest)
      return this.#refuse("a manifest was pushed under another digest", 400, say);
    for (const blob of [json.config, ...(json.layers ?? [])]) {
      if (blob === undefined || this.#blobs.get(blob.digest)?.length === blob.size) continue;
      this.#wrong(`the manifest names the blob ${blob.digest}, which isn't there`);
    }
    for (const { digest: child, size } of json.manifests ?? []) {
      if (this.#manifests.get(`${name} ${child}`)?.bytes.length !== size)
        this.#wrong(`the index names ${child}, which isn't there`);
    }
    for (const key of [digest, form]) this.#manifests.set(`${name} ${key}`, { type, bytes: body });
    const subject = json.subject !== undefined && this.#options.referrers !== false ? { "OCI-Subject": json.subject.digest } : {};
    say(201, { "Docker-Content-Digest": digest, Location: `/v2/${name}/manifests/${digest}`, ...subject });
  }

  #blobRequest(
    method: string,
    name: string,
    rest: string,
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    say: Say,
  ): undefined {
    const upload = /^uploads\/(.*)$/.exec(rest);
    if (upload !== null) return this.#upload(method, name, upload[1] as string, request, url, body, say);
    const found = this.#blobs.get(rest);
    if (method === "DELETE") return this.#blobs.delete(rest) ? say(202) : say(404);
    if (found === undefined) return say(404, {}, JSON.stringify({ errors: [{ code: "BLOB_UNKNOWN" }] }));
    const { redirectBlobs } = this.#options;
    if (redirectBlobs !== undefined && method === "GET")
      return say(307, { Location: `${redirectBlobs}/${rest}?signature=hidden` });
    say(
      200,
      { "Content-Type": "application/octet-stream", "Docker-Content-Digest": rest, "Content-Length": String(found.length) },
      found,
    );
  }

  #upload(method: string, name: string, id: string, request: IncomingMessage, url: URL, body: Buffer, say: Say): undefined {
    if (method === "POST" && id === "") {
      const fresh = `u${this.#uploads.size + 1}`;
      this.#uploads.set(fresh, Buffer.alloc(0));
      return say(202, { Location: `/v2/${name}/blobs/uploads/${fresh}?state=1`, Range: "0-0" });
    }
    const before = this.#uploads.get(id);
    if (before === undefined) return say(404);
    if (url.searchParams.get("state") === null) this.#wrong("the query of the upload's address was lost");
    const range = request.headers["content-range"];
    if (body.length > 0 && range !== undefined && range !== `${before.length}-${before.length + body.length - 1}`) {
      return say(416, { Location: `/v2/${name}/blobs/uploads/${id}?state=1`, Range: `0-${Math.max(before.length - 1, 0)}` });
    }
    const content = Buffer.concat([before, body]);
    if (method === "PATCH") {
      this.#uploads.set(id, content);
      return say(202, { Location: `/v2/${name}/blobs/uploads/${id}?state=1`, Range: `0-${content.length - 1}` });
    }
    if (method !== "PUT") return say(405);
    const digest = url.searchParams.get("digest") ?? "";
    if (digest !== digestOf(content)) {
      this.#wrong(`an upload was finished with the digest ${digest}`);
      return say(400, {}, JSON.stringify({ errors: [{ code: "DIGEST_INVALID" }] }));
    }
    this.#blobs.set(digest, content);
    this.#uploads.delete(id);
    return say(201, { Location: `/v2/${name}/blobs/${digest}`, "Docker-Content-Digest": digest });
  }

  #referrersRequest(name: string, digest: string, say: Say): undefined {
    if (this.#options.referrers === false) return say(404);
    const manifests: object[] = [];
    for (const [key, { type, bytes }] of this.#manifests) {
      const own = `${name} ${digestOf(bytes)}`;
      const json = JSON.parse(bytes.toString());
      if (key !== own || json.subject?.digest !== digest) continue;
      const { artifactType, annotations } = json;
      manifests.push({ mediaType: type, digest: digestOf(bytes), size: bytes.length, artifactType, annotations });
    }
    say(200, { "Content-Type": ociIndex }, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
  }
}

type Say = (status: number, headers?: Record<string, string>, content?: string | Uint8Array) => undefined;

function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
