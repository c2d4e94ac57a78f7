// The report on watched files (runtime-core.md 8.5): which of the prepared and mounted certificates a program opens, in both arrangements, here or in a process of its own.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, type Report, until } from "../helpers/sandbox.js";

const box = createSandbox();
const certificates = join(box.work, "certs");
const elsewhere = join(box.work, "elsewhere");
const [read, unread, linked, gone] = ["read.pem", "unread.pem", "linked.pem", "gone.pem"].map((name) =>
  join(certificates, name),
) as [string, string, string, string];
const list = join(box.work, "prepared.txt");

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const check = hasOpenssl ? test : test.skip;
if (!hasOpenssl) console.log("SKIPPED postexec: openssl is not installed, so there are no certificates");

function makeCertificate(path: string): void {
  const name = `/CN=${path.slice(path.lastIndexOf("/") + 1)}`;
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", name];
  if (hasOpenssl) assert.is(spawnSync("openssl", [...words, "-keyout", "/dev/null", "-out", path]).status, 0);
}

/** What a certificate is hashed by. */
function serialHash(path: string): string {
  const { stdout } = spawnSync("openssl", ["x509", "-noout", "-serial", "-in", path], { encoding: "utf8" });
  return createHash("sha256")
    .update(BigInt(`0x${stdout.trim().split("=")[1]}`).toString())
    .digest("hex");
}

const chalks = () =>
  readdirSync("/proc").filter((name) => {
    try {
      return readlinkSync(`/proc/${name}/exe`) === box.chalk;
    } catch {
      return false;
    }
  });

/** Runs a program with the watch and gives its reports, by operation. */
async function reportsOf(
  settings: string,
  flags: readonly string[],
  script: string,
  through: readonly string[] = [],
): Promise<Report[]> {
  box.write(
    "chalk.c4m",
    `exec.postexec.run: true\nexec.postexec.access_watch.prep_tmp_path: "${list}"\nexec.postexec.access_watch.initial_poll_time: <<1 sec>>\n${settings}`,
  );
  box.clearLog();
  const result = box.run(["exec", ...flags, "--", "/bin/sh", "-c", script], { through });
  assert.is(result.status, 0, result.stderr);
  assert.is(result.stderr, "");
  await until("all reports", () => chalks().length === 0);
  return box.reports;
}

const operations = (reports: readonly Report[]) => reports.map((report) => report["_OPERATION"]);
const accessed = (report: Report): Record<string, boolean> =>
  Object.fromEntries(
    (report["_COLLECTED_ARTIFACTS"] as Report[]).map((found) => [found["_OP_ARTIFACT_PATH"], found["_OP_ARTIFACT_ACCESSED"]]),
  );

test.before(() => {
  mkdirSync(certificates);
  mkdirSync(elsewhere);
  for (const path of [read, unread, join(elsewhere, "real.pem")]) makeCertificate(path);
  symlinkSync(join(elsewhere, "real.pem"), linked);
  writeFileSync(list, `${[read, unread, linked, gone].join("\n")}\n`);
});

const shows = `
report_template watched {
  key._OPERATION.use = true
  key._EXEC_ID.use = true
  key._COLLECTED_ARTIFACTS.use = true
  key._CHALKS.use = true
  key._UNMARKED.use = true
  key._OP_HOSTNAME.use = true
  key._OP_TCP_SOCKET_INFO.use = true
  key._OP_ARTIFACT_PATH.use = true
  key._OP_ARTIFACT_ACCESSED.use = true
  key._OP_ARTIFACT_MOUNTED.use = true
  key._X509_SUBJECT.use = true
  key._CURRENT_HASH.use = true
  key.HASH.use = true
}
outconf.postexec.report_template: "watched"
outconf.exec.report_template: "watched"
`;

for (const flags of [[], ["--chalk-as-parent"]]) {
  for (const fork of [false, true]) {
    check(`opened files are told from others ${flags}${fork ? " in a process of its own" : ""}`, async () => {
      const script = `cat ${read} ${linked} > /dev/null; sleep 0.3`;
      const reports = await reportsOf(`${shows}exec.postexec.fork: ${fork}\n`, flags, script);
      assert.equal(operations(reports), ["exec", "postexec"]);
      const [exec, postexec] = reports as [Report, Report];
      assert.is(exec["_EXEC_ID"], postexec["_EXEC_ID"]);
      assert.equal(accessed(postexec), { [read]: true, [unread]: false, [join(elsewhere, "real.pem")]: true });
      for (const found of postexec["_COLLECTED_ARTIFACTS"] as Report[]) {
        assert.is(found["_OP_ARTIFACT_MOUNTED"], false);
        assert.ok(found["_X509_SUBJECT"]);
        assert.is(found["_CURRENT_HASH"], serialHash(found["_OP_ARTIFACT_PATH"]), "of the serial, not of the file");
      }
      assert.not("_CHALKS" in postexec || "_UNMARKED" in postexec);
      assert.not("_COLLECTED_ARTIFACTS" in exec);
      // The system's own plugins speak, others are suspended.
      assert.ok(postexec["_OP_HOSTNAME"] !== undefined);
      assert.not("_OP_TCP_SOCKET_INFO" in postexec);
    });
  }
}

check("heartbeats follow, and nothing of the watch stays open in the program", async () => {
  const script = `ls -l /proc/self/fd > fds.txt; sleep 1.5`;
  const reports = await reportsOf(`${shows}exec.heartbeat.run: true\nexec.heartbeat.rate: <<1 min>>\n`, [], script);
  assert.equal(operations(reports), ["exec", "postexec", "heartbeat"]);
  assert.equal(Object.values(accessed(reports[1] as Report)), [false, false, false]);
  assert.is(spawnSync("grep", ["-c", "inotify", join(box.work, "fds.txt")], { encoding: "utf8" }).stdout.trim(), "0");
});

test("no list of prepared files, or no wish: no report", async () => {
  assert.equal(operations(await reportsOf(`exec.postexec.access_watch.prep_tmp_path: "${gone}"\n`, [], "sleep 0.2")), ["exec"]);
  assert.equal(operations(await reportsOf("exec.postexec.run: false\n", [], "sleep 0.2")), ["exec"]);
});

const canMount = hasOpenssl && spawnSync("unshare", ["-m", "true"]).status === 0;
const mounts = canMount ? test : test.skip;
if (!canMount) console.log("SKIPPED mounted files: no mount namespace can be made");
mounts("single files that are mounted are looked at too", async () => {
  // Not below /dev, where the sandbox may be.
  const place = mkdtempSync(join(tmpdir(), "chalk-mounts-"));
  process.on("exit", () => rmSync(place, { recursive: true, force: true }));
  const [point, other] = [join(place, "mounted.pem"), join(place, "other.pem")];
  writeFileSync(point, "");
  makeCertificate(other);
  const mount = ["unshare", "-m", "/bin/sh", "-c", `mount --bind ${other} ${point} && exec "$@"`, "sh"];
  const reports = await reportsOf(shows, [], `cat ${point} > /dev/null; sleep 0.3`, mount);
  const found = (reports[1]!["_COLLECTED_ARTIFACTS"] as Report[]).find((artifact) => artifact["_OP_ARTIFACT_PATH"] === point)!;
  assert.equal([found["_OP_ARTIFACT_ACCESSED"], found["_OP_ARTIFACT_MOUNTED"]], [true, true]);
});

test.run();
