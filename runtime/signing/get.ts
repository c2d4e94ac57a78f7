/**
 * Key provider `get`: a service of the user's that gives key pair and password as JSON (`runtime-core.md` 15.2). Nothing of an answer, and of the address no
 * more than host and path, gets into messages: both may hold secrets.
 */
import { HostError } from "../host/host.js";
import { isJsonObject, type JsonObject, parseJson } from "../json.js";
import { reasonOf } from "../reason.js";
import { isKeyProblem, type KeyProblem } from "./encrypted-key.js";
import type { KeyProvider, ProviderServices, UnlockedPair } from "./providers.js";

const SECTION = "attestation.attestation_key_get";
const DEFAULT_TIMEOUT = 3000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/i;

class GetProvider implements KeyProvider {
  private readonly services: ProviderServices;

  constructor(services: ProviderServices) {
    this.services = services;
  }

  /** Asks the service, with a query added; the members of its answer. */
  private ask(query?: readonly [name: string, value: string]): JsonObject | KeyProblem {
    const { host, settings, auth, warn, version } = this.services;
    const address = settings.string(`${SECTION}.uri`, "");
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol))
      return { problem: `${SECTION}.uri is not the address of a service: it must begin with https://` };
    const shown = `${url.protocol}//${url.host}${url.pathname}`;
    if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) warn(`${shown}: keys travel unencrypted; use https`);
    if (query !== undefined) url.searchParams.append(...query);
    try {
      const name = settings.string(`${SECTION}.auth`, "");
      const response = host.network.requestSync({
        method: "GET",
        url: url.href,
        headers: {
          "user-agent": `chalk/${version}`,
          accept: "application/json",
          ...(name === "" ? {} : Object.fromEntries(auth(name))),
        },
        timeout: Math.max(1, settings.duration(`${SECTION}.timeout`, DEFAULT_TIMEOUT)),
      });
      if (response.status !== 200) return { problem: `${shown}: the key service answers ${response.status}` };
      const parsed = parseJson(response.body);
      if ("value" in parsed && isJsonObject(parsed.value)) return parsed.value;
      return { problem: `${shown}: the key service does not answer with a JSON object` };
    } catch (error) {
      const reason = error instanceof HostError ? error.code : reasonOf(error);
      return { problem: `${shown}: the key service cannot be asked: ${reason}` };
    }
  }

  retrieve(): UnlockedPair | KeyProblem {
    const answer = this.ask();
    if (isKeyProblem(answer)) return answer;
    const [encryptedPrivateKey, publicKey, password] = ["privateKey", "publicKey", "password"].map((name) => answer.get(name));
    if (typeof encryptedPrivateKey !== "string" || typeof publicKey !== "string" || typeof password !== "string")
      return { problem: "the answer of the key service lacks privateKey, publicKey or password" };
    return { encryptedPrivateKey, publicKey, password };
  }

  password(): string | KeyProblem {
    const answer = this.ask(["only", "password"]);
    if (isKeyProblem(answer)) return answer;
    const password = answer.get("password");
    return typeof password === "string" ? password : { problem: "the answer of the key service lacks password" };
  }
}

/** Makes the provider. */
export function createGetProvider(services: ProviderServices): KeyProvider {
  return new GetProvider(services);
}
