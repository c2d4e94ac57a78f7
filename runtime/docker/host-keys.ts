/**
 * Versions of docker in reports of commands that have nothing to do with it (`docker.md` 14.6): asked only when somebody subscribed, all questions at the same
 * time, and a docker that does not answer soon counts as unknown. Commands that wrap docker have asked before, the engine that they work with.
 *
 * Reports are frequent and starting docker is not for nothing, so what cannot have an answer (no engine listens, no plug-in is installed) is not asked.
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

function isThere({ files }: Host, path: string): boolean {
  try {
    return files.find(path) !== undefined;
  } catch {
    return false;
  }
}

/** Where docker keeps its settings. */
const configuration = ({ processes, machine }: Host) => processes.variable("DOCKER_CONFIG") || `${machine.home() ?? ""}/.docker`;

/** Could there be an engine? Its socket is where it always is, or something says that it is elsewhere. */
function mayHaveEngine(host: Host): boolean {
  const elsewhere = ["DOCKER_HOST", "DOCKER_CONTEXT"].some((name) => Boolean(host.processes.variable(name)));
  return elsewhere || ["/var/run/docker.sock", `${configuration(host)}/config.json`].some((path) => isThere(host, path));
}

const pluginDirectories = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
];

/** Could there be buildx? A configuration may name further directories of plug-ins. */
function mayHaveBuildx(host: Host): boolean {
  const own = configuration(host);
  return (
    isThere(host, `${own}/config.json`) ||
    [`${own}/cli-plugins`, ...pluginDirectories].some((directory) => isThere(host, `${directory}/docker-buildx`))
  );
}

interface HostKey {
  readonly question: readonly string[];
  readonly mayHave: (host: Host) => boolean;
  readonly read: (engine: DockerEngine) => string;
}

const keys: Readonly<Record<string, HostKey>> = {
  _DOCKER_CLIENT_VERSION: { question: ["--version"], mayHave: () => true, read: (engine) => engine.clientVersion.text },
  _DOCKER_SERVER_VERSION: { question: ["version"], mayHave: mayHaveEngine, read: (engine) => engine.serverVersion.text },
  _DOCKER_BUILDX_VERSION: {
    question: ["buildx", "version"],
    mayHave: mayHaveBuildx,
    read: (engine) => engine.buildxVersion.text,
  },
  _DOCKER_INFO: { question: ["info"], mayHave: mayHaveEngine, read: (engine) => engine.info },
};

const nothing = new Uint8Array();
const unanswered: RunResult = { status: 1, stdout: nothing, stderr: nothing };

/** An engine that knows these answers, by question, and no others. */
function engineOf(host: Host, answers: ReadonlyMap<string, RunResult>): DockerEngine {
  const ask = (words: readonly string[]): RunResult => answers.get(words.join(" ")) ?? unanswered;
  const run = () => Promise.reject(new Error("nothing is run in front of the user"));
  return new DockerEngine({ host, program: { ask, run }, globals: [], isBuildx: false, builder: "", log: () => {} });
}

/** Waiting aside costs more than a short program, so a single question is simply asked. */
async function askAll(host: Host, docker: string, questions: readonly (readonly string[])[]): Promise<readonly RunResult[]> {
  const { run, runAside } = host.processes;
  const options = { timeout: patience };
  const [first, ...others] = questions;
  if (first !== undefined && others.length === 0) return [run(docker, first, { ...options, input: "" })];
  return Promise.all(questions.map((question) => runAside(docker, question, options)));
}

/** The `docker` plugin's part in the reports of other commands. */
export const dockerHost: Collector = {
  name: "docker",
  async collectReport(context) {
    const { host, settings, log } = context;
    if (context.cache.has(cacheName)) return new Map();
    const wanted = Object.entries(keys).filter(([key, { mayHave }]) => context.subscribed(key) && mayHave(host));
    if (wanted.length === 0) return new Map();
    // It has no default, and to find that out the whole schema would be read.
    const configured = settings.isSet("docker_exe") ? settings.string("docker_exe") : "";
    const docker = findDocker({ host, configured, warn: (message) => log("trace", message) });
    if (docker === undefined) return new Map();
    const questions = wanted.map(([, { question }]) => question);
    const answers = await askAll(host, docker, questions);
    const engine = engineOf(host, new Map(questions.map((question, i) => [question.join(" "), answers[i] as RunResult])));
    return new Map<string, Json>(wanted.map(([key, { read }]) => [key, read(engine)]));
  },
};
