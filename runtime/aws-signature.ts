/** AWS Signature Version 4 for one request with a signed payload hash: what the `s3` sink and the question who we are (STS) need of it. */
import type { Hashing } from "./host/host.js";

export interface SignedRequest {
  readonly method: string;
  /** Host name and port as in the `Host` header. */
  readonly host: string;
  /** Path, already percent-encoded. */
  readonly path: string;
  readonly region: string;
  readonly service: string;
  readonly payloadHash: string;
  /** Lower-case names; `host` and the `x-amz-` headers are added here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

const encoder = new TextEncoder();
const blockLength = 64;

/** HMAC-SHA256 (RFC 2104). */
export function hmac(hashing: Hashing, key: Uint8Array, message: string): Uint8Array {
  const padded = new Uint8Array(blockLength);
  padded.set(key.length > blockLength ? hashing.digest("sha256", key) : key);
  const inner = hashing.digest(
    "sha256",
    concat(
      padded.map((b) => b ^ 0x36),
      encoder.encode(message),
    ),
  );
  return hashing.digest(
    "sha256",
    concat(
      padded.map((b) => b ^ 0x5c),
      inner,
    ),
  );
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Percent-encodes a path the way AWS signs it: everything but unreserved characters and `/`. */
export function encodePath(path: string): string {
  return path
    .split("/")
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`))
    .join("/");
}

/** The headers to send, `authorization` included; `host` is left to the HTTP client. */
export function signedHeaders(hashing: Hashing, request: SignedRequest): Record<string, string> {
  const stamp = new Date(request.time).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = stamp.slice(0, 8);
  const sent: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": request.payloadHash,
    "x-amz-date": stamp,
    ...(request.token === "" ? {} : { "x-amz-security-token": request.token }),
  };
  const signed = Object.entries({ ...sent, host: request.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    request.path,
    "",
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    request.payloadHash,
  ].join("\n");
  const scope = `${day}/${request.region}/${request.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, hashing.hex("sha256", canonical)].join("\n");
  const key = [day, request.region, request.service, "aws4_request"].reduce<Uint8Array>(
    (current, part) => hmac(hashing, current, part),
    encoder.encode(`AWS4${request.secretKey}`),
  );
  const signature = hex(hmac(hashing, key, toSign));
  const authorization = `AWS4-HMAC-SHA256 Credential=${request.accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...sent, authorization };
}
