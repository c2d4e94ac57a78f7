/** Builtins that look at or change the world: on a host in memory, under every capability policy. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { neutralServices } from "../../../runtime/builtins/services.js";
import { createMemoryHost } from "../../../runtime/host/memory-host.js";
import { evaluated, hashing, runText } from "../language-helpers.js";

const world = {
  files: { "/w/a.txt": "hello", "/w/d/b.txt": "xy", "/home/me/c": "c", "/usr/bin/docker": "#!", "/usr/local/bin/chalk": "us" },
  environment: { PATH: "/usr/local/bin:/usr/bin", EMPTY: "", TMPDIR: "/tmp/" },
  cwd: "/w",
  home: "/home/me",
};

function table(name: string, cases: readonly (readonly [string, string])[], options: Parameters<typeof evaluated>[1] = {}): void {
  test(name, async () => {
    for (const [expression, expected] of cases)
      assert.is(await evaluated(expression, { world, ...options }), expected, expression);
  });
}

table("reading files", [
  ["list_dir()", '["./a.txt", "./d"]'],
  ['list_dir("d/")', '["/w/d/b.txt"]'],
  ['list_dir("/nope")', "[]"],
  ['read_file("a.txt")', '"hello"'],
  ['read_file("~/c")', '"c"'],
  ['read_file("d")', '""'],
  ['is_dir("d")', "true"],
  ['is_file("d")', "false"],
  ['is_link("a.txt")', "false"],
  ['file_len("a.txt")', "5"],
  ['file_len("nope")', "-1"],
  ['dir_size("/w")', "7B"],
  ['dir_size_under("/w", <<7 b>>)', "false"],
  ['dir_size_under("/w", <<8 b>>)', "true"],
  ['dir_size_under("/nope", <<0 b>>)', "true"],
  ['resolve_path("")', '"/w"'],
  ['resolve_path("../x/./y/")', '"/x/y"'],
  ['resolve_path("~other/x")', '"/home/other/x"'],
  ["cwd()", '"/w"'],
  ["tmp_dir()", '"/tmp"'],
]);

test("~ without a home directory is E021", async () => {
  assert.is(await evaluated('resolve_path("~/x")', { world: { cwd: "/w" } }), "E021");
});

test("find_exe never finds ourselves", async () => {
  const host = createMemoryHost({ hashing, ...world });
  host.files.chmod("/usr/bin/docker", 0o755);
  host.files.chmod("/usr/local/bin/chalk", 0o755);
  host.files.symlink("/usr/local/bin/chalk", "/usr/local/bin/docker");
  assert.is(await evaluated('find_exe("docker", [])', { host }), '"/usr/bin/docker"');
  assert.is(await evaluated('find_exe("chalk", [])', { host }), '""');
  assert.is(await evaluated('find_exe("nope", ["/usr/bin"])', { host }), '""');
});

const changes = `
a = write_file("n.txt", "new")
b = read_file("n.txt")
c = mkdir("x/y") and is_dir("x/y")
d = copy_file("n.txt", "x/copy") and is_file("x/copy")
e = move_file("x", "z") and is_file("z/copy") and not (is_dir("x"))
f = rm_file("z") and not (is_dir("z"))
g = chmod("n.txt", 384)
h = chdir("d") and cwd() == "/w/d"
i = read_file(to_tmp_file("t", ".txt"))
j = set_env("V", "1") and env("V") == "1"
k = set_env("", "1")
`;
const letters = "abcdefghijk".split("");

test("changing files really", async () => {
  const run = await runText(changes, { world });
  assert.equal(run.problems, []);
  assert.equal(letters.map((l) => run.text(l)).join(" "), 'true "new" true true true true true true "t" true false');
  assert.is(run.host.files.readText("/w/n.txt"), "new");
  assert.is(run.host.files.stat("/w/n.txt").mode, 0o600);
  assert.is(run.host.processes.cwd(), "/w/d");
  const audit = run.stack.runtime.effects.audit.map(([kind, detail]) => `${kind} ${detail}`);
  assert.equal(audit.slice(0, 4), [
    "write_file /w/n.txt",
    "read_file /w/n.txt",
    "make_dir /w/x/y",
    "copy_file /w/n.txt -> /w/x/copy",
  ]);
  assert.ok(audit.includes("chmod /w/n.txt -> 0600"));
  assert.ok(audit.includes("rm_dir /w/z"));
  assert.ok(audit.includes("set_env V"));
});

for (const policy of ["trial", "lint"] as const)
  test(`changing files under ${policy} leaves the host alone`, async () => {
    const run = await runText(changes.replace('"/w/d"', policy === "lint" ? '"/d"' : '"/w/d"'), { world, policy });
    assert.equal(run.problems, []);
    assert.equal(letters.map((l) => run.text(l)).join(" "), 'true "new" true true true true true true "t" true false');
    assert.not.ok(run.host.files.find("/w/n.txt"));
    assert.is(run.host.processes.cwd(), "/w");
    assert.is(run.host.processes.variable("V"), undefined);
    assert.ok(run.stack.runtime.effects.simulated.some((s) => s.name === "write_file" && s.location?.line === 2));
  });

table("environment", [
  ['env("PATH")', '"/usr/local/bin:/usr/bin"'],
  ['env("NOPE")', '""'],
  ['env_exists("EMPTY")', "true"],
  ['contains(env(), "PATH")', "true"],
  ["osname()", '"linux"'],
  ["arch()", '"amd64"'],
  ["program_name()", '"chalk"'],
  ["getuid()", "1000"],
  ["len(uname())", "5"],
  ["using_tty()", "false"],
  ["tty_name()", '""'],
  ["now()", "1700000000000"],
  ["in_container()", "false"],
  ["version()", '"0.0.0"'],
  ["command_argv()", "[]"],
]);

table(
  "a lint run sees no host",
  [
    ['env("PATH")', '""'],
    ['env("GIVEN")', '"yes"'],
    ['env_exists("PATH")', "false"],
    ['is_file("/w/a.txt")', "false"],
    ['file_len("/w/a.txt")', "-1"],
    ['read_file("/w/a.txt")', '""'],
    ['list_dir("/w")', "[]"],
    ["tmp_dir()", '""'],
    ["docker_exe()", '""'],
    ['find_exe("docker", [])', '""'],
    ["now()", "0"],
    ['run("ls")', '""'],
  ],
  { policy: "lint", environment: { GIVEN: "yes" } },
);

table(
  "a trial sees the host and simulates the rest",
  [
    ['env("PATH")', '"/usr/local/bin:/usr/bin"'],
    ['read_file("/w/a.txt")', '"hello"'],
    ['run("ls")', '""'],
    ['system("ls")', '("", 0)'],
    ['url_get("http://x")', '"ERR 000 network disabled"'],
    ["external_ip()", '""'],
    ['subscribe("report", "x")', "true"],
    ['auth_headers("x")', "{}"],
    ['memoize("a", func f() -> string)', "E014"],
  ],
  { policy: "trial" },
);

test("fold allows only pure functions", async () => {
  assert.is(await evaluated('upper("a")', { policy: "fold" }), '"A"');
  assert.is(await evaluated("now()", { policy: "fold" }), "E023");
  assert.is(await evaluated('env("A")', { policy: "fold" }), "E023");
});

test("abort", async () => {
  const messages: string[] = [];
  const services = { ...neutralServices, aborted: (m: string) => void messages.push(m) };
  const real = await runText('x = 1\nabort("enough")\nx = 2', { services });
  assert.equal(real.problems, ["E024:2"]);
  assert.is(real.diagnostics.at(-1)?.severity, "error");
  assert.is(real.output, "enough\n");
  assert.equal(messages, ["enough"]);
  const trial = await runText('x = 1\nabort("enough")\nx = 2', { policy: "trial" });
  assert.is(trial.diagnostics.at(-1)?.severity, "note");
  assert.is(trial.text("x"), "1");
  assert.is(trial.output, "");
});

test("echo and logs", async () => {
  const logged: string[] = [];
  const services = { ...neutralServices, log: (level: string, m: string) => void logged.push(`${level} ${m}`) };
  const real = await runText('echo("a", [1], \'c\')\nwarn("w")\necho()', { services });
  assert.is(real.output, "a [1] c\n\n");
  assert.equal(logged, ["warn w"]);
  const trial = await runText('echo("a")\nwarn("w")', { services, policy: "trial" });
  assert.is(trial.output, "");
  assert.equal(
    trial.stack.runtime.effects.captured.map((c) => `${c.by} ${c.text}`),
    ["echo a\n", "warn w"],
  );
  assert.equal(logged, ["warn w"]);
});

test("run and system", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const run = (_: string, args: readonly string[]) => ({
    status: args[1] === "bad" ? 3 : 0,
    stdout: bytes(`${args[1]}\r\nout`),
    stderr: bytes(""),
  });
  const options = { world: { ...world, run } };
  assert.is(await evaluated('run("x")', options), '"x\\nout\\n"');
  assert.is(await evaluated('system("bad")', options), '("bad\\nout\\n", 3)');
  assert.is(await evaluated('run("x")', { ...options, limits: { maxOutput: 3 } }), "E022");
});

test("HTTP", async () => {
  const seen: string[] = [];
  const respond = (request: { method: string; url: string; headers: Readonly<Record<string, string>>; trust?: string }) => {
    seen.push(`${request.method} ${request.url} ${request.headers["user-agent"]} ${request.trust ?? ""}`);
    const body = new TextEncoder().encode("body");
    if (request.url.endsWith("/moved")) return { status: 302, statusText: "Found", headers: { location: "/there" }, body };
    if (request.url.endsWith("/loop")) return { status: 302, statusText: "Found", headers: { location: "/loop" }, body };
    const missing = request.url.endsWith("/missing");
    return { status: missing ? 404 : 200, statusText: missing ? "Not Found" : "OK", headers: {}, body };
  };
  const options = { world: { ...world, respond } };
  assert.is(await evaluated('url_get("http://h/a")', options), '"body"');
  assert.is(await evaluated('url_get("http://h/moved")', options), '"body"');
  assert.is(await evaluated('url_get("http://h/loop")', options), '"ERR 302 Found"');
  assert.is(await evaluated('url_get("http://h/missing")', options), '"ERR 404 Not Found"');
  assert.is(await evaluated('url_get("ftp://h/")', options), '"ERR 000 only http and https URLs are supported"');
  assert.is(
    await evaluated('url_get_pinned("http://h/", "a.txt")', options),
    '"ERR 000 a pinned certificate needs an https URL"',
  );
  assert.is(await evaluated('url_get_pinned("https://h/", "a.txt")', options), '"body"');
  assert.is(await evaluated('url_post("http://h/", "b", {"X": "y"})', options), '"body"');
  assert.is(await evaluated('url_get("http://h/a")', { world }), '"ERR 000 ECONNREFUSED"');
  assert.ok(seen.includes("GET http://h/there chalk/0.0.0 "));
  assert.ok(seen.includes("GET https://h/ chalk/0.0.0 hello"));
});

test("JSON web tokens", async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (claims: unknown) => `is_jwt_valid("${part({ alg: "none" })}.${part(claims)}.sig")`;
  assert.is(await evaluated(token({})), "true");
  assert.is(await evaluated(token({ exp: 1_700_000_001 })), "true");
  assert.is(await evaluated(token({ exp: 1_699_999_999 })), "false");
  assert.is(await evaluated('is_jwt_valid("a.b")'), "false");
});

test("canonicalize_tool and memoize call back", async () => {
  const kept = new Map<string, string>();
  const services = {
    ...neutralServices,
    memoized: (n: string) => kept.get(n),
    memoize: (n: string, v: string) => void kept.set(n, v),
  };
  const text = `
func up(x: string) { return upper(x) }
func make() { return "made" }
tool t { canonicalize: func up(string) -> string }
tool broken { canonicalize: func nope(string) -> string }
a = canonicalize_tool("t", "x")
b = canonicalize_tool("u", "x")
c = canonicalize_tool("broken", "x")
d = memoize("k", func make() -> string)
e = memoize("k", func make() -> string)
`;
  const run = await runText(text, { services });
  assert.equal(run.problems, []);
  assert.is(["a", "b", "c", "d", "e"].map((n) => run.text(n)).join(" "), '"X" "x" "x" "made" "made"');
  assert.is(kept.get("k"), "made");
});

test.run();
