/** `chalk docker` with the compiled executable and a stand-in for docker: what docker is given, what comes out, and what happens when things fail. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copyExecutable } from "../helpers/binary.js";
import { DockerStandIn, type StandInAnswers } from "../helpers/docker-stand-in.js";
import { createSandbox, type RunOptions, until } from "../helpers/sandbox.js";

const box = createSandbox();
const docker = new DockerStandIn(box.base);
const scratch = join(box.base, "tmp");
mkdirSync(scratch);
const path = `${docker.directory}:${process.env["PATH"]}`;
const alpine = {
  Id: "sha256:a1",
  Os: "linux",
  Architecture: process.arch === "arm64" ? "arm64" : "amd64",
  Config: { Cmd: ["/bin/sh"], User: "" },
};
const plain = ["--no-use-external-config", "--log-level=warn"];

function run(words: readonly string[], answers: StandInAnswers = {}, options: RunOptions = {}) {
  docker.answer({ images: { alpine }, ...answers });
  box.clearLog();
  return box.run(words, { ...options, environment: { PATH: path, TMPDIR: scratch, ...options.environment } });
}

function project(name: string, dockerfile: string): string {
  mkdirSync(join(box.work, name), { recursive: true });
  box.write(`${name}/Dockerfile`, dockerfile);
  return name;
}

/** Nothing of ours is left in the temporary directory. */
function assertClean(): void {
  assert.equal(
    readdirSync(scratch).filter((name) => name.startsWith("chalk-")),
    [],
  );
}

const app = project("app", 'FROM alpine\nENTRYPOINT ["serve", "-p"]\nCMD ["80"]\n');
const settings = box.write("settings.c4m", 'docker.wrap_entrypoint: true\ndocker.runtime_libraries: "never"\n');
const wrapping = [`--config-file=${settings}`, "docker"];

test("other commands are docker's: words, streams, status", () => {
  for (const status of [0, 1, 42, 125, 255]) {
    const result = run(
      [...plain, "docker", "run", "--rm", "cat", "build", "--wrap"],
      { exits: [status] },
      { input: "bytes\u0000and\nlines" },
    );
    assert.is(result.status, status);
    assert.is(result.stdout, "bytes\u0000and\nlines");
    assert.is(result.stderr, "");
    assert.equal(
      docker.runs.map(({ argv }) => argv),
      [["run", "--rm", "cat", "build", "--wrap"]],
    );
  }
  assert.is(docker.runs[0]?.invocations, "1");
  assert.equal(box.reports, []);
});

test("an executable that is called docker is docker", () => {
  const link = join(box.work, "docker");
  symlinkSync(box.chalk, link);
  const result = run(["ps", "-a"], {}, { program: link });
  assert.is(result.status, 0);
  assert.equal(
    docker.runs.map(({ argv }) => argv),
    [["ps", "-a"]],
  );
});

test("without docker: 127", () => {
  const result = run([...plain, "docker", "ps"], {}, { environment: { PATH: "/nonexistent" } });
  assert.is(result.status, 127);
  assert.match(result.stderr, "docker is needed");
});

test("commands that are not wrapped are reported if the configuration says so", () => {
  const file = box.write("unwrapped.c4m", "docker.report_unwrapped_commands: true\n");
  assert.is(run([`--config-file=${file}`, "docker", "ps"], { exits: [3] }).status, 3);
  assert.is(box.reports[0]?.["_OPERATION"], "docker");
});

test("a build is wrapped, marked and reported", () => {
  const result = run([...wrapping, "build", "-t", "web:1", app]);
  assert.is(result.status, 0, result.stderr);
  assert.is(docker.runs.length, 1);
  const { argv, stdin, contexts, files } = docker.runs[0]!;
  assert.equal(argv.slice(0, 4), ["build", "-t", "web:1", "app"]);
  assert.ok(argv.includes("--iidfile") && argv.includes("--metadata-file"));
  assert.match(stdin, 'ENTRYPOINT ["/chalk","exec","--exec-command-name","serve","--","-p"]\nCMD ["80"]\n');
  assert.equal(
    files.filter((name) => name.endsWith(".chalk")),
    [],
  );
  const [binary] = Object.entries(contexts["chalkcontext0"]!);
  assert.match(binary![0], /^chalk-linux-(amd|arm)64$/);
  assert.is(binary![1].mode, "755");
  const mark = contexts["chalkcontext1"]!["chalk.json"]!;
  assert.is(mark.mode, "444");
  const [report] = box.reports;
  assert.is(report?.["_OPERATION"], "build");
  const { CHALK_ID, METADATA_ID, DOCKER_TAGS, ARTIFACT_TYPE } = JSON.parse(mark.text!);
  const [chalked] = report!["_CHALKS"];
  assert.is(chalked.CHALK_ID, CHALK_ID);
  assert.is(chalked.METADATA_ID, METADATA_ID);
  assert.equal(DOCKER_TAGS, ["web:1"]);
  assert.is(ARTIFACT_TYPE, "Docker Image");
  assert.is(chalked.DOCKER_FILE_CHALKED, stdin);
  assert.is(mark.text!.includes("DOCKER_FILE_CHALKED"), false);
  assertClean();
});

test("without named contexts the files go through the context, and nothing stays there", () => {
  writeFileSync(join(box.work, app, ".dockerignore"), "*\n");
  const result = run([...wrapping, "build", "."], { buildx: false }, { cwd: join(box.work, app) });
  assert.is(result.status, 0, result.stderr);
  const [only] = docker.runs;
  assert.equal(only?.files.filter((name) => name.endsWith(".chalk")).sort(), ["chalk.chalk", "chalk.json.chalk"]);
  assert.match(only!.stdin, "COPY chalk.chalk /chalk\n");
  assert.equal(readdirSync(join(box.work, app)).sort(), [".dockerignore", "Dockerfile"]);
  assert.is(readFileSync(join(box.work, app, ".dockerignore"), "utf8"), "*\n");
  assertClean();
});

test("a Dockerfile on standard input is read once and fed again", () => {
  const text = 'FROM alpine\nENTRYPOINT ["e"]\n';
  const result = run([...wrapping, "build", "-f", "-", app], { exits: [7, 9] }, { input: text });
  assert.is(result.status, 9);
  assert.is(docker.runs.length, 2);
  assert.match(docker.runs[0]!.stdin, "/chalk.json");
  assert.is(docker.runs[1]!.stdin, text);
  assert.equal(docker.runs[1]!.argv, ["build", "-f", "-", app]);
});

test("a failing build is repeated as it was typed, and its status counts", () => {
  for (const exits of [
    [7, 9],
    [1, 0],
  ] as const) {
    const words = ["build", "-qt", "x", app];
    const result = run([...wrapping, ...words], { exits });
    assert.is(result.status, exits[1]);
    assert.match(result.stderr, "without chalk");
    assert.equal(docker.runs.at(-1)?.argv, words);
    assert.equal(box.reports, [], "topic fail has no subscriber");
    assertClean();
  }
});

test("whatever fails on our side, docker runs", () => {
  const words = ["build", app];
  const unwritable = join(box.base, "no-such-directory");
  for (const [answers, options] of [
    [{}, { environment: { TMPDIR: unwritable } }],
    [{}, { cwd: "/" }],
  ] as const) {
    const result = run([...wrapping, ...words], answers, options);
    assert.is(result.status, 0, result.stderr);
    assert.equal(docker.runs.at(-1)?.argv, words);
  }
  assert.is(run([...wrapping, ...words], { garbage: true }).status, 0);
  const broken = box.write("broken.c4m", "docker.wrap_entrypoint: \n");
  const result = run([`--config-file=${broken}`, "docker", ...words], { exits: [5] });
  assert.is(result.status, 5);
  assert.equal(
    docker.runs.map(({ argv }) => argv),
    [words],
  );
});

test("an unusable Dockerfile is docker's business", () => {
  const bad = project("bad", "ENTRYPOINT x\n");
  const result = run([...wrapping, "build", bad], { exits: [17] });
  assert.is(result.status, 17);
  assert.equal(
    docker.runs.map(({ argv }) => argv),
    [["build", bad]],
  );
});

test("no binary for the platform: marked, not wrapped, and said so", () => {
  const foreign = process.arch === "arm64" ? "linux/amd64" : "linux/arm64";
  const result = run([...wrapping, "build", "--platform", foreign, app]);
  assert.is(result.status, 0);
  const warning = result.messages.find((message) => message.includes("not wrapped"));
  assert.match(
    warning ?? "",
    `warn:  docker: image not wrapped: no chalk binary for ${foreign}; name one in docker.arch_binary_locations`,
  );
  assert.is(docker.runs[0]!.stdin.includes('ENTRYPOINT ["/chalk'), false);
  assert.match(docker.runs[0]!.stdin, "/chalk.json");
});

test("a base image without libraries gets them, and starts through the loader", () => {
  const result = run([...plain, "--wrap", "docker", "build", project("empty", 'FROM scratch\nENTRYPOINT ["/x"]\n')]);
  assert.is(result.status, 0, result.stderr);
  const { stdin, contexts } = docker.runs[0]!;
  assert.match(stdin, 'ENTRYPOINT ["/chalk.d/ld","--library-path","/chalk.d","/chalk","exec","--exec-command-name","/x","--"]');
  assert.match(stdin, "COPY --chmod=0755 --from=chalkcontext0 image /\n");
  const names = Object.keys(contexts["chalkcontext0"]!);
  for (const name of ["image/chalk", "image/chalk.d/ld", "image/chalk.d/libc.so.6", "image/chalk.d/libm.so.6"])
    assert.ok(names.includes(name), `${name} in ${names}`);
});

test("an executable for another platform brings its libraries from the directory beside it", () => {
  const foreign = process.arch === "arm64" ? "linux/amd64" : "linux/arm64";
  const other = copyExecutable(box.chalk, join(box.base, "chalk-other"));
  mkdirSync(`${other}.d`);
  for (const name of ["ld", "libc.so.6"]) writeFileSync(`${other}.d/${name}`, name);
  const file = box.write("other.c4m", `docker.wrap_entrypoint: true\ndocker.arch_binary_locations: {"${foreign}": "${other}"}\n`);
  const words = [`--config-file=${file}`, "docker", "build", "--platform", foreign, app];
  const result = run(words);
  assert.is(result.status, 0, result.stderr);
  const { stdin, contexts } = docker.runs[0]!;
  assert.match(stdin, 'ENTRYPOINT ["/chalk.d/ld","--library-path","/chalk.d","/chalk","exec"');
  assert.is(contexts["chalkcontext0"]!["image/chalk.d/libc.so.6"]?.text, "libc.so.6");
  writeFileSync(other, "no chalk");
  const refused = run(["--log-level=warn", ...words]);
  assert.is(refused.status, 0);
  assert.match(refused.stderr, `${other} is no chalk executable`);
  assert.match(refused.stderr, "not wrapped");
});

test("virtual marks: labels on the command line, the mark in a file", () => {
  const file = box.write(
    "virtual.c4m",
    'virtual_chalk: true\ndocker.custom_labels: { "team" : "core team" }\ndocker.label_template: ""\n',
  );
  const result = run([`--config-file=${file}`, "docker", "build", app], {}, { cwd: box.work });
  assert.is(result.status, 0, result.stderr);
  const { argv } = docker.runs[0]!;
  assert.is(argv[argv.indexOf("--label") + 1], "run.crashoverride.team=core team");
  assert.is(argv.includes("--build-context"), false);
  assert.ok(existsSync(join(box.work, "virtual-chalk.json")));
});

test("the configuration travels, the signing key and the previous configuration don't", () => {
  box.write("first.c4m", 'docker.wrap_entrypoint: true\ndocker.runtime_libraries: "never"\nexec.heartbeat.run: true\n');
  const copy = join(box.base, "loaded");
  writeFileSync(copy, readFileSync(box.chalk));
  chmodSync(copy, 0o755);
  const quiet = ["--log-level=error", "--skip-command-report", "--skip-custom-reports"];
  assert.is(box.run(["load", "first.c4m", ...quiet], { program: copy }).status, 0);
  const extracted = join(box.base, "extracted");
  const keep = box.write(
    "keep.sh",
    `#!/bin/sh\nfor word; do case "$word" in chalkcontext0=*) cp "\${word#chalkcontext0=}"/chalk-linux-* ${extracted};; esac; done\nexec ${docker.directory}/docker "$@"\n`,
  );
  chmodSync(keep, 0o755);
  const elsewhere = box.write("exe.c4m", `docker_exe: "${keep}"\n`);
  const result = run([`--config-file=${elsewhere}`, "docker", "build", app], {}, { program: copy });
  assert.is(result.status, 0, result.stderr);
  const dumped = box.run(["dump"], { program: extracted });
  assert.match(dumped.stdout, "use first from");
  assert.is(box.run(["version", "--log-level=error"], { program: extracted }).status, 0);
});

test("a pushed image is reported by its mark, one without mark with a warning", () => {
  const mark =
    '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "AAAAAA-BBBB-CCCC-DDDDDD", "CHALK_VERSION" : "1.0", "METADATA_ID" : "EEEEEE-FFFF-GGGG-HHHHHH" }';
  const answers = { images: { "web:1": alpine }, marks: { "web:1": mark } };
  assert.is(run([...plain, "docker", "push", "web:1"], answers).status, 0);
  assert.equal(
    docker.runs.map(({ argv }) => argv),
    [["push", "web:1"]],
  );
  const [report] = box.reports;
  assert.is(report?.["_OPERATION"], "push");
  assert.is(report?.["_CHALKS"][0].CHALK_ID, "AAAAAA-BBBB-CCCC-DDDDDD");
  assert.is(report?.["_CHALKS"][0].METADATA_ID, "EEEEEE-FFFF-GGGG-HHHHHH");
  assert.is(report?.["_DOCKER_CLIENT_VERSION"], "28.2.2");
  assert.is(run([...plain, "docker", "pull", "web:1"], { images: { "web:1": alpine } }).status, 0);
  assert.is(box.reports[0]?.["_OPERATION"], "pull");
  assert.equal(box.reports[0]?.["_UNMARKED"], ["web:1"]);
  assert.is(run([...plain, "docker", "push", "web:1"], { ...answers, exits: [4] }).status, 4);
  assert.equal(box.reports, [], "a failed push is not reported");
  const unknown = run([...plain, "docker", "push", "other:1"], answers);
  assert.is(unknown.status, 0);
  assert.match(unknown.stderr, "other:1 cannot be inspected");
});

test("the mark of a base image is in the mark of what is built on it", () => {
  const mark =
    '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "AAAAAA-BBBB-CCCC-DDDDDD", "CHALK_VERSION" : "1.0", "METADATA_ID" : "EEEEEE-FFFF-GGGG-HHHHHH" }';
  assert.is(run([...wrapping, "build", app], { marks: { "sha256:a1": mark } }).status, 0);
  const own = JSON.parse(docker.runs[0]!.contexts["chalkcontext1"]!["chalk.json"]!.text!);
  assert.is(own.DOCKER_BASE_IMAGE_METADATA_ID, "EEEEEE-FFFF-GGGG-HHHHHH");
  assert.is(own.DOCKER_BASE_IMAGES[""].metadata_id, "EEEEEE-FFFF-GGGG-HHHHHH");
  const [base] = box.reports[0]!["_COLLECTED_ARTIFACTS"];
  assert.is(base.CHALK_ID, "AAAAAA-BBBB-CCCC-DDDDDD");
  assert.is(base._OP_ARTIFACT_CONTEXT, "base");
  assert.is(run([...wrapping, "build", app]).status, 0);
  assert.equal(box.reports[0]!["_UNMARKED"], ["alpine"]);
});

test("extract reads the marks of images, by name and all of them", () => {
  const mark =
    '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "AAAAAA-BBBB-CCCC-DDDDDD", "CHALK_VERSION" : "1.0", "METADATA_ID" : "EEEEEE-FFFF-GGGG-HHHHHH" }';
  const web = { ...alpine, Id: "web:1" };
  const answers = { images: { "web:1": web, alpine }, marks: { "web:1": mark }, list: ["web:1", "alpine"] };
  assert.is(run([...plain, "extract", "web:1"], answers).status, 0);
  const [named] = box.reports;
  assert.is(named?.["_OPERATION"], "extract");
  assert.is(named?.["_CHALKS"][0].CHALK_ID, "AAAAAA-BBBB-CCCC-DDDDDD");
  assert.is(named?.["_CHALKS"][0]._OP_ARTIFACT_TYPE, "Docker Image");
  assert.is(run([...plain, "extract", "images"], answers).status, 0);
  assert.is(box.reports[0]?.["_CHALKS"].length, 1);
  assert.equal(box.reports[0]?.["_UNMARKED"], ["alpine"]);
  const none = run([...plain, "extract", "nothing:1"], answers);
  assert.is(none.status, 0);
  assert.match(none.stderr, "No such file or directory, image or container");
});

test("preparation for post-exec hands configured values on", () => {
  const file = box.write(
    "prepare.c4m",
    'docker.wrap_entrypoint: true\ndocker.runtime_libraries: "never"\ndocker.prep_postexec: true\nexec.postexec.run: true\nexec.postexec.access_watch.scan_paths: ["/srv"]\n',
  );
  assert.is(run([`--config-file=${file}`, "docker", "build", app]).status, 0);
  assert.match(docker.runs[0]!.stdin, '"__","prep_postexec","scan_paths=/srv"]');
  const target = join(box.base, "prepared.txt");
  const words = [
    "--no-use-embedded-config",
    "--no-use-external-config",
    "--log-format=json",
    "__",
    "prep_postexec",
    `scan_paths=${box.work}/${app}`,
    `prep_tmp_path=${target}`,
  ];
  assert.is(box.run(words).status, 0);
  assert.is(readFileSync(target, "utf8"), "");
});

test("a git repository as context: fetched for its Dockerfile, and checked out only if files must be added", () => {
  const repository = join(box.base, "repository");
  mkdirSync(join(repository, "sub"), { recursive: true });
  writeFileSync(join(repository, "sub/Dockerfile"), 'FROM alpine\nENTRYPOINT ["from-git"]\n');
  const git = (...words: string[]) =>
    assert.is(spawnSync("git", words, { cwd: repository, env: box.environment() }).status, 0, words.join(" "));
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x");
  const address = "https://git.example.com/a/b.git";
  writeFileSync(join(box.home, ".gitconfig"), `[url "file://${repository}"]\n\tinsteadOf = ${address}\n`);
  const words = ["build", `${address}#main:sub`];
  const named = run([...wrapping, ...words]);
  assert.is(named.status, 0, named.stderr);
  assert.equal(docker.runs[0]!.argv.slice(0, 2), words);
  assert.match(docker.runs[0]!.stdin, '"--exec-command-name","from-git"');
  const directory = run([...wrapping, ...words], { buildx: false });
  assert.is(directory.status, 0, directory.stderr);
  assert.match(docker.runs[0]!.argv[1]!, /\/chalk-[^/]*\/sub$/);
  const unknown = run([...wrapping, "build", `${address}#nothing`], { exits: [6] });
  assert.is(unknown.status, 6);
  assert.match(unknown.stderr, "there is no ref nothing");
  assert.equal(
    docker.runs.map(({ argv }) => argv),
    [["build", `${address}#nothing`]],
  );
  assertClean();
});

test("a build that is ended is not begun again", async () => {
  docker.answer({ images: { alpine }, wait: 300_000 });
  const child = spawn(box.chalk, [...wrapping, "build", app], {
    cwd: box.work,
    env: box.environment({ PATH: path, TMPDIR: scratch }),
  });
  const ended = new Promise<number | null>((done) => child.on("exit", (code) => done(code)));
  await until("docker runs", () => docker.isWaiting);
  child.kill("SIGTERM");
  assert.is(await ended, 143);
  assert.is(docker.runs.length, 1);
  assertClean();
});

test.run();
