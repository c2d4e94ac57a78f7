/** What a docker build or push does besides wrapping (`docker.md` 3, 5 step 7, 6.4, 18), with the compiled executable and a stand-in for docker. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn, type StandInAnswers } from "../helpers/docker-stand-in.js";
import { createSandbox, messagesOf, type RunOptions } from "../helpers/sandbox.js";
import { startServer } from "../helpers/server.js";

const box = createSandbox();
const docker = new DockerStandIn(box.base);
const path = `${docker.directory}:${process.env["PATH"]}`;
const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const foreign = architecture === "arm64" ? "linux/amd64" : "linux/arm64";
const alpine = { Id: "sha256:a1", Os: "linux", Architecture: architecture, Config: { Cmd: ["/bin/sh"], User: "" } };
const mark =
  '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "AAAAAA-BBBB-CCCC-DDDDDD", "CHALK_VERSION" : "1.0", "METADATA_ID" : "EEEEEE-FFFF-GGGG-HHHHHH" }';

function prepare(answers: StandInAnswers): void {
  docker.answer({ images: { alpine }, ...answers });
  box.clearLog();
}

function run(words: readonly string[], answers: StandInAnswers = {}, options: RunOptions = {}) {
  prepare(answers);
  return box.run(words, { ...options, environment: { PATH: path, ...options.environment } });
}

/** A project outside of memory file systems, where artifacts are looked for by default. */
function projectOnDisk(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "chalk-context-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return join(box.work, project(relative(box.work, directory), files));
}

/** The same while this process answers requests. */
async function runBeside(words: readonly string[], answers: StandInAnswers = {}) {
  prepare(answers);
  const child = spawn(box.chalk, words, {
    cwd: box.work,
    env: box.environment({ PATH: path }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const status = await new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  return { status, stderr, messages: messagesOf(stderr) };
}

function project(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(box.work, name, file, ".."), { recursive: true });
    writeFileSync(join(box.work, name, file), text);
  }
  return name;
}

const argvs = (): readonly (readonly string[])[] => docker.runs.map(({ argv }) => argv);
const app = project("app", { Dockerfile: 'FROM alpine\nENTRYPOINT ["serve"]\n' });
const registries = box.write(
  "registries.c4m",
  `docker {
  docker_registry mirror {
  uri: "mirror.example.com:5000"
  docker_push all {
    repository: "team/web"
    tags: ["release", "p-{docker_platform}", "x-{No_such_key}", "bad{", "at {docker_context}!"]
  }
  docker_push off {
    enabled: false
    repository: "team/off"
    tags: ["never"]
  }
  }
}
`,
);
const extra = [
  "mirror.example.com:5000/team/web:release",
  `mirror.example.com:5000/team/web:p-linux-${architecture}`,
  "mirror.example.com:5000/team/web:at-app-",
];

test("a build that pushes gets the tags of configured registries", () => {
  const result = run([`--config-file=${registries}`, "--log-level=warn", "docker", "build", "--push", "-t", "web:1", app]);
  assert.is(result.status, 0, result.stderr);
  const argv = argvs()[0]!;
  assert.equal(
    argv.filter((_, i) => argv[i - 1] === "-t"),
    ["web:1", ...extra],
  );
  assert.match(
    result.stderr,
    "the tag x-{No_such_key} for mirror.example.com:5000/team/web is left out: there is no chalk-time key No_such_key",
  );
  assert.match(result.stderr, "the tag bad{ for mirror.example.com:5000/team/web is left out: its braces don't match");
  run([`--config-file=${registries}`, "docker", "buildx", "build", "--push", app]);
  const outputs = argvs()[0]!.filter((_, i) => argvs()[0]![i - 1] === "--output");
  assert.equal(
    outputs,
    extra.map((reference) => `type=image,push=true,name=${reference}`),
  );
  run([`--config-file=${registries}`, "docker", "build", "-t", "web:1", app]);
  assert.is(
    argvs()[0]!.some((word) => word.includes("mirror")),
    false,
    "nothing without a push",
  );
});

test("a pushed image is pushed under the other tags, too, by the keys of its mark", () => {
  const marked = mark.replace(" }", ', "DOCKER_PLATFORM" : "linux/x", "DOCKER_CONTEXT" : "c" }');
  const answers = { images: { "web:1": alpine }, marks: { "sha256:a1": marked, "web:1": marked } };
  assert.is(run([`--config-file=${registries}`, "docker", "push", "web:1"], answers).status, 0);
  const references = ["release", "p-linux-x", "at-c-"].map((tag) => `mirror.example.com:5000/team/web:${tag}`);
  assert.equal(argvs(), [
    ["push", "web:1"],
    ...references.flatMap((reference) => [
      ["tag", "web:1", reference],
      ["push", reference],
    ]),
  ]);
  const failing = run([`--config-file=${registries}`, "docker", "push", "web:1"], { ...answers, exits: [0, 1] });
  assert.is(failing.status, 0, "the user's own push succeeded");
  assert.match(failing.stderr, "web:1 is not pushed as mirror.example.com:5000/team/web:release: docker tag");
});

test("logins come from a service, and secrets stay out of sight", async () => {
  const answer = { status: 200, body: '{"username":"robot","password":"s3cret-word","repository":"mirror.example.com/team"}' };
  const server = await startServer([503, answer, { status: 200, body: '{"username":"x"}' }]);
  try {
    const file = box.write(
      "login.c4m",
      `auth_config basics {
  auth: "basic"
  username: "me"
  password: "hidden-word"
}
docker {
  docker_registry mirror {
    uri: "mirror.example.com"
    login_method: "get"
    docker_login_get {
      uri: "${server.url}/login"
      auth: "basics"
    }
  }
  docker_registry open {
    uri: "open.example.com"
    login_method: "get"
    docker_login_get {
      uri: "${server.url}/other?a=b"
    }
  }
}
`,
    );
    const result = await runBeside([`--config-file=${file}`, "--log-level=trace", "docker", "build", app]);
    assert.is(result.status, 0, result.stderr);
    assert.equal(docker.runs[0]!.argv, ["login", "-u", "robot", "--password-stdin", "mirror.example.com/team"]);
    assert.is(docker.runs[0]!.stdin, "s3cret-word");
    assert.is(docker.runs[1]!.argv[0], "build");
    assert.equal(
      server.received.map(({ path: asked }) => asked),
      ["/login?registry=mirror.example.com", "/login?registry=mirror.example.com", "/other?a=b&registry=open.example.com"],
    );
    assert.is(server.received[0]!.headers["authorization"], `Basic ${Buffer.from("me:hidden-word").toString("base64")}`);
    assert.match(result.stderr, "no login to open.example.com by docker_registry open: its answer has no username and password");
    for (const secret of ["s3cret-word", "hidden-word"]) assert.is(result.stderr.includes(secret), false);
    assert.is(JSON.stringify(box.reports).includes("s3cret-word"), false);
  } finally {
    await server.stop();
  }
});

test("a Dockerfile in a work tree is named by its path in it", () => {
  const name = project("repository", { "sub/Dockerfile": "FROM alpine\n", "sub/x": "" });
  spawnSync("git", ["init", "-q", name], { cwd: box.work, env: box.environment() });
  const words = ["docker", "build", `${name}/sub`];
  const within = box.write("within.c4m", "report_template insertion_default {\n  key.DOCKERFILE_PATH_WITHIN_VCTL.use: true\n}\n");
  assert.is(run([`--config-file=${within}`, ...words]).status, 0);
  assert.is(box.reports[0]!["_CHALKS"][0].DOCKERFILE_PATH_WITHIN_VCTL, "sub/Dockerfile");
  assert.is(run([`--config-file=${within}`, "docker", "build", "-f", "app/Dockerfile", `${name}/sub`]).status, 0);
  assert.is(box.reports[0]!["_CHALKS"][0].DOCKERFILE_PATH_WITHIN_VCTL, undefined, "outside of the repository");
});

test("an additional context that isn't there is a warning, and no more", () => {
  const result = run([
    "--log-level=warn",
    "docker",
    "build",
    "--build-context",
    "lib=/no/such",
    "--build-context",
    "img=docker-image://x",
    app,
  ]);
  assert.is(result.status, 0);
  assert.match(result.stderr, "the build context lib=/no/such is no directory");
  assert.is(result.stderr.includes("img="), false);
});

test("files of the context are marked if that is wanted, and the image names their marks", () => {
  const name = projectOnDisk({
    Dockerfile: "FROM alpine\nCOPY tool.sh /\n",
    "tool.sh": "#!/bin/sh\necho hi\n",
    "data.txt": "x",
  });
  const file = box.write("contained.c4m", "chalk_contained_items: true\n");
  const result = run([`--config-file=${file}`, "docker", "build", name]);
  assert.is(result.status, 0, result.stderr);
  const marked = readFileSync(join(name, "tool.sh"), "utf8");
  assert.match(marked, "dadfedabbadabbed");
  const id = /"CHALK_ID" : "([^"]+)"/.exec(marked)![1];
  const own = JSON.parse(docker.runs[0]!.contexts["chalkcontext0"]!["chalk.json"]!.text!);
  assert.equal(
    own.EMBEDDED_CHALK.map((entry: { CHALK_ID: string }) => entry.CHALK_ID),
    [id],
  );
  const plain = projectOnDisk({ Dockerfile: "FROM alpine\n", "t.sh": "#!/bin/sh\n" });
  assert.is(run(["docker", "build", plain]).status, 0);
  assert.is(readFileSync(join(plain, "t.sh"), "utf8"), "#!/bin/sh\n");
});

test("the context is looked through for artifacts of the configured kinds", () => {
  const name = projectOnDisk({ Dockerfile: "FROM alpine\n", "deep/tool.sh": "#!/bin/sh\necho hi\n" });
  const quiet = ["--log-level=error", "--skip-command-report"];
  assert.is(box.run([...quiet, "insert", join(name, "deep")]).status, 0);
  const all = box.write("scan-all.c4m", "docker.scan_context.run: true\ndocker.scan_context.codecs: []\n");
  assert.is(run([`--config-file=${all}`, "docker", "build", name]).status, 0);
  const collected = box.reports[0]!["_COLLECTED_ARTIFACTS"] ?? [];
  assert.ok(
    collected.some((artifact: { _OP_ARTIFACT_PATH?: string }) => artifact._OP_ARTIFACT_PATH?.endsWith("deep/tool.sh")),
    JSON.stringify(collected),
  );
  const some = box.write("scan-some.c4m", 'docker.scan_context.run: true\ndocker.scan_context.codecs: ["certs"]\n');
  assert.is(run([`--config-file=${some}`, "docker", "build", name]).status, 0);
  assert.is(JSON.stringify(box.reports[0]!["_COLLECTED_ARTIFACTS"] ?? []).includes("tool.sh"), false);
});

test("preparation for post-exec needs a builder that can run the platform, or leave to install emulators", () => {
  const settings = (name: string, more: string): string =>
    box.write(
      name,
      `docker.wrap_entrypoint: true\ndocker.runtime_libraries: "never"\ndocker.prep_postexec: true\nexec.postexec.run: true\ndocker.arch_binary_locations: {"${foreign}": "${box.chalk}"}\n${more}`,
    );
  const rooted = project("rooted", { Dockerfile: 'FROM alpine\nUSER root\nENTRYPOINT ["serve"]\n' });
  const words = ["docker", "build", "--platform", foreign, rooted];
  const builderPlatforms = `linux/${architecture}*, linux/386`;
  const without = run([`--config-file=${settings("prepare.c4m", "")}`, ...words], { builderPlatforms });
  assert.is(without.status, 0);
  assert.match(without.stderr, `the builder cannot run programs for ${foreign}, and docker.install_binfmt is false`);
  assert.match(docker.runs[0]!.stdin, "ENTRYPOINT [");
  assert.is(docker.runs[0]!.stdin.includes("prep_postexec"), false);
  const emulated = settings("emulate.c4m", 'docker.install_binfmt: true\ndocker.binfmt_container: "emulators:1"\n');
  assert.is(run([`--config-file=${emulated}`, ...words], { builderPlatforms }).status, 0);
  assert.equal(docker.runs[0]!.argv, ["run", "--privileged", "--rm", "emulators:1", "--install", "all"]);
  assert.match(docker.runs[1]!.stdin, '"__","prep_postexec"]');
  const refused = run([`--config-file=${emulated}`, ...words], { builderPlatforms, exits: [1, 0] });
  assert.is(refused.status, 0);
  assert.match(refused.stderr, "image not wrapped: emulators for");
  assert.is(run([`--config-file=${emulated}`, ...words], { builderPlatforms: foreign }).status, 0);
  assert.is(docker.runs[0]!.argv[0], "build", "nothing is installed without need");
});

test("an image is looked into for libraries once", () => {
  prepare({});
  const words = ["--log-level=trace", "--wrap", "docker", "build", app];
  const asks = (): boolean => box.run(words, { environment: { PATH: path } }).stderr.includes("asks: docker create");
  assert.is(asks(), true);
  assert.is(asks(), false);
  assert.match(docker.runs.at(-1)!.stdin, 'ENTRYPOINT ["/chalk.d/ld"');
  box.write("../home/.local/chalk/image-libraries.json", "not JSON");
  assert.is(asks(), true, "a memory that cannot be read is none");
});

test("a context that nothing can be put into: the image is built, only not marked", () => {
  const file = join(box.work, project("read-only", { Dockerfile: 'FROM alpine\nENTRYPOINT ["x"]\n' }), "Dockerfile");
  const result = run(["--log-level=warn", "--wrap", "docker", "build", "-f", file, "/proc"], { buildx: false });
  assert.is(result.status, 0);
  assert.is(docker.runs.length, 1);
  assert.ok(argvs()[0]!.includes("--iidfile"), "prepared by chalk");
  const messages = messagesOf(result.stderr).join("\n");
  assert.match(messages, "docker: image not wrapped: ");
  assert.match(messages, "docker: the chalk mark is not added: ");
  assert.not.match(messages, "without chalk");
});

test("a file called dockerfile has its own ignore file, too", () => {
  const folder = project("lower", { dockerfile: "FROM alpine\n", "dockerfile.dockerignore": "x\n" });
  assert.is(run(["docker", "build", folder]).status, 0);
  const [build = []] = argvs();
  assert.match(build[build.indexOf("-f") + 1] ?? "", /\/dockerfile$/);
  assert.match(String(box.reports.at(-1)?.["_CHALKS"][0].DOCKERFILE_PATH), /\/lower\/dockerfile$/);
});

test("extract says what is wrong with the mark of an image", () => {
  const images = { "broken:1": { ...alpine, Id: "broken:1" } };
  const result = run(["--log-level=warn", "extract", "broken:1"], { images, marks: { "broken:1": '{ "MAGIC" : ' } });
  assert.is(result.status, 0);
  const messages = messagesOf(result.stderr).join("\n");
  assert.match(messages, "docker: broken:1: Invalid JSON in its chalk mark");
  assert.match(messages, "Artifact is unchalked");
});

test.run();
