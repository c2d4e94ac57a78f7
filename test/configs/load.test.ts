/** Every shipped file parses, checks and evaluates without a single remark, alone and with the examples on top. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyFindings, modernize } from "../../compiler/legacy/rewrite.js";
import { deprecatedKeys } from "../../compiler/legacy/table.js";
import { parse } from "../../grammar/parse.js";
import { sourceFromText } from "../../grammar/source.js";
import { encoded } from "./facts.js";
import { order, readConfig, Shipped } from "./shipped.js";

/** A user's file with its old spellings replaced: the network guide is written in those of an early release. Deprecated keys keep their names. */
function current(file: string): string {
  const source = sourceFromText(file, readConfig(`examples/${file}`));
  const { findings } = modernize(parse(source).ast, source);
  return applyFindings(
    source.text,
    findings.filter(({ old }) => !Object.hasOwn(deprecatedKeys, old)),
  );
}

const remarks = (shipped: Shipped): string[] =>
  shipped.diagnostics.map((d) => `${d.code} ${JSON.stringify(d.location ?? "")} ${d.message}`);

test("the shipped files give no diagnostics", async () => {
  const shipped = await new Shipped().complete();
  assert.equal(remarks(shipped), []);
});

test("a valid empty configuration on top of them gives none either", async () => {
  const shipped = await new Shipped().complete();
  await shipped.run("user.c4m", "# nothing\n", "all");
  assert.equal(remarks(shipped), []);
});

test("order.json lists every c4m file but those of the command line", () => {
  const listed = [...order.base, ...order.io, ...order.tools].sort();
  const present = [
    ...readdirSync(join(process.cwd(), "configs")).filter((file) => file.endsWith(".c4m") && !file.endsWith("getopts.c4m")),
    ...readdirSync(join(process.cwd(), "configs/keyspecs")).map((file) => `keyspecs/${file}`),
  ].sort();
  assert.equal(listed, present);
});

for (const example of readdirSync(join(process.cwd(), "configs/examples")).filter((file) => file.endsWith(".c4m")))
  test(`example ${example}`, async () => {
    const shipped = await new Shipped({
      environment: { COLLECTOR_URL: "https://collector.example/in", COLLECTOR_TOKEN: "a.b.c", JENKINS_URL: "https://ci.example" },
    }).complete();
    assert.ok(await shipped.run(example, current(example), "all"), remarks(shipped).join("\n"));
    assert.equal(remarks(shipped), []);
  });

test("the network guide: heartbeats, template, sinks, report", async () => {
  const shipped = await new Shipped().complete();
  await shipped.run("network.c4m", current("network.c4m"), "all");
  assert.is(shipped.value("exec", "heartbeat", "run"), true);
  assert.equal(encoded(shipped.value("exec", "heartbeat", "rate")), { $amount: 600_000_000 });
  const keys = [
    "CHALK_ID",
    "CHALK_PTR",
    "_OPERATION",
    "_TIMESTAMP",
    "_CHALKS",
    "_OP_PLATFORM",
    "_OP_HOSTNAME",
    "_OP_HOSTINFO",
    "_OP_NODENAME",
    "_OP_ERRORS",
    "_OP_TCP_SOCKET_INFO",
    "_OP_UDP_SOCKET_INFO",
    "_OP_IPV4_ROUTES",
    "_OP_IPV6_ROUTES",
    "_OP_IPV4_INTERFACES",
    "_OP_IPV6_INTERFACES",
    "_OP_ARP_TABLE",
  ];
  assert.equal(shipped.names("report_template", "network_report", "key"), keys);
  for (const key of keys) assert.is(shipped.value("report_template", "network_report", "key", key, "use"), true, key);
  assert.is(shipped.value("sink_config", "network_std_out", "sink"), "stdout");
  assert.is(shipped.value("sink_config", "network_file_out", "filename"), "~/network_heartbeat_log.log");
  const report = ["custom_report", "network_heartbeat_report"];
  assert.is(shipped.value(...report, "enabled"), true);
  assert.is(shipped.value(...report, "report_template"), "network_report");
  assert.equal(encoded(shipped.value(...report, "sink_configs")), ["network_std_out", "network_file_out"]);
  assert.equal(encoded(shipped.value(...report, "use_when")), ["heartbeat"]);
});

test.run();
