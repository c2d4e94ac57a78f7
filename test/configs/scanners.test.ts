/** The callbacks of the scanners (`facts/tools.md`): where the program is found, how it is called, what becomes of its output. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RunResult } from "../../runtime/host/host.js";
import { makeDict } from "../../runtime/operations.js";
import type { DictValue, Value } from "../../runtime/values.js";
import { encoded } from "./facts.js";
import { Shipped, type Situation } from "./shipped.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const dict = (entries: Record<string, Value>): DictValue => makeDict(Object.entries(entries));
const ended = (status: number, output = ""): RunResult => ({ status, stdout: bytes(output), stderr: new Uint8Array() });

/** Shipped scanners on a host that has the given programs, and `docker` if `images` are given: those that the engine holds. */
async function scanners(
  programs: string[],
  situation: Situation & { images?: string[]; settings?: string } = {},
): Promise<Shipped> {
  const files = { ...Object.fromEntries(programs.map((path) => [path, "#!/bin/sh\n"])), ...situation.files };
  const shipped = await new Shipped({
    environment: { PATH: "/usr/bin", HOME: "/home/u" },
    home: "/home/u",
    cwd: "/work",
    docker: situation.images === undefined ? "" : "/usr/bin/docker",
    run: (_shell, args) => ended((situation.images ?? []).some((image) => args.join(" ").includes(image)) ? 0 : 1, "[]"),
    ...situation,
    files,
  }).scanners();
  for (const path of programs) shipped.host.files.chmod(path, 0o755);
  if (situation.settings !== undefined) assert.ok(await shipped.run("user.c4m", situation.settings, "not even defaults"));
  return shipped;
}

test("a program is found in its own directory, else in PATH, and gets a time limit", async () => {
  const shipped = await scanners(["/tmp/syft", "/usr/bin/syft", "/usr/bin/timeout", "/usr/bin/trufflehog"]);
  assert.is(shipped.call("find_syft", "/src"), "/usr/bin/timeout -s KILL 300 /tmp/syft");
  assert.is(shipped.call("find_trufflehog", "/src"), "/usr/bin/timeout -s KILL 300 /usr/bin/trufflehog");
  assert.is(shipped.call("find_semgrep", "/src"), "");
});

test("without the program `timeout` there is a warning, with an empty limit none", async () => {
  const shipped = await scanners(["/usr/bin/syft"]);
  assert.is(shipped.call("find_syft", "/src"), "/usr/bin/syft");
  assert.equal(
    shipped.log.map(([level]) => level),
    ["warn"],
  );
  const unlimited = await scanners(["/usr/bin/syft", "/usr/bin/timeout"], { settings: 'tool.syft.syft_timeout: ""\n' });
  assert.is(unlimited.call("find_syft", "/src"), "/usr/bin/syft");
  assert.equal(unlimited.log, []);
});

test("semgrep finds its helpers", async () => {
  const shipped = await scanners(["/home/u/.local/bin/semgrep", "/usr/bin/timeout"]);
  assert.is(
    shipped.call("find_semgrep", "/src"),
    'PATH=/home/u/.local/bin:"$PATH" /usr/bin/timeout -s KILL 300 /home/u/.local/bin/semgrep',
  );
});

test("a container serves only if its image is there, or docker is preferred, or installing is allowed", async () => {
  const run = "/usr/bin/docker run --rm --entrypoint=/syft -v /src:/src anchore/syft";
  assert.is((await scanners([], { images: ["anchore/syft"] })).call("find_syft", "/src"), run);
  assert.is((await scanners([], { images: [] })).call("find_syft", "/src"), "");
  assert.is((await scanners([])).call("find_syft", "/src"), "");
  const allowed = await scanners([], { images: [], settings: "policy.install_missing_tools: true\n" });
  assert.is(allowed.call("find_syft", "/src"), run);
  const preferred = await scanners(["/usr/bin/syft", "/usr/bin/timeout"], {
    images: [],
    settings: "tool.syft.syft_prefer_docker: true\n",
  });
  assert.is(preferred.call("find_syft", "/src"), `/usr/bin/timeout -s TERM 300 ${run}`);
  assert.is((await scanners([], { images: ["anchore/syft"] })).call("find_syft", "debian:12"), run.replace(" -v /src:/src", ""));
  const off = await scanners([], { images: ["anchore/syft"], settings: 'tool.syft.syft_container: ""\n' });
  assert.is(off.call("find_syft", "/src"), "");
});

test("containers of semgrep and trufflehog work in the directory of their target", async () => {
  const shipped = await scanners([], {
    images: ["semgrep", "trufflehog"],
    files: { "/src/a.py": "", "/etc/rules.yml": "", "/work/x": "" },
    settings: 'tool.semgrep.semgrep_config_profile: "/etc/rules.yml"\n',
  });
  const mounts = "-w /src -v /src:/src -v /work:/work";
  assert.is(
    shipped.call("find_semgrep", "/src/a.py"),
    `/usr/bin/docker run --rm --entrypoint=semgrep ${mounts} -v /etc/rules.yml:/etc/rules.yml semgrep/semgrep`,
  );
  assert.is(
    shipped.call("find_trufflehog", "/src"),
    `/usr/bin/docker run --rm --entrypoint=trufflehog ${mounts} -v /tmp:/tmp trufflesecurity/trufflehog`,
  );
});

test("command lines, with paths quoted", async () => {
  const shipped = await scanners([], { files: { "/my src/.git/HEAD": "ref: refs/heads/main\n", "/plain/a": "" } });
  assert.is(shipped.call("get_syft_args", "/my src"), "'/my src' -o cyclonedx-json 2>/dev/null");
  assert.is(shipped.call("get_semgrep_args", "/my src"), "scan --config=auto --sarif --metrics=on '/my src' 2>/dev/null");
  assert.is(shipped.call("get_trufflehog_args", "/my src"), "git --json --no-github-actions 'file:///my src' 2>/dev/null");
  assert.is(shipped.call("get_trufflehog_args", "/plain"), "filesystem --json --no-github-actions /plain 2>/dev/null");
});

test("a history beyond the limit is left alone", async () => {
  const shipped = await scanners([], {
    files: { "/src/.git/pack": "x".repeat(2000) },
    settings: 'tool.trufflehog.trufflehog_git_size_limit: <<1 kb>>\ntool.trufflehog.trufflehog_config: "/etc/hog.yml"\n',
  });
  const command = String(shipped.call("get_trufflehog_args", "/src"));
  assert.match(command, /^filesystem --config=\/etc\/hog\.yml --json --no-github-actions -x (\S+\.txt) \/src 2>\/dev\/null$/);
  assert.ok(shipped.log.some(([level, message]) => level === "warn" && message.includes("falling back to filesystem mode")));
  const patterns = shipped.host.files.readBytes(/-x (\S+)/.exec(command)?.[1] as string);
  assert.is(new TextDecoder().decode(patterns), "[.]git(/|$)\n");
});

test("results are JSON text, failures are errors", async () => {
  const shipped = await scanners([]);
  assert.equal(encoded(shipped.call("extract_syft_sbom", '{"bomFormat": "CycloneDX"}\n', 0n)), {
    SBOM: '{"bomFormat":"CycloneDX"}',
  });
  assert.equal(encoded(shipped.call("load_semgrep_results", '{"runs": []}', 0n)), { SAST: '{"runs":[]}' });
  const timeout = encoded(shipped.call("extract_syft_sbom", "", 137n)) as { error: string };
  assert.match(timeout.error, /time limit of 300 seconds/);
  assert.is(shipped.host.written[2], "");
  assert.match((encoded(shipped.call("load_semgrep_results", "boom", 2n)) as { error: string }).error, /exit code 2/);
  assert.match(shipped.host.written[2], /boom/);
  assert.match((encoded(shipped.call("extract_syft_sbom", "no json", 0n)) as { error: string }).error, /JSON/);
});

test("raw secrets do not survive", async () => {
  const shipped = await scanners([]);
  const found = [
    { DetectorName: "AWS", Raw: "AKIAIOSFODNN7", RawV2: "AKIAIOSFODNN7:x", Redacted: "", Line: 3, Extra: null },
    { DetectorName: "Pin", Raw: "1234", Redacted: "" },
    { DetectorName: "Mail", Raw: "swordfish-1", Redacted: "sw***" },
    { DetectorName: "None" },
  ];
  const output = found.map((finding) => JSON.stringify(finding)).join("\n");
  const result = encoded(shipped.call("load_trufflehog_results", `${output}\n`, 0n)) as { SECRET_SCANNER: string };
  for (const { Raw } of found) if (Raw !== undefined) assert.not.match(result.SECRET_SCANNER, Raw);
  const [aws, pin, mail, none] = JSON.parse(result.SECRET_SCANNER);
  assert.equal(Object.keys(aws).sort(), ["DetectorName", "Extra", "Line", "RawHash", "Redacted"]);
  assert.is(aws.Redacted, "AKIA<redacted>");
  assert.is(aws.RawHash, shipped.host.hashing.hex("sha256", "AKIAIOSFODNN7"));
  assert.is(aws.Line, 3);
  assert.is(pin.Redacted, "<redacted>");
  assert.is(mail.Redacted, "sw***");
  assert.equal([none.RawHash, none.Redacted], ["", ""]);
  shipped.call("load_trufflehog_results", "secret", 3n);
  assert.is(shipped.host.written[2], "");
  assert.equal(encoded(shipped.call("load_trufflehog_results", " \n", 0n)), { info: "trufflehog: no findings" });
});

test("canonical forms leave out what varies", async () => {
  const shipped = await scanners([]);
  const canonical = (name: string, data: Value): unknown => encoded(shipped.call(name, data));
  const inventory = dict({
    version: "1",
    serialNumber: "urn:1",
    metadata: "now",
    components: [],
    documentNamespace: "x",
    creationInfo: "y",
  });
  assert.equal(canonical("canonicalize_syft", inventory), { components: [], documentNamespace: "x", creationInfo: "y" });
  assert.equal(canonical("canonicalize_image_sbom", inventory), { components: [] });
  const results = dict({ version: "2.1.0", runs: [dict({ tool: "semgrep 1.50", results: ["a"] })] });
  assert.equal(canonical("canonicalize_semgrep", results), { runs: [{ results: ["a"] }] });
  assert.equal(canonical("canonicalize_semgrep", dict({ version: "2.1.0", other: 1n })), { other: 1 });
  const [one, two] = [dict({ Raw: "a" }), dict({ Raw: "b" })];
  const byHash = canonical("canonicalize_trufflehog", [one, two]) as Record<string, unknown>;
  assert.equal(byHash, canonical("canonicalize_trufflehog", [two, one]));
  assert.ok(Object.keys(byHash).every((key) => /^[0-9a-f]{64}$/.test(key)));
  assert.equal(canonical("canonicalize_tools", dict({ syft: inventory, other: dict({ version: "3" }) })), {
    syft: { components: [], documentNamespace: "x", creationInfo: "y" },
    other: { version: "3" },
  });
});

test("installing: only scripts, then the program's own directory", async () => {
  const commands: string[] = [];
  const install = async (body: string, status: number) => {
    const shipped = await scanners([], {
      respond: () => ({ status: 200, statusText: "OK", headers: {}, body: bytes(body) }),
      run: (_shell, args) => {
        commands.push(String(args[1]));
        return ended(status, "done\n");
      },
    });
    return [shipped.call("install_syft", "/src"), shipped.log.filter(([level]) => level === "error").length];
  };
  assert.equal(await install("#!/bin/sh\n", 0), [true, 0]);
  assert.match(commands[0] as string, /^sh \S+\.sh -b \/tmp$/);
  assert.equal(await install("#!/bin/sh\n", 1), [false, 1]);
  assert.equal(await install("<html>", 0), [false, 1]);
  assert.is(commands.length, 2);
});

test.run();
