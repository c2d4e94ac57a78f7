/** The TOML reader: every construct of TOML 1.0, and what it forbids. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Float, isJsonList, isJsonObject, type Json } from "../../../runtime/json.js";
import { parseToml, TomlError } from "../../../runtime/registry/toml.js";

function plain(json: Json): unknown {
  if (json instanceof Float) return json.value;
  if (typeof json === "bigint") return Number(json);
  if (isJsonList(json)) return json.map(plain);
  return isJsonObject(json) ? Object.fromEntries([...json].map(([key, value]) => [key, plain(value)])) : json;
}
const read = (text: string): unknown => plain(parseToml(text));

test("a configuration of BuildKit", () => {
  const text = `# daemon
debug = true
root = "/var/lib/buildkit"
insecure-entitlements = [ "network.host", "security.insecure", ]

[grpc]
  address = [ "tcp://0.0.0.0:1234" ] # comment
  uid = 0
[worker.oci]
  enabled = true
  max-parallelism = 4
  [worker.oci.labels]
    "foo" = "bar"
  [[worker.oci.gcpolicy]]
    keepBytes = 512000000
    filters = [ "type==source.local", "type==exec.cachemount"]
  [[worker.oci.gcpolicy]]
    all = true

[registry."docker.io"]
  mirrors = ["mirror.example:5000",
    'other.example']
  http = false
  ca=["/etc/config/myca.pem"]
  [[registry."docker.io".keypair]]
    key="/etc/config/key.pem"
`;
  assert.equal(read(text), {
    debug: true,
    root: "/var/lib/buildkit",
    "insecure-entitlements": ["network.host", "security.insecure"],
    grpc: { address: ["tcp://0.0.0.0:1234"], uid: 0 },
    worker: {
      oci: {
        enabled: true,
        "max-parallelism": 4,
        labels: { foo: "bar" },
        gcpolicy: [{ keepBytes: 512000000, filters: ["type==source.local", "type==exec.cachemount"] }, { all: true }],
      },
    },
    registry: {
      "docker.io": {
        mirrors: ["mirror.example:5000", "other.example"],
        http: false,
        ca: ["/etc/config/myca.pem"],
        keypair: [{ key: "/etc/config/key.pem" }],
      },
    },
  });
});

test("texts", () => {
  const cases: readonly (readonly [toml: string, text: string])[] = [
    ['"a\\tb\\u00e9\\U0001F600\\""', 'a\tbé😀"'],
    ["'C:\\new'", "C:\\new"],
    ['"""\nfirst\n  "second" \\\n     third"""', 'first\n  "second" third'],
    ['"""a"""""', 'a""'],
    ["'''\nit''s\\n'''", "it''s\\n"],
    ["''''quoted'''''", "'quoted''"],
    ['""', ""],
  ];
  for (const [toml, text] of cases) assert.equal(read(`x = ${toml}`), { x: text }, toml);
});

test("numbers, booleans, dates", () => {
  const cases: readonly (readonly [toml: string, value: unknown])[] = [
    ["1_000", 1000],
    ["+99", 99],
    ["-17", -17],
    ["0", 0],
    ["0xDEAD_BEEF", 0xdeadbeef],
    ["0o755", 0o755],
    ["0b1101", 13],
    ["2.25", 2.25],
    ["-0.01", -0.01],
    ["5e+22", 5e22],
    ["6.626e-34", 6.626e-34],
    ["-inf", Number.NEGATIVE_INFINITY],
    ["false", false],
    ["1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z"],
    ["1979-05-27 00:32:00.999-07:00", "1979-05-27 00:32:00.999-07:00"],
    ["1979-05-27", "1979-05-27"],
    ["07:32:00", "07:32:00"],
  ];
  for (const [toml, value] of cases) assert.equal(read(`x = ${toml}`), { x: value }, toml);
  assert.is(parseToml("x = 9223372036854775807").get("x"), 9223372036854775807n);
});

test("keys, dotted keys, inline tables", () => {
  assert.equal(read('a.b.c = 1\na.b."d.e" = 2\n3.14 = "pi"\n\'q r\' = {x = 1, y.z = [ {}, {k = "v"} ]}'), {
    a: { b: { c: 1, "d.e": 2 } },
    "3": { "14": "pi" },
    "q r": { x: 1, y: { z: [{}, { k: "v" }] } },
  });
  assert.equal(read("[a.b]\nx=1\n[a]\ny=2\n[ a . c ]\n"), { a: { b: { x: 1 }, y: 2, c: {} } });
  assert.equal(read("[[l]]\n[l.t]\nx=1\n[[l]]\n[[l.m]]\n"), { l: [{ t: { x: 1 } }, { m: [{}] }] });
  assert.equal(read("\uFEFFx = 1\r\n# end"), { x: 1 });
  assert.equal(read(""), {});
});

test("what TOML forbids", () => {
  const cases = [
    "x",
    "x =",
    "x = 1 y = 2",
    "x = 1\nx = 2",
    "= 1",
    "[a]\n[a]",
    "[a",
    "[[a]",
    "[]",
    "a = 1\n[a]",
    "a = {b = 1}\n[a.c]",
    "a = {b = 1}\na.c = 2",
    "[a]\nb = 1\n[a.b]",
    "[a.b]\nx = 1\n[a]\nb.y = 2",
    "a = [1]\n[[a]]",
    "[[a]]\n[a]",
    "x = [1 2]",
    "x = [1,",
    "x = {a = 1,\nb = 2}",
    "x = {a = 1,}",
    "x = 01",
    "x = 1_",
    "x = 1__0",
    "x = .5",
    "x = 5.",
    "x = +0x1",
    "x = tru",
    'x = "open',
    "x = 'open",
    'x = """open',
    "x = '''open",
    'x = "\\q"',
    'x = "\\ud800"',
    'x = "a\u0001b"',
    "# \u0001",
    `x = ${"[".repeat(300)}`,
  ];
  for (const text of cases) {
    try {
      parseToml(text);
      assert.unreachable(`accepted: ${text}`);
    } catch (error) {
      assert.instance(error, TomlError, text);
    }
  }
  try {
    parseToml("a = 1\n\nb = ?");
  } catch (error) {
    assert.match((error as Error).message, /^line 3: /);
  }
});

test.run();
