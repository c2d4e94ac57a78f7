// The host in the compiled executable: what a program inherits, detached processes, children, HTTP both ways.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileProgram, temporaryDirectory } from "../support/compile.js";

const directory = temporaryDirectory();
const probe = compileProgram("test/runtime/support/probe.ts", directory);
const run = promisify(execFile);
/** Runs a shell script in which $P is the probe. */
const shell = (script: string) => spawnSync("/bin/sh", ["-c", script], { encoding: "utf8", env: { ...process.env, P: probe } });

interface Identity {
  executable: string;
  launch: string[];
  argv: string[];
  calledAs: string;
  monotonic: number;
  canReplace: boolean;
}

test("identity", () => {
  const output = spawnSync(probe, ["identity", "--x", "é"], { argv0: "docker", encoding: "utf8" }).stdout;
  const identity = JSON.parse(output) as Identity;
  assert.is(identity.executable, probe);
  assert.equal(identity.launch, [probe]);
  assert.equal(identity.argv, ["identity", "--x", "é"]);
  assert.is(identity.calledAs, "docker");
  assert.ok(identity.canReplace);
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  assert.ok(Math.abs(identity.monotonic - uptime) < 60_000, "CLOCK_MONOTONIC of the kernel");
});

test("started through a loader the executable is still ours", () => {
  const loader = /\[Requesting program interpreter: (.*)\]|(\/lib\S*ld-linux\S*)/.exec(
    readFileSync(probe).subarray(0, 4096).toString("latin1").replaceAll("\0", " "),
  )?.[2];
  if (loader === undefined) return;
  const identity = JSON.parse(
    execFileSync(loader, ["--library-path", "/lib", probe, "identity"], { encoding: "utf8" }),
  ) as Identity;
  assert.is(identity.executable, probe);
  assert.equal(identity.argv, ["identity"]);
  assert.equal(identity.launch.slice(1), ["--library-path", "/lib", probe]);
});

const signals = "grep -E '^Sig(Ign|Blk)' /proc/self/status | cut -f2";

for (const how of ["replace", "program"]) {
  test(`${how}: signals are as the caller had them`, () => {
    const direct = shell(signals).stdout;
    assert.is(shell(`$P ${how} /bin/sh -c "${signals}"`).stdout, direct);
    const ignoring = `trap '' HUP USR1 PIPE XFSZ;`;
    assert.is(shell(`${ignoring} $P ${how} /bin/sh -c "${signals}"`).stdout, shell(`${ignoring} ${signals}`).stdout);
  });

  test(`${how}: descriptors are the caller's, no more and no less`, () => {
    const list = `for f in /proc/self/fd/*; do echo "$(basename $f) $(readlink $f)"; done | grep -v -e /proc/ -e '^[0-2] ' | sort`;
    writeFileSync(join(directory, "list.sh"), list);
    const open = `exec 3<${directory}/list.sh 7</etc/passwd 9>>/dev/null;`;
    const direct = shell(`${open} /bin/sh ${directory}/list.sh`).stdout;
    assert.match(direct, /^7 \/etc\/passwd$/m);
    assert.is(shell(`${open} $P ${how} /bin/sh ${directory}/list.sh`).stdout, direct);
  });

  test(`${how}: the limit of open files is the caller's`, () => {
    assert.is(shell(`ulimit -Sn 345; $P ${how} /bin/sh -c "ulimit -Sn"; true`).stdout, "345\n");
    // Also where the parent's limit says nothing about ours.
    assert.is(shell(`(ulimit -Sn 234; exec $P ${how} /bin/sh -c "ulimit -Sn"); true`).stdout, "234\n");
  });

  test(`${how}: bytes that are no UTF-8 pass through`, () => {
    const script = `A=$(printf 'x\\377y'); export A; $P ${how} /bin/sh -c 'printf "%s %s" "$1" "$A"' sh "$A" | od -An -tx1`;
    assert.is(shell(script).stdout.trim(), "78 ff 79 20 78 ff 79");
  });

  test(`${how}: exit status`, () => {
    assert.is(shell(`$P ${how} /bin/sh -c 'exit 42'`).status, 42);
    assert.is(shell(`$P ${how} /bin/sh -c 'kill -9 $$'; exit $?`).status, 137);
  });
}

test("replace keeps the PID and tells why it failed", () => {
  const script = "echo $$; exec $P replace /bin/sh -c 'echo $$'";
  const [before, after] = shell(script).stdout.trim().split("\n");
  assert.is(after, before);
  assert.is(shell("$P replace /nonexistent").stdout, '{"failure":"ENOENT"}\n');
  assert.is(shell("$P replace /etc/passwd").stdout, '{"failure":"EACCES"}\n');
});

test("a detached process belongs to nobody, has its own session and reads its input", async () => {
  const file = join(directory, "detached.sh");
  // It looks when the processes between us and it are gone.
  const wait = 'while [ "$(readlink /proc/$(cut -d" " -f4 /proc/$$/stat)/exe)" = "$PROBE" ]; do sleep 0.05; done';
  writeFileSync(
    file,
    `PROBE=${probe}; echo "$(cat)|$MARK|$(tr '\\0' '|' </proc/$$/environ)"; ${wait}; cut -d' ' -f4,6 /proc/$$/stat`,
  );
  const { stdout } = await run(probe, ["detached", "/bin/sh", file]);
  const [pid, input, stat] = stdout.trim().split("\n");
  assert.match(pid!, /^[1-9]\d*$/);
  assert.match(input!, /^from the parent\|1\|MARK=1\|/);
  const [parent, session] = stat!.split(" ");
  // Process 1, or whoever adopts orphans here.
  assert.is.not(parent, String(process.pid));
  assert.is.not(session, readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ")[3]);
});

test("a program that never waits keeps no zombie of the reporter", () => {
  // The program counts its children after the detached process has ended.
  const said = join(directory, "said");
  const wait = `while ! grep -q sleeper ${said}; do sleep 0.05; done; sleep 0.5`;
  shell(`$P both /bin/sh -c '${wait}; read -r children </proc/$$/task/$$/children; echo $children.' > ${said}`);
  assert.is(readFileSync(said, "utf8"), "sleeper got state\n.\n");
});

test("what cannot be executed is told at once", () => {
  assert.is(shell("$P failing").stdout, '{"code":"ENOENT","isHostError":true}\n');
});

test("a parent forwards signals", async () => {
  const said = join(directory, "forwarded");
  const inner = `trap "echo caught; exit 7" TERM; echo ready; while :; do sleep 0.05; done`;
  const wait = `while ! grep -q ready ${said}; do sleep 0.05; done`;
  const script = `: > ${said}; $P program /bin/sh -c '${inner}' > ${said} & child=$!; ${wait}; kill -TERM $child; wait $child; echo $?`;
  assert.is(shell(script).stdout, "7\n");
  assert.is(readFileSync(said, "utf8"), "ready\ncaught\n");
});

test("as process 1 a parent reaps the zombies of others", () => {
  // Zombies are listed, too: it's over when none of the orphans is there in any state.
  const orphans = "ps -eo comm= | grep -c '^sleep'".replaceAll("'", '"');
  const inner = `(sleep 0.1 & ) ; (sleep 0.1 &); i=0; while [ "$(${orphans})" != 0 ] && [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done; ${orphans}`;
  const result = shell(`unshare --pid --fork --mount-proc $P program /bin/sh -c '${inner}'`);
  if (/unshare: /.test(result.stderr)) {
    console.log("SKIPPED reaping as process 1: namespaces are not permitted");
    return;
  }
  assert.is(result.stdout.trim(), "0");
});

test("other programs: merged output, time limit, status, input", () => {
  assert.equal(JSON.parse(shell("$P run").stdout), {
    merged: [3, "a\nb\nc\n"],
    timed: [137, "ETIMEDOUT"],
    killed: 137,
    missing: "ENOENT",
    fed: "in",
  });
});

test("HTTP, waiting and blocking", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      seen.push(`${request.method} ${request.headers["x-test"]} ${request.headers["content-length"]} ${body}`);
      if (request.url === "/slow") return;
      response.writeHead(302, { location: "/elsewhere", "content-type": "text/x" }).end("moved");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = { status: 302, type: "text/x", body: "moved" };
  assert.equal(JSON.parse((await run(probe, ["request", `${url}/x`])).stdout), [answer, answer]);
  assert.equal(seen, ["POST 1 5 hello", "POST 1 5 hello"]);
  const slow = JSON.parse((await run(probe, ["request", `${url}/slow`, "300"])).stdout);
  assert.equal(slow, [{ code: "ETIMEDOUT" }, { code: "ETIMEDOUT" }]);
  server.closeAllConnections();
  server.close();
  // Nobody listens there, and no other test can be given this port.
  const refused = { code: "ECONNREFUSED" };
  assert.equal(JSON.parse((await run(probe, ["request", "http://127.0.0.1:9/"])).stdout), [refused, refused]);
});

test("HTTPS: only the given certificates are trusted", async () => {
  const [key, certificate, foreign] = ["key.pem", "cert.pem", "foreign.pem"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const issue = (keyFile: string, certificateFile: string) =>
    spawnSync("openssl", [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
      ],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", keyFile, "-out", certificateFile],
    ]);
  if (issue(key, certificate).status !== 0 || issue(join(directory, "other.pem"), foreign).status !== 0) {
    console.log("SKIPPED HTTPS: no openssl");
    return;
  }
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_request, response) =>
    response.end("ok"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const ask = async (...trust: string[]) => JSON.parse((await run(probe, ["https", url, ...trust])).stdout) as unknown;
  assert.equal(await ask(certificate), [200, 200]);
  assert.match(JSON.stringify(await ask(foreign)), /CERT|SELF_SIGNED|VERIFY/);
  assert.match(JSON.stringify(await ask()), /CERT|SELF_SIGNED|VERIFY/);
  server.close();
});

test("large pages for the engine's heap, and for nothing else, where the kernel has them", () => {
  const { large } = JSON.parse(shell("$P growth").stdout) as { large: string[] };
  if (!existsSync("/sys/kernel/mm/transparent_hugepage/enabled")) {
    console.log("SKIPPED large pages: this kernel has none");
    return;
  }
  assert.is(large.length, 1, large.join("\n"));
  assert.match(large[0]!, /^[0-9a-f]+-[0-9a-f]+ rw-p 00000000 00:00 0 *$/);
});

test("priority and memory of the process itself", () => {
  const { nice, resident } = JSON.parse(shell("$P memory").stdout) as { nice: string; resident: number };
  assert.is(nice, "7");
  assert.ok(resident > 1e6 && resident < 200e6, `${resident} bytes`);
});

test("extended attributes are copied", () => {
  writeFileSync(join(directory, "a"), "");
  writeFileSync(join(directory, "b"), "");
  const set = `import os,sys; os.setxattr(sys.argv[1], 'user.test', b'v')`;
  const get = `import os,sys; print(os.getxattr(sys.argv[1], 'user.test').decode())`;
  if (spawnSync("python3", ["-c", set, join(directory, "a")]).status !== 0) {
    console.log("SKIPPED extended attributes: no python3, or the file system has none");
    return;
  }
  execFileSync(probe, ["attributes", join(directory, "a"), join(directory, "b")]);
  assert.is(execFileSync("python3", ["-c", get, join(directory, "b")], { encoding: "utf8" }), "v\n");
});

test("programs beside us: status, output, time limit, also where a child of theirs keeps the pipe open", async () => {
  const aside = async (limit: number, ...scripts: string[]) =>
    JSON.parse((await run(probe, ["aside", String(limit), ...scripts])).stdout) as [number, string, string, string | null][];
  const [first, second, missing] = await aside(60_000, "echo out; echo err >&2; exit 3", "kill -9 $$");
  assert.equal(first, [3, "out\n", "err\n", null]);
  assert.equal([second![0], second![3]], [137, null]);
  assert.equal([missing![0], missing![3]], [127, "ENOENT"]);
  const [limited] = await aside(500, "sleep 5 & echo early; wait");
  assert.equal([limited![0], limited![3]], [137, "ETIMEDOUT"]);
});

test.run();
