/**
 * The two-step requests of sink `presign` and of object stores (`runtime-core.md` 11.7, 14): the configured service answers with a redirect to a signed URL,
 * and the body goes there. The second request carries only what the first answer says; no header of ours or the user's leaks to the storage host.
 */
import type { Host, HttpResponse } from "../../host/host.js";
import { SinkFailure } from "../types.js";
import { failureOf, withAttempts } from "./attempts.js";
import type { Trust } from "./config.js";
import type { Headers } from "./headers.js";

export interface PresignedRequest {
  readonly method: "PUT" | "HEAD";
  readonly url: string;
  /** Of the first request, without `X-Chalk-Attempt`. */
  readonly headers: Headers;
  /** Of the second request, besides those that the first answer names. */
  readonly extraHeaders?: Headers;
  readonly body: Uint8Array | undefined;
  readonly timeout: number;
  readonly trust: Trust;
  readonly disallowHttp: boolean;
  /** How messages name it: `Presign`. */
  readonly what: string;
}

export interface PresignedAnswer {
  readonly first: HttpResponse;
  readonly second: HttpResponse;
}

function signedUrl(request: PresignedRequest, response: HttpResponse): URL {
  const location = response.headers.location ?? "";
  if (!/^https?:\/\//i.test(location) || !URL.canParse(location))
    throw new SinkFailure("hard", `${request.what} failed: the redirect names no absolute URL`);
  const url = new URL(location);
  if (url.protocol === "http:" && request.disallowHttp)
    throw new SinkFailure("hard", `${request.what} failed: redirected to plain http, which disallow_http forbids`);
  return url;
}

function forwardedHeaders(response: HttpResponse): Headers {
  const names = (response.headers["x-forward-headers"] ?? "").split(",").map((name) => name.trim());
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = name === "" ? undefined : response.headers[name.toLowerCase()];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

const withAttempt = (headers: Headers, attempt: number): Headers => ({ ...headers, "X-Chalk-Attempt": String(attempt) });

/**
 * Makes both requests, each with retries. Throws a `SinkFailure` if the first is not answered by 302 or 307 with an absolute URL; what the second
 * answers is for the caller to judge.
 */
export async function presigned(host: Host, request: PresignedRequest): Promise<PresignedAnswer> {
  const { method, timeout, body } = request;
  const pinned = request.trust;
  const first = await withAttempts(
    host,
    (attempt) =>
      host.network.request({ method, url: request.url, headers: withAttempt(request.headers, attempt), timeout, ...pinned }),
    { timeout },
  );
  if (first.status !== 302 && first.status !== 307) throw failureOf(request.what, first);
  const url = signedUrl(request, first);
  const headers = { ...request.extraHeaders, ...forwardedHeaders(first) };
  // A pinned certificate says nothing about another host.
  const isOther = url.hostname !== new URL(request.url).hostname;
  const trust: Trust = pinned.trust !== undefined && isOther ? {} : pinned;
  const second = await withAttempts(
    host,
    (attempt) =>
      host.network.request({
        method,
        url: url.href,
        headers: withAttempt(headers, attempt),
        timeout,
        ...(body === undefined ? {} : { body }),
        ...trust,
      }),
    { timeout },
  );
  return { first, second };
}
