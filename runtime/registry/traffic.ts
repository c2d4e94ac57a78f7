/**
 * Requests to registries (`docker.md` 17.2): a time limit for each, two more attempts where the next may fare better, redirects on which credentials stay
 * with the host that they are for, and a limit for everything together, so that a slow registry never holds up a build for long.
 */
import { type Host, HostError, type HttpRequest, type HttpResponse } from "../host/host.js";
import type { Endpoint } from "./endpoints.js";
import { RegistryError } from "./failure.js";

const requestTimeout = 3_000;
const pauses = [100, 200] as const;
/** Longest pause that a registry may ask for. */
const longestPause = 3_000;
/** For all requests of the process that only read. */
const totalTime = 30_000;
const maximumRedirects = 5;
const answerLimit = 4 << 20;
const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Milliseconds; absent: that of every question. */
  readonly timeout?: number;
  /** Longest answer in bytes; absent: that of a manifest. */
  readonly limit?: number;
}

/** An address without what may be secret: queries of signed addresses, user names. */
export function publicAddress(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname}`;
  } catch {
    return "an address that is no URL";
  }
}

/** The host of an address that a registry named: trust that the registry was given isn't meant for it. */
export function elsewhere({ source, mirror }: Endpoint, url: string): Endpoint {
  return { url: originOf(url), source, mirror, insecure: false };
}

const certificateFailure = /CERT|SELF_SIGNED|UNABLE_TO|SSL|TLS|EPROTO|HOSTNAME/;

const definite: ReadonlySet<string> = new Set(["EMSGSIZE", "ECONNREFUSED", "ENOTFOUND"]);

/** Would the same failure come again? */
function isLasting(error: unknown): boolean {
  return error instanceof HostError && (definite.has(error.code) || certificateFailure.test(error.code));
}

function originOf(url: string): string {
  return new URL(url).origin;
}

export class Traffic {
  private readonly host: Host;
  private spent = 0;

  constructor(host: Host) {
    this.host = host;
  }

  /**
   * One question with its repetitions. An answer of any status is an answer. Throws a `RegistryError`: `unreachable` without an answer, `invalid` if the answer
   * is too long.
   */
  async exchange(endpoint: Endpoint, wanted: Exchange): Promise<HttpResponse> {
    for (let attempt = 0; ; attempt++) {
      const pause = pauses[attempt];
      let wait: number = pause ?? 0;
      try {
        const response = await this.timed(endpoint, wanted);
        if (pause === undefined || !transient.has(response.status)) return response;
        wait = Math.max(wait, this.retryAfter(response));
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        if (error.code === "EMSGSIZE") throw new RegistryError("invalid", `${publicAddress(wanted.url)}: ${error.message}`);
        if (pause === undefined || isLasting(error))
          throw new RegistryError("unreachable", `${publicAddress(wanted.url)}: ${transportReason(error)}`);
      }
      await this.host.clock.sleep(wait);
    }
  }

  /** The same, with redirects. Only questions without a body are repeated elsewhere. */
  async follow(endpoint: Endpoint, wanted: Exchange): Promise<HttpResponse> {
    let current = wanted;
    let at = endpoint;
    for (let redirects = 0; ; redirects++) {
      const response = await this.exchange(at, current);
      const { location } = response.headers;
      if (!redirecting.has(response.status) || location === undefined) return response;
      if (redirects === maximumRedirects)
        throw new RegistryError("invalid", `${publicAddress(wanted.url)}: more than ${maximumRedirects} redirects`);
      const url = redirectTarget(current.url, location);
      if (originOf(url) !== originOf(current.url)) {
        // Another host gets no credentials, and no trust that was given to the first.
        current = { ...current, headers: withoutAuthorization(current.headers) };
        at = elsewhere(endpoint, url);
      }
      current = { ...current, url };
    }
  }

  private async timed(endpoint: Endpoint, wanted: Exchange): Promise<HttpResponse> {
    const { clock, network } = this.host;
    const reads = wanted.body === undefined;
    if (reads && this.spent >= totalTime)
      throw new RegistryError(
        "unreachable",
        `registries took more than ${totalTime / 1000} s; ${publicAddress(wanted.url)} is not asked`,
      );
    const request: HttpRequest = {
      ...wanted,
      // Services in front of registries turn away who doesn't say what it is.
      headers: { "User-Agent": "chalk", ...wanted.headers },
      timeout: wanted.timeout ?? requestTimeout,
      limit: wanted.limit ?? answerLimit,
      ...(endpoint.authority === undefined ? {} : { trust: endpoint.authority.text }),
      ...(endpoint.insecure ? { unverified: true } : {}),
    };
    const began = clock.monotonic();
    try {
      return await network.request(request);
    } finally {
      if (reads) this.spent += clock.monotonic() - began;
    }
  }

  private retryAfter({ headers }: HttpResponse): number {
    const text = headers["retry-after"]?.trim() ?? "";
    if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestPause);
    const date = Date.parse(text);
    return Number.isNaN(date) ? 0 : Math.min(Math.max(date - this.host.clock.now(), 0), longestPause);
  }
}

/** Why there is no answer. Messages of the engine may repeat the address with its query, so only codes are taken of those that we don't write. */
function transportReason({ code, message }: HostError): string {
  if (code === "ETIMEDOUT") return message.includes("no complete answer") ? message : "no answer in time";
  return code;
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
}

function redirectTarget(from: string, location: string): string {
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw new RegistryError("invalid", `${publicAddress(from)}: redirects to something that is no URL`);
  }
  const downgrade = from.startsWith("https:") && to.protocol === "http:";
  if (downgrade || (to.protocol !== "https:" && to.protocol !== "http:"))
    throw new RegistryError("invalid", `${publicAddress(from)}: redirect to a ${to.protocol.slice(0, -1)} address refused`);
  to.username = "";
  to.password = "";
  return to.href;
}
