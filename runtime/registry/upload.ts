/**
 * Putting things into a registry (`docker.md` 17.7): blobs in chunks that go on where the registry says it is, and manifests. What is there already is not
 * sent again.
 */
import { displayForm, type ImageReference, isAskable } from "../docker/references.js";
import { checked } from "./client.js";
import type { RegistryAnswer, RegistryConnection, RegistryRequest } from "./connection.js";
import type { RegistryLog } from "./credentials.js";
import { RegistryError } from "./failure.js";
import { hexOf } from "./manifests.js";

/** Content that need not be in memory. */
export interface BlobSource {
  readonly size: number;
  /** Plain hex of SHA-256. */
  readonly digest: string;
  read(offset: number, length: number): Uint8Array;
}

export interface UploadOptions {
  /** Bytes of a chunk (`docker.registry_layer_chunk_size`). */
  readonly chunkSize: number;
  /** Milliseconds for each request (`docker.registry_layer_upload_timeout`). */
  readonly timeout: number;
}

/** Content that is in memory. */
export function blobOf(bytes: Uint8Array, digest: string): BlobSource {
  return { size: bytes.length, digest, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** After so many answers of the same place we believe that the registry has what we sent. */
const patience = 2;
const resumeLimit = 5;
const nothing = new Uint8Array(0);

/** The offset that a `Range: 0-LAST` header means; undefined if there is none. */
export function nextOffset(range: string | undefined): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(range?.trim() ?? "")?.[1];
  return last === undefined ? undefined : Number(last) + 1;
}

class Upload {
  private readonly connection: RegistryConnection;
  private readonly repository: ImageReference;
  private readonly source: BlobSource;
  private readonly options: UploadOptions;
  private chunk: number;
  private location = "";
  /** What the registry has. */
  private at = 0;
  private stale = 0;
  private resumes = 0;

  constructor(connection: RegistryConnection, repository: ImageReference, source: BlobSource, options: UploadOptions) {
    this.connection = connection;
    this.repository = repository;
    this.source = source;
    this.options = options;
    this.chunk = Math.max(options.chunkSize, 1);
  }

  private get what(): string {
    return `${displayForm(this.repository)}: blob ${this.source.digest}`;
  }

  private send(request: RegistryRequest): Promise<RegistryAnswer> {
    return this.connection.send(this.repository, "write", { timeout: this.options.timeout, ...request });
  }

  /** Where the next request goes. */
  private follow({ headers, endpoint }: RegistryAnswer): void {
    if (headers.location === undefined) {
      if (this.location === "") throw new RegistryError("invalid", `${this.what}: the registry names no place for the upload`);
      return;
    }
    try {
      this.location = new URL(headers.location, this.location || endpoint.url).href;
    } catch {
      throw new RegistryError("invalid", `${this.what}: the registry names a place for the upload that is no URL`);
    }
  }

  async run(): Promise<void> {
    const { source } = this;
    if (source.size === 0) throw new RegistryError("invalid", `${this.what}: nothing to upload`);
    const there = await this.send({ method: "HEAD", path: `/blobs/sha256:${source.digest}` });
    if (there.status === 200) return;
    const begun = checked(await this.send({ method: "POST", path: "/blobs/uploads/", body: nothing }), this.what);
    const minimum = Number(begun.headers["oci-chunk-min-length"]);
    if (Number.isSafeInteger(minimum)) this.chunk = Math.max(this.chunk, minimum);
    this.follow(begun);
    while (source.size - this.at > this.chunk) await this.patch();
    await this.finish();
  }

  private headers(length: number): Record<string, string> {
    const whole = this.at === 0 && length === this.source.size;
    return {
      "Content-Type": "application/octet-stream",
      ...(whole ? {} : { "Content-Range": `${this.at}-${this.at + length - 1}` }),
    };
  }

  private async patch(): Promise<void> {
    const length = this.chunk;
    const answer = await this.send({
      method: "PATCH",
      path: this.location,
      headers: this.headers(length),
      body: this.source.read(this.at, length),
    });
    if (answer.status === 416) return this.resume(answer);
    checked(answer, this.what);
    this.follow(answer);
    const next = nextOffset(answer.headers.range) ?? this.at + length;
    if (next < this.at) throw new RegistryError("invalid", `${this.what}: the registry lost what it had`);
    if (next === this.at && ++this.stale < patience) return;
    // Some registries say where they were, not where they are.
    this.at = next === this.at ? this.at + length : Math.min(next, this.source.size);
    this.stale = 0;
  }

  /** The registry expects something else than what was sent. */
  private resume(answer: RegistryAnswer): void {
    const next = nextOffset(answer.headers.range);
    if (next === undefined || next > this.source.size || ++this.resumes > resumeLimit)
      throw new RegistryError("refused", `${this.what}: the registry doesn't say where to go on`, answer.status);
    this.follow(answer);
    this.at = next;
  }

  private async finish(): Promise<void> {
    for (;;) {
      const url = new URL(this.location);
      const query = url.search === "" ? "?" : `${url.search}&`;
      url.search = `${query}digest=sha256:${this.source.digest}`;
      const length = this.source.size - this.at;
      const answer = await this.send({
        method: "PUT",
        path: url.href,
        headers: length === 0 ? {} : this.headers(length),
        body: length === 0 ? nothing : this.source.read(this.at, length),
      });
      if (answer.status === 416) {
        this.resume(answer);
        continue;
      }
      checked(answer, this.what);
      const told = answer.headers["docker-content-digest"];
      if (told !== undefined && hexOf(told) !== this.source.digest)
        throw new RegistryError("invalid", `${this.what}: the registry has stored something else`);
      return;
    }
  }
}

/** Puts a blob into a repository. Throws a `RegistryError`. */
export async function uploadBlob(
  connection: RegistryConnection,
  repository: ImageReference,
  source: BlobSource,
  options: UploadOptions,
): Promise<void> {
  await new Upload(connection, { ...repository, tag: "", digest: "" }, source, options).run();
}

/** Takes a blob away again. A registry that doesn't do that is only warned about. Throws a `RegistryError`. */
export async function deleteBlob(
  connection: RegistryConnection,
  repository: ImageReference,
  digest: string,
  log: RegistryLog,
): Promise<void> {
  const what = `${displayForm({ ...repository, tag: "", digest: "" })}: blob ${digest}`;
  const answer = await connection.send(repository, "write", { method: "DELETE", path: `/blobs/sha256:${digest}` });
  if (answer.status === 405) log("warn", `docker: ${what} cannot be deleted: the registry doesn't do that`);
  else if (answer.status !== 404) checked(answer, what);
}

export interface PushedManifest {
  /** Plain hex. */
  readonly digest: string;
  /** The registry lists it among the referrers of its subject by itself. */
  readonly isReferrer: boolean;
}

/**
 * Puts a manifest into a repository, under a tag or its digest. Throws a `RegistryError`.
 * @param reference with the tag or the digest of the bytes
 */
export async function putManifest(
  connection: RegistryConnection,
  reference: ImageReference,
  bytes: Uint8Array,
  mediaType: string,
  digest: string,
): Promise<PushedManifest> {
  if (!isAskable(reference)) throw new RegistryError("invalid", "not a reference that a registry could have");
  const form = reference.tag === "" ? `sha256:${digest}` : reference.tag;
  const request = { method: "PUT", path: `/manifests/${form}`, headers: { "Content-Type": mediaType }, body: bytes };
  const answer = checked(await connection.send(reference, "write", request), displayForm(reference));
  const told = answer.headers["docker-content-digest"];
  if (told !== undefined && hexOf(told) !== digest)
    throw new RegistryError("invalid", `${displayForm(reference)}: the registry has stored something else`);
  return { digest, isReferrer: answer.headers["oci-subject"] !== undefined };
}
