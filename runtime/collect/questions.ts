/**
 * HTTP questions of collectors: few tries, a short limit for each and one for all of them together, and an outcome instead of an exception. Nothing here may
 * hold up a report for long, whatever the other side does (`collection.md` 7.2, 8.1, 9).
 */
import { type Host, HostError, type HttpRequest, type HttpResponse } from "../host/host.js";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import { reasonOf } from "../reason.js";

/** What became of a question. */
export type Outcome = Answered | Unanswered;

export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  /** `404 Not Found`. */
  readonly statusText: string;
  readonly text: string;
}

export interface Unanswered {
  readonly kind: "unanswered";
  /** The errno name, if the system gave one. */
  readonly code: string;
  /** Was there a connection? */
  readonly reached: boolean;
  readonly reason: string;
}

export interface Patience {
  /** Milliseconds for one try. */
  readonly timeout: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Milliseconds before the second try, doubled before each further one; default 0. */
  readonly pause?: number;
  /** Instant on the monotonic clock at which there is no more asking. */
  readonly until?: number;
}

const outOfTime: Unanswered = { kind: "unanswered", code: "ETIMEDOUT", reached: false, reason: "there was no time left to ask" };

const success = (outcome: Outcome): boolean => outcome.kind === "answered" && outcome.status >= 200 && outcome.status < 300;

/** The text of an answer that is a success; undefined for everything else. */
export const successText = (outcome: Outcome): string | undefined =>
  outcome.kind === "answered" && success(outcome) ? outcome.text : undefined;

/** Why an outcome is not a success, without the address (which may hold a secret). */
export const problemOf = (outcome: Outcome): string => (outcome.kind === "answered" ? outcome.statusText : outcome.reason);

/** A refusal stays a refusal; only what may pass is worth another try. */
const isFinal = (outcome: Outcome): boolean => outcome.kind === "answered" && outcome.status < 500 && outcome.status !== 429;

const answered = ({ status, statusText, body }: HttpResponse): Answered => ({
  kind: "answered",
  status,
  statusText: `${status} ${statusText}`.trimEnd(),
  text: new TextDecoder().decode(body),
});

const unanswered = (error: unknown): Unanswered => ({
  kind: "unanswered",
  code: error instanceof HostError ? error.code : "EIO",
  reached: error instanceof HostError && error.call !== "connect",
  reason: reasonOf(error),
});

/** Milliseconds that the next try may take; undefined if there is no time left. */
function limitOf({ timeout, until }: Patience, host: Host): number | undefined {
  if (until === undefined) return timeout;
  const left = Math.floor(until - host.clock.monotonic());
  return left <= 0 ? undefined : Math.min(timeout, left);
}

/** Asks until there is an answer that won't change, or patience is at its end. Never rejects. */
export async function ask(host: Host, request: HttpRequest, patience: Patience): Promise<Outcome> {
  let last: Outcome = outOfTime;
  for (let attempt = 0; attempt <= patience.retries; attempt++) {
    if (attempt > 0 && patience.pause !== undefined) await host.clock.sleep(patience.pause * 2 ** (attempt - 1));
    const timeout = limitOf(patience, host);
    if (timeout === undefined) break;
    try {
      last = answered(await host.network.request({ ...request, timeout }));
    } catch (error) {
      last = unanswered(error);
    }
    if (isFinal(last)) break;
  }
  return last;
}

/** The same, blocking, for phases that don't wait. */
export function askSync(host: Host, request: HttpRequest, patience: Patience): Outcome {
  let last: Outcome = outOfTime;
  for (let attempt = 0; attempt <= patience.retries; attempt++) {
    if (attempt > 0 && patience.pause !== undefined) host.clock.sleepSync(patience.pause * 2 ** (attempt - 1));
    const timeout = limitOf(patience, host);
    if (timeout === undefined) break;
    try {
      last = answered(host.network.requestSync({ ...request, timeout }));
    } catch (error) {
      last = unanswered(error);
    }
    if (isFinal(last)) break;
  }
  return last;
}

/** A JSON document; throws if the text isn't one. */
export function jsonOf(text: string): Json {
  const parsed = parseJson(text);
  if ("error" in parsed) throw new Error(`the answer is not JSON: ${parsed.error}`);
  return parsed.value;
}

/** A JSON object; throws if the text isn't one. */
export function objectOf(text: string): JsonObject {
  const json = jsonOf(text);
  if (!isJsonObject(json)) throw new Error("the answer is not a JSON object");
  return json;
}

/** The value at a path of member names, undefined where one is missing. */
export function memberAt(json: Json | undefined, ...names: readonly string[]): Json | undefined {
  let current = json;
  for (const name of names) current = isJsonObject(current) ? current.get(name) : undefined;
  return current ?? undefined;
}

/** The same, if it is text that isn't empty. */
export function textAt(json: Json | undefined, ...names: readonly string[]): string | undefined {
  const value = memberAt(json, ...names);
  return typeof value === "string" && value !== "" ? value : undefined;
}
