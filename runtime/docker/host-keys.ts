/**
 * Versions of docker in reports of commands that have nothing to do with it (`docker.md` 14.6): asked only when somebody subscribed, all questions at the same
 * time, and a docker that does not answer soon counts as unknown. Commands that wrap docker have asked before, the engine that they work with.
 */
import type { CollectContext, Collector } from "../collect/types.js";
import type { Host, RunResult } from "../host/host.js";
import type { Json } from "../json.js";
import { DockerEngine } from "./engine.js";
import { findDocker } from "./find.js";

const cacheName = "docker tool chain";
const patience = 3_000;

/** Tells the collector that this operation has its versions. */
export function toolChainIsKnown(context: CollectContext): void {
  context.cache.set(cacheName, true);
}

const keys: Readonly<Record<string, { readonly question: readonly string[]; readonly read: (engine: DockerEngine) => string }>> =
  {
    _DOCKER_CLIENT_VERSION: { question: ["--version"], read: (engine) => engine.clientVersion.text },
    _DOCKER_SERVER_VERSION: { question: ["version"], read: (engine) => engine.serverVersion.text },
    _DOCKER_BUILDX_VERSION: { question: ["buildx", "version"], read: (engine) => engine.buildxVersion.text },
    _DOCKER_INFO: { question: ["info"], read: (engine) => engine.info },
  };

const nothing = new Uint8Array();
const unanswered: RunResult = { status: 1, stdout: nothing, stderr: nothing };

/** An engine that knows these answers, by question, and no others. */
function engineOf(host: Host, answers: ReadonlyMap<string, RunResult>): DockerEngine {
  const ask = (words: readonly string[]): RunResult => answers.get(words.join(" ")) ?? unanswered;
  const run = () => Promise.reject(new Error("nothing is run in front of the user"));
  return new DockerEngine({ host, program: { ask, run }, globals: [], isBuildx: false, builder: "", log: () => {} });
}

/** The `docker` plugin's part in the reports of other commands. */
export const dockerHost: Collector = {
  name: "docker",
  async collectReport(context) {
    const wanted = Object.entries(keys).filter(([key]) => context.subscribed(key));
    if (wanted.length === 0 || context.cache.has(cacheName)) return new Map();
    const { host, settings, log } = context;
    const configured = settings.string("docker_exe", "");
    const docker = findDocker({ host, configured, warn: (message) => log("trace", message) });
    if (docker === undefined) return new Map();
    const answers = await Promise.all(
      wanted.map(async ([, { question }]) => {
        const answer = await host.processes.runAside(docker, question, { timeout: patience });
        return [question.join(" "), answer] as const;
      }),
    );
    const engine = engineOf(host, new Map(answers));
    return new Map<string, Json>(wanted.map(([key, { read }]) => [key, read(engine)]));
  },
};
