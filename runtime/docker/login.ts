/**
 * Logging in to configured registries before an image is built or pushed (`docker.md` 18.1): a service hands out name and password, docker gets them on
 * its standard input. Whatever fails is an error in the log and no more; neither answers nor passwords are ever part of a message.
 */
import { type Host, HostError } from "../host/host.js";
import { isJsonObject, type JsonObject, parseJson, textAt } from "../json.js";
import { reasonOf } from "../reason.js";
import type { DockerLog } from "./build.js";
import type { DockerProgram } from "./engine.js";
import type { ExtraRegistry, LoginService } from "./extra-registries.js";

export interface LoginServices {
  readonly host: Host;
  readonly program: DockerProgram;
  readonly globals: readonly string[];
  readonly log: DockerLog;
  /** Headers of an `auth_config`. Throws if it cannot be used. */
  readonly authHeaders: (name: string) => ReadonlyMap<string, string>;
}

const attempts = 3;
const loginTimeout = 60_000;

class LoginError extends Error {}

/** Asks the service; two more times if it cannot be reached or doesn't answer well. */
async function askService(registry: string, login: LoginService, services: LoginServices): Promise<JsonObject> {
  const url = `${login.uri}${login.uri.includes("?") ? "&" : "?"}registry=${encodeURIComponent(registry)}`;
  const headers = Object.fromEntries(login.auth === "" ? [] : services.authHeaders(login.auth));
  let problem = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const { status, body } = await services.host.network.request({ method: "GET", url, headers, timeout: login.timeout });
      if (status === 200) {
        const parsed = parseJson(new TextDecoder().decode(body));
        if ("value" in parsed && isJsonObject(parsed.value)) return parsed.value;
        throw new LoginError("its answer is no JSON object");
      }
      problem = `it answers with status ${status}`;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      problem = error.message;
    }
  }
  throw new LoginError(problem);
}

async function logInTo({ uri }: ExtraRegistry, login: LoginService, services: LoginServices): Promise<void> {
  const answer = await askService(uri, login, services);
  const [user, password] = [textAt(answer, "username"), textAt(answer, "password")];
  if (user === "" || password === "") throw new LoginError("its answer has no username and password");
  const target = textAt(answer, "repository") || textAt(answer, "registry") || uri;
  // What begins with a dash would be taken for a flag.
  if (user.startsWith("-") || target.startsWith("-")) throw new LoginError("its answer cannot be used");
  const words = [...services.globals, "login", "-u", user, "--password-stdin", target];
  services.log("trace", `docker: runs: docker ${words.join(" ")}`);
  const result = services.program.ask(words, { input: password, timeout: loginTimeout });
  if (result.failure === undefined && result.status === 0) return;
  const said = new TextDecoder().decode(result.stderr).trim().split("\n").at(-1) ?? "";
  throw new LoginError(result.failure ?? `docker login ends with status ${result.status}: ${said.replaceAll(password, "…")}`);
}

/** Logs in to those registries that have a login service. */
export async function logIn(registries: readonly ExtraRegistry[], services: LoginServices): Promise<void> {
  for (const registry of registries) {
    if (registry.login === undefined) continue;
    try {
      await logInTo(registry, registry.login, services);
      services.log("info", `docker: logged in to ${registry.uri}`);
    } catch (error) {
      services.log("error", `docker: no login to ${registry.uri} by docker_registry ${registry.name}: ${reasonOf(error)}`);
    }
  }
}
