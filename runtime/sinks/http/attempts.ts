/**
 * Sending a request until it succeeds (`runtime-core.md` 11.6): up to three attempts, and only what may be different next time is tried again: network
 * errors, 408, 429 and 5xx. What remains is sorted into hard and soft failures (11.2).
 */
import { type Host, HostError, type HttpRequest, type HttpResponse } from "../../host/host.js";
import { SinkFailure } from "../types.js";

const pauses = [100, 200] as const;
const isTransient = (status: number) => status === 408 || status === 429 || status >= 500;

/** Milliseconds that the server asks us to wait; undefined if it doesn't say, or a date that can't be read. */
function retryAfter(host: Host, response: HttpResponse): number | undefined {
  const text = response.headers["retry-after"]?.trim();
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  // The date is one of the server's clock, which need not agree with ours.
  const now = Date.parse(response.headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : Math.max(0, date - (Number.isNaN(now) ? host.clock.now() : now));
}

/** One line about a transport failure, without URL parameters. */
export function transportText(error: unknown): string {
  return error instanceof HostError
    ? `${error.message.includes(error.code) ? "" : `${error.code} `}${error.message}`
    : String(error);
}

/** The status line as logged: `200 OK`. */
export function statusText(response: HttpResponse): string {
  return `${response.status} ${response.statusText}`.trim();
}

export interface AttemptOptions {
  /** Longest pause that `Retry-After` may ask for, ms; 0: as long as it likes. */
  readonly timeout: number;
}

/**
 * Runs `send` (given the attempt number from 1) and returns the first answer that is not transient, or the last one. Throws a soft `SinkFailure`
 * when even the last attempt got no answer; failures that `send` throws itself end it at once.
 */
export async function withAttempts(
  host: Host,
  send: (attempt: number) => Promise<HttpResponse>,
  options: AttemptOptions,
): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt++) {
    const pause = pauses[attempt - 1];
    let wait = pause ?? 0;
    try {
      const response = await send(attempt);
      if (!isTransient(response.status) || pause === undefined) return response;
      if (response.status === 429) {
        const asked = retryAfter(host, response) ?? 0;
        wait = Math.max(wait, options.timeout > 0 ? Math.min(asked, options.timeout) : asked);
      }
    } catch (error) {
      if (error instanceof SinkFailure) throw error;
      if (pause === undefined) throw new SinkFailure("soft", transportText(error));
    }
    await host.clock.sleep(wait);
  }
}

/** The failure that an unsuccessful answer means: 4xx except 429 is hard, all else soft. */
export function failureOf(what: string, response: HttpResponse): SinkFailure {
  const hard = response.status >= 400 && response.status < 500 && response.status !== 429;
  return new SinkFailure(hard ? "hard" : "soft", `${what} failed: ${statusText(response)}`);
}

export const isSuccess = (response: HttpResponse) => response.status >= 200 && response.status < 300;

const maximumRedirects = 3;

export interface Redirectable {
  readonly request: HttpRequest;
  /** Headers that must not go to another host: the user's own and those of the auth. */
  readonly privateHeaders: ReadonlySet<string>;
  readonly disallowHttp: boolean;
}

const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
const isUpgrade = (from: URL, to: URL) => from.protocol === "http:" && to.protocol === "https:" && from.hostname === to.hostname;
/** Same service, or the same host by https instead of http: never a step down. */
const isSameParty = (from: URL, to: URL) =>
  isUpgrade(from, to) || (from.protocol === to.protocol && from.hostname === to.hostname && portOf(from) === portOf(to));

function redirectTarget(status: number, from: URL, location: string | undefined, disallowHttp: boolean): URL {
  if (location === undefined) throw new SinkFailure("soft", `redirect ${status} without a location`);
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw new SinkFailure("soft", `redirect ${status} to something that is no URL`);
  }
  if (to.protocol !== "https:" && (to.protocol !== "http:" || disallowHttp))
    throw new SinkFailure("soft", `redirect ${status} to a ${to.protocol.slice(0, -1)} URL refused`);
  const repeats = status === 307 || status === 308 || ((status === 301 || status === 302) && isSameParty(from, to));
  if (!repeats) throw new SinkFailure("soft", `redirect ${status} to ${to.origin} would drop the report; refused`);
  return to;
}

/**
 * Sends a request with a body and follows redirects that repeat method and body: 307 and 308 anywhere, 301 and 302 within the same host. Private
 * headers stay with the first host. Throws a soft `SinkFailure` for any other redirect and for the fourth one.
 */
export async function sendFollowing(host: Host, target: Redirectable): Promise<HttpResponse> {
  let { url, headers } = target.request;
  for (let redirects = 0; ; redirects++) {
    const response = await host.network.request({ ...target.request, url, headers });
    if (response.status < 300 || response.status > 399 || response.status === 304) return response;
    if (redirects === maximumRedirects) throw new SinkFailure("soft", `more than ${maximumRedirects} redirects`);
    const from = new URL(url);
    const to = redirectTarget(response.status, from, response.headers.location, target.disallowHttp);
    if (!isSameParty(from, to))
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !target.privateHeaders.has(name.toLowerCase())));
    url = to.href;
  }
}
