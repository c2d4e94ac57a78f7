/**
 * DSSE envelopes: a payload with its type, and signatures over both (`runtime-core.md` 15.3). What is signed is not the payload alone but its "pre-authentication
 * encoding", so that a signature for one type never fits another.
 */
import { fromBase64, toBase64, utf8 } from "../base64.js";
import type { Cryptography } from "../host/host.js";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import type { Signer } from "./signer.js";

export const IN_TOTO_TYPE = "application/vnd.in-toto+json";

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}

/** `DSSEv1 <length of type> <type> <length of payload> <payload>`, lengths in bytes. */
export function preAuthentication(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = utf8(`DSSEv1 ${utf8(payloadType).length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

/** The envelope of a payload as JSON, signed by one key. Throws a `HostError` if signing fails. */
export function sealEnvelope(signer: Signer, payloadType: string, payload: Uint8Array): JsonObject {
  return new Map<string, Json>([
    ["payloadType", payloadType],
    ["payload", toBase64(payload)],
    ["signatures", [new Map([["sig", signer.sign(preAuthentication(payloadType, payload))]])]],
  ]);
}

/** Reads an envelope; undefined if that is none. */
export function readEnvelope(json: Json | undefined): Envelope | undefined {
  if (!isJsonObject(json)) return undefined;
  const [payloadType, payload, signatures] = [json.get("payloadType"), json.get("payload"), json.get("signatures")];
  if (typeof payloadType !== "string" || typeof payload !== "string" || !isJsonList(signatures)) return undefined;
  try {
    const texts = signatures.map((item) => (isJsonObject(item) ? item.get("sig") : undefined));
    return {
      payloadType,
      payload: fromBase64(payload),
      signatures: texts.filter((text) => typeof text === "string").map(fromBase64),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Did this key sign the envelope? Throws a `HostError` if it is no key. */
export function isSignedBy(cryptography: Cryptography, envelope: Envelope, publicKey: string): boolean {
  const signed = preAuthentication(envelope.payloadType, envelope.payload);
  return envelope.signatures.some((signature) => cryptography.verify(publicKey, signed, signature));
}
