/** Registries with TLS, as docker's daemon knows them (`docker.md` 17.2): seen through the compiled executable, whose engine has a TLS of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn, type StandInAnswers } from "../helpers/docker-stand-in.js";
import { TestRegistry } from "../helpers/registry.js";
import { createSandbox, type Report, type RunResult } from "../helpers/sandbox.js";

const box = createSandbox();
const docker = new DockerStandIn(box.base);
const architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** A self-signed certificate for this machine; undefined without openssl. */
function makeCertificate(): { cert: string; key: string } | undefined {
  const [key, cert] = [join(box.base, "server.key"), join(box.base, "server.pem")];
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout ${key} -out ${cert}`;
  const made = spawnSync("openssl", words.split(" "));
  return made.status === 0 ? { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") } : undefined;
}

const tls = makeCertificate();
const registry = tls === undefined ? undefined : await TestRegistry.start({ tls });
const check = registry === undefined ? test.skip : test;
if (registry === undefined) console.log("SKIPPED registries with TLS: no openssl here");

async function build(image: string, answers: StandInAnswers = {}): Promise<RunResult> {
  docker.answer(answers);
  box.clearLog();
  box.write("Dockerfile", `FROM ${image}\n`);
  const environment = { PATH: `${docker.directory}:${process.env["PATH"]}` };
  const result = await box.runBeside(["--no-use-external-config", "--log-level=error", "docker", "build", "."], { environment });
  assert.is(result.status, 0, result.stderr);
  return result;
}
const from = (): string => docker.runs.at(-1)?.stdin.match(/^FROM (.*)$/m)?.[1] ?? "";
const used = (name: string): Report => (box.reports.at(-1) as Report)["_DOCKER_USED_REGISTRIES"]?.[name];
const info = " Insecure Registries:\n  127.0.0.0/8\n Live Restore Enabled: false\n";

test.before(() => {
  registry?.image("team/base", { os: "linux", architecture, config: { Cmd: ["sh"] } }, [gzipSync("x")], { tags: ["1"] });
});
test.after(() => registry?.stop());

check("an unknown certificate is not trusted, and nothing but the handshake reaches the registry", async () => {
  const name = registry!.name;
  const result = await build(`${name}/team/base:1`);
  assert.is(from(), `${name}/team/base:1`);
  assert.match(result.stderr, "cannot be pinned");
  assert.equal(registry!.seen(), []);
});

check("a registry that the daemon calls insecure is taken with any certificate", async () => {
  const name = registry!.name;
  const result = await build(`${name}/team/base:1`, { info });
  assert.match(from(), `${name}/team/base:1@sha256:`);
  assert.not.match(result.stderr, '"msg"');
  assert.equal([used(name)["scheme"], used(name)["insecure"], used(name)["secure"]], ["https", true, false]);
});

check("the certificate authority that docker has for the registry", async () => {
  if (process.getuid?.() !== 0) return console.log("SKIPPED a registry's own certificate authority: /etc/docker needs root");
  const name = `localhost:${registry!.name.split(":")[1]}`;
  const directory = `/etc/docker/certs.d/${name}`;
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    return console.log(`SKIPPED a registry's own certificate authority: ${(error as Error).message}`);
  }
  try {
    writeFileSync(join(directory, "ca.crt"), tls!.cert);
    await build(`${name}/team/base:1`);
    assert.match(from(), `${name}/team/base:1@sha256:`);
    assert.is(used(name)["pinned_cert_path"], `${directory}/ca.crt`);
    assert.is(used(name)["secure"], true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
