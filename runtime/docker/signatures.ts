/**
 * Signatures of images (`docker.md` 17.6; `runtime-core.md` 15.3, 15.4): what is pushed is signed in every repository that has it, what was found is looked up
 * there. Needs a registry that confirmed the image's digest; nothing that fails here is more than a line in the log.
 */
import type { Artifact } from "../collect/types.js";
import type { Host } from "../host/host.js";
import { compact, type JsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import type { Attachments } from "../registry/attach.js";
import type { FoundRepository } from "../registry/repositories.js";
import type { UploadOptions } from "../registry/upload.js";
import type { Operation } from "../report/index.js";
import type { VerifiedAttestation } from "../signing/attestation.js";
import type { Signer } from "../signing/signer.js";
import type { DockerLog } from "./build.js";
import { displayForm } from "./references.js";
import type { Registries } from "./registries.js";

export interface SignatureServices {
  readonly host: Host;
  readonly registries: Registries;
  readonly upload: UploadOptions;
  /** List attestations under a tag even where the registry lists them itself. */
  readonly useTag: boolean;
  readonly log: DockerLog;
}

export class ImageSignatures {
  private readonly services: SignatureServices;
  private attachments: Attachments | undefined;

  constructor(services: SignatureServices) {
    this.services = services;
  }

  /** Signs the image in its repositories. The mark's text is what the image holds. */
  async sign(
    signer: Signer,
    operation: Operation,
    artifact: Artifact,
    found: readonly FoundRepository[],
    mark: JsonObject,
  ): Promise<void> {
    if (found.length === 0) return;
    const { host, registries, upload, useTag, log } = this.services;
    const [{ signImage }, { Attachments: Pending }] = await Promise.all([
      import("../registry/attestations.js"),
      import("../registry/attach.js"),
    ]);
    const client = await registries.client();
    this.attachments ??= new Pending({ host, client, upload, useTag, log });
    const envelopes: JsonObject[] = [];
    for (const { image, repository } of found) {
      try {
        const signing = { host, client, signer, attachments: this.attachments };
        envelopes.push(await signImage(signing, image, mark, compact(mark)));
      } catch (error) {
        log("error", `docker: ${displayForm(repository)}: the image is not signed: ${reasonOf(error)}`);
      }
    }
    operation.setArtifact(artifact, "_SIGNATURES", envelopes);
  }

  /** Pushes the tags that wait for the end. */
  async finish(): Promise<void> {
    await this.attachments?.finish();
  }

  /** The attestations of an image, one at most of each repository. */
  async find(found: readonly FoundRepository[]): Promise<VerifiedAttestation[]> {
    if (found.length === 0) return [];
    const { findAttestation } = await import("../registry/attestations.js");
    const client = await this.services.registries.client();
    const attestations: VerifiedAttestation[] = [];
    for (const { repository, image } of found) {
      const attestation = await findAttestation(this.services.host, client, { ...repository, digest: image.digest });
      if (attestation !== undefined) attestations.push(attestation);
    }
    return attestations;
  }

  /** Stores what the attestations say about the artifact's mark. One about another mark says nothing about it. */
  judge(operation: Operation, artifact: Artifact, attestations: readonly VerifiedAttestation[]): void {
    const { log } = this.services;
    const id = artifact.mark?.get("METADATA_ID");
    const about = attestations.filter(({ mark }) => mark.get("METADATA_ID") === id);
    const good = about.filter(({ valid }) => valid);
    if (attestations.length > about.length) log("warn", `docker: ${artifact.name}: an attestation is about another chalk mark`);
    if (good.length > 0) {
      operation.setArtifact(
        artifact,
        "_SIGNATURES",
        good.map(({ envelope }) => envelope),
      );
      operation.setArtifact(artifact, "_VALIDATED_SIGNATURE", true);
    } else if (about.length > 0) {
      log("error", `docker: ${artifact.name}: the signature of the image is wrong`);
      operation.setArtifact(artifact, "_INVALID_SIGNATURE", true);
    } else if (artifact.mark?.has("INJECTOR_PUBLIC_KEY") === true) {
      log("warn", `docker: ${artifact.name}: the image was to be signed, but there is no attestation of it`);
      operation.setArtifact(artifact, "_VALIDATED_SIGNATURE", false);
    }
  }
}
