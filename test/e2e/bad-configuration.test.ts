// Issue 2, "Bad input": configurations that must not load. Each ends with exit 1, an error that names code, file, line and column, and a binary that is
// byte for byte what it was; nothing is reported. `config lint` finds the same.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, sha256 } from "../helpers/sandbox.js";

const box = createSandbox();
const example = readFileSync("configs/examples/network.c4m", "utf8");
const before = sha256(box.chalk);

/** The example with one text in place of another. */
function changed(from: string, to: string): string {
  assert.ok(example.includes(from), from);
  return example.replace(from, to);
}

interface BadConfiguration {
  readonly name: string;
  readonly text: string | Uint8Array;
  readonly code: string;
  /** The text at which the error is shown; absent: the component's `use`. */
  readonly at?: string;
  readonly says: RegExp;
}

const random = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919 + ((index * index) >> 3)) & 0xff);

const cases: readonly BadConfiguration[] = [
  {
    name: "missing brace",
    text: changed('  sink_configs: ["network_std_out", "network_file_out"]\n  use_when: ["heartbeat"]\n}', "  enabled: true"),
    code: "C4M-P004",
    at: "{\n  enabled: true\n  report_template",
    says: /never closed/,
  },
  {
    name: "unknown section",
    text: changed("sink_config network_std_out", "sink_konfig network_std_out"),
    code: "C4M-S001",
    at: "sink_konfig",
    says: /unknown section 'sink_konfig'[\s\S]*did you mean .*sink_config/,
  },
  {
    name: "unknown key",
    text: changed("_OP_TCP_SOCKET_INFO.", "_OP_TCP_SOCKET_INFOO."),
    code: "C4M-S013",
    at: "key._OP_TCP_SOCKET_INFOO",
    says: /'_OP_TCP_SOCKET_INFOO', which does not exist[\s\S]*did you mean '_OP_TCP_SOCKET_INFO'/,
  },
  {
    name: "unknown parameter of a sink",
    text: changed("  filename:", "  filenam:"),
    code: "C4M-S013",
    at: "filenam:",
    says: /has no parameter 'filenam'/,
  },
  {
    name: "unknown field",
    text: changed("  use_when:", "  use_whenn:"),
    code: "C4M-S001",
    at: "use_whenn",
    says: /use_whenn[\s\S]*did you mean 'use_when'/,
  },
  {
    name: "wrong type",
    text: changed("exec.heartbeat: true", 'exec.heartbeat: "yes"'),
    code: "C4M-T002",
    at: '"yes"',
    says: /bool.*string/,
  },
  {
    name: "bad duration",
    text: changed("<<10 minutes>>", "<<10 minuets>>"),
    code: "C4M-T031",
    at: "<<10 minuets",
    says: /<<10 minuets>>/,
  },
  {
    name: "unknown template in a custom report",
    text: changed('report_template: "network_report"', 'report_template: "netwerk_report"'),
    code: "C4M-S013",
    at: 'report_template: "netw',
    says: /there is no report_template 'netwerk_report'/,
  },
  {
    name: "unknown sink in a custom report",
    text: changed('["network_std_out", ', '["network_stdout", '),
    code: "C4M-S013",
    at: "sink_configs:",
    says: /there is no sink_config 'network_stdout'/,
  },
  {
    name: "unknown operation in a custom report",
    text: changed('use_when: ["heartbeat"]', 'use_when: ["hartbeat"]'),
    code: "C4M-S013",
    at: "use_when:",
    says: /'hartbeat'/,
  },
  { name: "undefined name", text: "exec.heartbeat.run: maybe\n", code: "C4M-N001", at: "maybe", says: /maybe/ },
  {
    name: "carriage return without line feed",
    text: 'exec.heartbeat.run: true\rlog_level: "info"\n',
    code: "C4M-L011",
    at: "\r",
    says: /carriage return/,
  },
  {
    name: "a component that is not there",
    text: 'use nowhere from "./nosuchplace"\n',
    code: "C4M-M001",
    says: /Could not retrieve needed source file/,
  },
  { name: "binary file", text: random, code: "C4M-M001", says: /binary file/ },
];

/** What every refused load leaves behind: nothing. */
function unchanged(): void {
  assert.is(sha256(box.chalk), before);
  assert.equal(box.logLines, []);
  assert.equal(
    readdirSync(box.work).filter((name) => name.startsWith(".") || name.endsWith(".tmp")),
    [],
  );
}

/** `LINE:COL` of a text in a text. */
function placeOf(needle: string, text: string): string {
  const offset = text.indexOf(needle);
  assert.ok(offset >= 0, needle);
  const lines = text.slice(0, offset).split("\n");
  return `${lines.length}:${lines.at(-1)!.length + 1}`;
}

for (const { name, text, code, at, says } of cases) {
  const place = at === undefined ? undefined : placeOf(at, text as string);
  test(`bad input: ${name}`, () => {
    const path = box.write("bad.c4m", text);
    const result = box.run(["load", "bad.c4m"]);
    assert.is(result.status, 1);
    assert.is(result.stdout, "");
    const told = result.messages.join("\n");
    assert.ok(told.startsWith("info:  Attempting to load module from: bad.c4m\n"), told);
    assert.match(told, `error[${code}]`);
    if (place !== undefined) assert.match(told, `${path}:${place}: error[${code}]`);
    assert.match(told, says);
    assert.not.match(told, /Configuration (successfully|replaced)/);
    assert.ok(result.stderr.length < 20_000, "a readable amount of text");
    unchanged();

    const lint = box.run(["config", "lint", "bad.c4m"]);
    assert.is(lint.status, 1);
    assert.match(lint.stdout, `error[${code}]`);
    if (place !== undefined) assert.match(lint.stdout, `bad.c4m:${place}: error[${code}]`);
    const records = JSON.parse(box.run(["config", "lint", "--format=json", "bad.c4m"]).stdout) as unknown;
    assert.match(JSON.stringify(records), `"${code}"`);
  });
}

test("bad input: cyclical components", () => {
  box.write("one.c4m", 'use two from "."\n');
  box.write("two.c4m", 'use one from "."\n');
  const result = box.run(["load", "one.c4m"]);
  assert.is(result.status, 1);
  assert.match(result.stderr, "Cyclical components are not allowed");
  unchanged();
});

test("bad input: missing file", () => {
  const result = box.run(["load", "nothere.c4m"]);
  assert.is(result.status, 1);
  assert.match(result.stderr, "Could not retrieve needed source file");
  assert.match(result.stderr, "No such file or directory");
  unchanged();
});

test("bad input: unreadable file", () => {
  // The administrator may read everything; then another user does the loading.
  const isRoot = process.getuid!() === 0;
  const path = box.write("secret.c4m", "exec.heartbeat.run: true\n");
  chmodSync(path, 0);
  chmodSync(box.base, 0o755);
  const result = box.run(
    ["load", "secret.c4m"],
    isRoot ? { through: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] } : {},
  );
  assert.is(result.status, 1);
  assert.match(result.stderr, "Could not retrieve needed source file");
  assert.match(result.stderr, "permission denied");
  unchanged();
});

test("bad input: directory instead of file", () => {
  mkdirSync(join(box.work, "folder.c4m"));
  for (const argument of ["folder.c4m", "folder", "/", "./"]) {
    const result = box.run(["load", argument]);
    assert.is(result.status, 1, argument);
  }
  assert.match(box.run(["load", "folder.c4m"]).stderr, "it is a directory");
  const lint = box.run(["config", "lint", "folder.c4m"]);
  assert.is(lint.status, 1);
  assert.match(lint.stdout, "is a directory");
  unchanged();
});

test("bad input: a program instead of a configuration", () => {
  copyFileSync("/bin/true", join(box.work, "program.c4m"));
  const result = box.run(["load", "program.c4m"]);
  assert.is(result.status, 1);
  assert.match(result.stderr, "binary file");
  assert.ok(result.stderr.length < 5000);
  const lint = box.run(["config", "lint", "program.c4m"]);
  assert.is(lint.status, 1);
  assert.match(lint.stdout, "is an executable, not a configuration file");
  unchanged();
});

test("bad input: names that cannot be a component, http://", () => {
  for (const argument of ["no-identifier.c4m", "http://example.com/x.c4m", ""]) {
    const result = box.run(["load", argument]);
    assert.is(result.status, 1, argument);
    assert.is(result.stdout, "");
  }
  unchanged();
});

test("bad input: empty file is an empty configuration", () => {
  const own = createSandbox();
  own.write("empty.c4m", "");
  const result = own.run(["load", "empty.c4m"]);
  assert.is(result.status, 0);
  assert.is(own.run(["dump"]).stdout, `use empty from "${own.work}"\n`);
  assert.is(own.run(["config", "lint", "empty.c4m"]).status, 0);

  // CRLF line ends and a byte-order mark are no reason to refuse a file.
  own.write("windows.c4m", `\ufeff${example.replaceAll("\n", "\r\n")}`);
  const windows = own.run(["load", "--replace", "windows.c4m"]);
  assert.is(windows.status, 0, windows.stderr);
  assert.is(own.run(["config", "dump", "--path", "exec.heartbeat.run"]).stdout.trim(), "exec.heartbeat.run: true");
  own.write("network.c4m", example);
  const [plain, carriage] = ["network.c4m", "windows.c4m"].map(
    (name) => own.run(["--no-use-embedded-config", "config", "dump", "--json", name]).stdout,
  );
  assert.ok(plain!.length > 100);
  assert.is(plain, carriage);
});

test("bad input: 10 MB file", () => {
  const own = createSandbox();
  const lines = ["exec.heartbeat.run: true"];
  for (let length = 0, index = 0; length < 10 * 1024 * 1024; index += 1) {
    const line =
      index % 10 === 0 ? `v${index} := ${index}` : `# line ${index} of a long configuration, which says nothing at all`;
    length += line.length + 1;
    lines.push(line);
  }
  lines.push("exec.heartbeat.rate: <<7 minutes>>", "");
  own.write("big.c4m", lines.join("\n"));
  const result = own.run(["load", "big.c4m"]);
  assert.is(result.status, 0, result.stderr.slice(0, 1000));
  assert.match(own.run(["config", "dump", "--path", "exec.heartbeat.rate"]).stdout, /7 min/);
  own.write("big.c4m", `${lines.join("\n")}exec.heartbeat.rate: "soon"\n`);
  const kept = sha256(own.chalk);
  const refused = own.run(["load", "big.c4m"]);
  assert.is(refused.status, 1);
  assert.match(refused.stderr, `big.c4m:${lines.length}:`);
  assert.is(sha256(own.chalk), kept);
});

test.run();
