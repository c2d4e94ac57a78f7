/**
 * A `docker` that only plays docker: it answers the questions that chalk asks, records how it was run, and ends as it is told. So the docker half can be
 * tested without an engine (`docker.md` 21).
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StandInAnswers {
  /** Does the tool chain know `--build-context`? Default true. */
  readonly buildx?: boolean;
  /** Exit codes of the runs in front of the user, the last for all that follow. */
  readonly exits?: readonly number[];
  /** `docker image inspect NAME`, by name. */
  readonly images?: Readonly<Record<string, unknown>>;
  /** Marks of images, by name: their last layer copied it. */
  readonly marks?: Readonly<Record<string, string>>;
  /** Ids of all local images. */
  readonly list?: readonly string[];
  /** Platforms of the builder, as buildx lists them. */
  readonly builderPlatforms?: string;
  /** Say something else than JSON when asked to inspect. */
  readonly garbage?: boolean;
  /** What a build writes into its iid file. */
  readonly iid?: string;
  /** What a build writes into its metadata file. */
  readonly metadata?: unknown;
  /** `docker buildx inspect`. */
  readonly builder?: string;
  /** Files of the builder's containers, as `CONTAINER:PATH`. */
  readonly nodeFiles?: Readonly<Record<string, string>>;
  /** More lines of `docker info`. */
  readonly info?: string;
  /** Wait so long (milliseconds) in runs in front of the user. */
  readonly wait?: number;
}

/** One run in front of the user. */
export interface StandInRun {
  readonly argv: readonly string[];
  readonly stdin: string;
  /** Files of each `--build-context`, with their modes and, for small ones, contents. */
  readonly contexts: Readonly<Record<string, Readonly<Record<string, { readonly mode: string; readonly text?: string }>>>>;
  readonly invocations: string | undefined;
  /** Files of the working directory. */
  readonly files: readonly string[];
}

const script = `
const fs = require("node:fs"), path = require("node:path");
const home = HOME;
const answers = JSON.parse(fs.readFileSync(path.join(home, "answers.json"), "utf8"));
const argv = process.argv.slice(2);
const say = (text, status = 0) => { process.stdout.write(text); process.exitCode = status; };
const known = answers.buildx !== false;
const [first, second] = argv;
function inspect(name) {
  if (answers.garbage) return say("not { JSON");
  const found = (answers.images || {})[name];
  return found === undefined ? say("", 1) : say(JSON.stringify([found]));
}
if (first === "--version") say("Docker version 28.2.2, build e6534b4\\n");
else if (first === "version" && argv.length === 1) say("Client:\\n Version: 28.2.2\\nServer:\\n Engine:\\n  Version: 28.2.2\\n");
else if (first === "context") say('{"Name":"default"}\\n');
else if (first === "info" && argv.length === 1) say("Server:\\n Storage Driver: overlay2\\n" + (answers.info || ""));
else if (first === "image" && second === "inspect") inspect(argv[2]);
else if (first === "rmi" || first === "rm") say("");
else if (first === "images") say((answers.list || []).map((id) => id + "\\n").join(""));
else if (first === "container") say("", 1);
else if (first === "history") say((answers.marks || {})[argv[1]] === undefined ? "CMD x\\n" : "CMD x\\nCOPY file:ab in /chalk.json\\n");
else if (first === "create") say("of:" + argv[2]);
else if (first === "cp") {
  const [container, file] = argv[2].split(/:(?=\\/)/);
  const text = file === "/chalk.json" ? (answers.marks || {})[container.slice(3)] : undefined;
  if (text === undefined) say("", 1);
  else fs.writeFileSync(argv[3], text);
}
else if (first === "buildx" && second === "version") known ? say("github.com/docker/buildx v0.24.0 abc\\n") : say("", 1);
else if (first === "buildx" && second === "inspect") say(answers.builder || "Name: default\\nBuildKit version: v0.22.0\\nPlatforms: " + (answers.builderPlatforms || "linux/amd64, linux/arm64") + "\\n");
else if (first === "exec" && argv[2] === "cat") {
  const file = (answers.nodeFiles || {})[argv[1] + ":" + argv[3]];
  file === undefined ? say("", 1) : say(file);
}
else if (first === "buildx" && second === "imagetools") say("", 1);
else {
  const record = path.join(home, "runs.jsonl");
  const count = fs.readFileSync(record, "utf8").split("\\n").filter(Boolean).length;
  const contexts = {};
  argv.forEach((word, i) => {
    if (word !== "--build-context") return;
    const [name, directory] = argv[i + 1].split(/=(.*)/s);
    if (!fs.existsSync(directory)) return;
    contexts[name] = {};
    for (const entry of fs.readdirSync(directory, { recursive: true })) {
      const stat = fs.statSync(path.join(directory, entry));
      if (stat.isFile()) contexts[name][entry] = { mode: (stat.mode & 0o777).toString(8), ...(stat.size < 100000 ? { text: fs.readFileSync(path.join(directory, entry), "utf8") } : {}) };
    }
  });
  const takesInput = argv.some((word, i) => word === "-f" && argv[i + 1] === "-") || argv.includes("cat") || argv.includes("--password-stdin");
  const stdin = takesInput ? fs.readFileSync(0, "utf8") : "";
  fs.appendFileSync(record, JSON.stringify({ argv, stdin, contexts, invocations: process.env.__CHALK_INVOCATIONS__, files: fs.readdirSync(".") }) + "\\n");
  if (argv.includes("cat")) process.stdout.write(stdin);
  const exits = answers.exits || [0];
  const status = exits[Math.min(count, exits.length - 1)];
  const at = argv.indexOf("--iidfile");
  if (status === 0 && at >= 0) fs.writeFileSync(argv[at + 1], answers.iid || "sha256:" + "e5".repeat(32));
  const described = argv.indexOf("--metadata-file");
  if (status === 0 && described >= 0 && answers.metadata) fs.writeFileSync(argv[described + 1], JSON.stringify(answers.metadata));
  process.exitCode = status;
  if (answers.wait) {
    process.on("SIGTERM", () => process.exit(143));
    fs.writeFileSync(path.join(home, "waiting"), "");
    setTimeout(() => {}, answers.wait);
  }
}
`;

export class DockerStandIn {
  /** Directory to be put into PATH. */
  readonly directory: string;
  readonly #home: string;

  constructor(base: string, answers: StandInAnswers = {}) {
    this.#home = join(base, "docker-stand-in");
    this.directory = join(this.#home, "bin");
    mkdirSync(this.directory, { recursive: true });
    const program = join(this.#home, "docker.cjs");
    writeFileSync(program, script.replace("HOME", JSON.stringify(this.#home)));
    writeFileSync(
      join(this.directory, "docker"),
      `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(program)} "$@"\n`,
    );
    chmodSync(join(this.directory, "docker"), 0o755);
    this.answer(answers);
  }

  /** Forgets what was recorded, and answers like this from now on. */
  answer(answers: StandInAnswers): void {
    writeFileSync(join(this.#home, "answers.json"), JSON.stringify(answers));
    writeFileSync(join(this.#home, "runs.jsonl"), "");
  }

  get runs(): readonly StandInRun[] {
    return readFileSync(join(this.#home, "runs.jsonl"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as StandInRun);
  }

  /** Has a run with `wait` begun to wait? */
  get isWaiting(): boolean {
    return existsSync(join(this.#home, "waiting"));
  }
}
