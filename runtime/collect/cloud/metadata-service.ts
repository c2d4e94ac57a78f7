/**
 * The metadata service of a cloud instance (`collection.md` 7.2): plain HTTP to a link-local address. Each path is asked for once in a collection, at most
 * eight at a time, and nothing after five seconds.
 */
import { ask, type Outcome, type Patience } from "../questions.js";
import type { CollectContext } from "../types.js";

const defaultAddress = "169.254.169.254";
const mostInFlight = 8;
const totalTime = 5_000;

export class MetadataService {
  readonly #context: CollectContext;
  readonly #patience: Patience;
  readonly #known = new Map<string, Promise<Outcome>>();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #headers: Readonly<Record<string, string>>;

  /** @param headers sent with every request */
  constructor(context: CollectContext, headers: Readonly<Record<string, string>>) {
    this.#context = context;
    this.#headers = headers;
    this.#patience = { timeout: 1_000, retries: 2, until: context.host.clock.monotonic() + totalTime };
  }

  /** What becomes of a request for a path; the same outcome for everybody who asks for it. */
  get(path: string): Promise<Outcome> {
    let known = this.#known.get(path);
    if (known === undefined) this.#known.set(path, (known = this.#inTurn(() => this.#ask("GET", path, this.#headers))));
    return known;
  }

  /** A PUT without a body, asked for before anything else. */
  put(path: string, headers: Readonly<Record<string, string>>): Promise<Outcome> {
    return this.#ask("PUT", path, headers);
  }

  /** Sends these headers from now on. */
  identify(headers: Readonly<Record<string, string>>): void {
    this.#headers = headers;
  }

  #ask(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Outcome> {
    const { host, settings } = this.#context;
    const url = `http://${settings.string("cloud_provider.metadata_ip", defaultAddress)}${path}`;
    return ask(host, { method, url, headers }, this.#patience);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= mostInFlight) await new Promise<void>((turn) => this.#waiting.push(turn));
    else this.#inFlight++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inFlight--;
      else next();
    }
  }
}
