/** Sinks `presign`, `s3`, `otlp` and `dns` against real servers on the loopback interface (`runtime-core.md` 11.7-11.9, `ours.md` 5). */
import { createSocket } from "node:dgram";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { signedHeaders } from "../../../runtime/aws-signature.js";
import { parseServer } from "../../../runtime/sinks/dns/config.js";
import { hostName, punycode } from "../../../runtime/sinks/dns/names.js";
import { parseTemplate } from "../../../runtime/sinks/dns/template.js";
import { type Answer, startServer } from "../../helpers/server.js";
import type { Callback, Section } from "../../helpers/settings.js";
import { dict } from "../../helpers/settings.js";
import { createWorld, realHost } from "../../helpers/world.js";

async function send(sink: Section, messages: string[], settings: Section = {}, changes: Parameters<typeof createWorld>[1] = {}) {
  const world = createWorld({ sink_config: { s: sink }, ...settings }, changes);
  world.publisher.subscribe("report", "s");
  world.publisher.setReport("insert", "00ff");
  const outcomes: string[] = [];
  for (const message of messages) {
    const { delivered, failed } = await world.publisher.publish("report", message);
    outcomes.push(delivered.length > 0 ? "delivered" : failed.length > 0 ? "failed" : "-");
  }
  world.cleanUp();
  return { logs: world.logs(), outcomes, world };
}

async function presign(first: (storage: string) => Answer[], second: Answer[] = [], sink: Section = {}) {
  const storage = await startServer(second);
  const service = await startServer(first(storage.url));
  const headers = dict({ "X-Mine": "secret" });
  const result = await send({ sink: "presign", uri: `${service.url}/ask`, timeout: 60_000, headers, ...sink }, ["[ {  } ]\n"]);
  await Promise.all([service.stop(), storage.stop()]);
  return { ...result, asked: service.received, stored: storage.received };
}

test("presign: asks without body, uploads with exactly the forwarded headers", async () => {
  const { asked, stored, logs } = await presign((url) => [
    503,
    {
      status: 307,
      headers: {
        location: `${url}/signed?x=1`,
        "x-forward-headers": "X-Amz-Meta, Content-Type, X-Missing",
        "x-amz-meta": "m",
        "content-type": "text/x",
        "x-other": "no",
      },
    },
  ]);
  const [, request] = asked;
  assert.is(`${request!.method} ${request!.path} ${request!.body}`, "PUT /ask ");
  assert.is(request!.headers["x-content-length"], "9");
  assert.is(request!.headers["x-mine"], "secret");
  assert.is(request!.headers["x-chalk-attempt"], "2");
  const [upload] = stored;
  assert.is(`${upload!.method} ${upload!.path} ${upload!.body}`, "PUT /signed?x=1 [ {  } ]\n");
  const names = Object.keys(upload!.headers).filter((name) => !["host", "connection", "content-length"].includes(name));
  assert.equal(names.sort(), ["content-type", "x-amz-meta", "x-chalk-attempt"]);
  assert.is(upload!.headers["content-type"], "text/x");
  assert.equal(logs, ["info:  Presign 200 OK (sink conf='s')"]);
});

test("presign: what is hard and what is soft", async () => {
  const hard = (log: string) => log.startsWith("error: sink 's' disabled: ");
  assert.ok(hard((await presign(() => [403])).logs[0]!));
  assert.not.ok(hard((await presign(() => [200])).logs[0]!));
  assert.ok(hard((await presign(() => [{ status: 302, headers: { location: "/relative" } }])).logs[0]!));
  assert.ok(hard((await presign(() => [{ status: 302 }])).logs[0]!));
  const upload = await presign((url) => [{ status: 302, headers: { location: `${url}/x` } }], [403]);
  assert.equal(upload.logs, ["error: Presign failed: 403 Forbidden (sink conf='s')"]);
});

test("s3: Amazon's published example of a signature", () => {
  const headers = signedHeaders(realHost.hashing, {
    method: "PUT",
    host: "examplebucket.s3.amazonaws.com",
    path: "/test%24file.text",
    region: "us-east-1",
    service: "s3",
    payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
    accessKey: "AKIAIOSFODNN7EXAMPLE",
    secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    token: "",
    time: Date.UTC(2013, 4, 24),
  });
  assert.is(
    headers.authorization,
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

const s3: Section = { sink: "s3", uid: "ID", secret: "KEY", region: "eu-west-1", uri: "s3://bucket/a dir/report.json" };

test("s3: one object per message, path style with an endpoint, session token, key in the log", async () => {
  const server = await startServer([]);
  const { logs } = await send({ ...s3, endpoint: `${server.url}/`, extra: "x", token: "tok" }, ["{}"]);
  await server.stop();
  const [request] = server.received;
  assert.is(request!.method, "PUT");
  assert.match(request!.path, /^\/bucket\/a%20dir\/1795442095737-[0-9A-HJKMNP-TV-Z]{26}-x-report\.json$/);
  assert.is(request!.headers["x-amz-security-token"], "tok");
  assert.match(request!.headers.authorization!, /^AWS4-HMAC-SHA256 Credential=ID\/20261123\/eu-west-1\/s3\/aws4_request, /);
  assert.match(logs[0]!, /^info: {2}Post to: a dir\/1795442095737-\w{26}-x-report\.json; response = 200 OK \(sink conf='s'\)$/);
});

test("s3: virtual-hosted, regional for AWS; region from the environment; bad URIs", async () => {
  const urls: string[] = [];
  const network = {
    request: async ({ url }: { url: string }) => {
      urls.push(url);
      return { status: 200, statusText: "OK", headers: {}, body: new Uint8Array() };
    },
  };
  await send({ ...s3, uri: "s3://bucket/name" }, ["{}"], {}, { network });
  assert.match(urls[0]!, /^https:\/\/bucket\.s3\.eu-west-1\.amazonaws\.com\/1795442095737-\w{26}-name$/);
  const variable = (name: string) => (name === "AWS_DEFAULT_REGION" ? "us-west-2" : undefined);
  await send({ ...s3, region: "" }, ["{}"], {}, { network, processes: { variable } });
  assert.ok(urls[1]!.includes(".s3.us-west-2."));
  for (const bad of [{ uri: "http://bucket/x" }, { uri: "s3://bucket" }, { endpoint: "ftp://x" }])
    assert.ok((await send({ ...s3, ...bad }, ["{}"], {}, { network })).logs[0]!.includes("disabled: "));
  assert.is(urls.length, 2);
});

test("otlp: gzip, one record per object, batches, attributes, partial success", async () => {
  const reply = { status: 200, body: '{"partialSuccess":{"rejectedLogRecords":"2"}}' };
  const server = await startServer([200, reply]);
  const report = '{ "_OPERATION" : "exec", "_TIMESTAMP" : 1795442095737, "_EXEC_ID" : "e", "_OP_HOSTNAME" : "web1" }';
  const { logs } = await send({ sink: "otlp", uri: `${server.url}/v1/logs`, timeout: 60_000, batch_size: 2 }, [
    `[ ${report}, {  }, {  } ]\n`,
  ]);
  await server.stop();
  const [first, second] = server.received;
  assert.is(first!.headers["content-encoding"], "gzip");
  assert.is(first!.headers["content-type"], "application/json");
  assert.is(first!.headers["x-content-length"], String(first!.bytes.length));
  const body = JSON.parse(gunzipSync(first!.bytes).toString());
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  assert.equal(body.resourceLogs[0].resource.attributes, [
    attribute("service.name", "chalk"),
    attribute("service.version", "0.1.0"),
    attribute("host.name", "web1"),
  ]);
  const { scope, logRecords } = body.resourceLogs[0].scopeLogs[0];
  assert.equal(scope, { name: "chalk" });
  assert.is(logRecords.length, 2);
  assert.equal(logRecords[0], {
    timeUnixNano: "1795442095737000000",
    severityNumber: 9,
    severityText: "INFO",
    body: { stringValue: report },
    attributes: [
      attribute("chalk.operation", "exec"),
      attribute("chalk.action_id", "00ff"),
      attribute("chalk.exec_id", "e"),
      attribute("chalk.version", "0.1.0"),
    ],
  });
  assert.is(JSON.parse(gunzipSync(second!.bytes).toString()).resourceLogs[0].scopeLogs[0].logRecords.length, 1);
  assert.ok(logs.some((line) => line.startsWith("warn:") && line.includes("rejected 2 log records")));
});

test("otlp: without gzip; bounds of batch_size", async () => {
  const server = await startServer([]);
  const sink = { sink: "otlp", uri: server.url, timeout: 60_000, gzip: false, service_name: "mine" };
  await send(sink, ["[ {  } ]\n"]);
  assert.ok(server.received[0]!.body.includes('"stringValue":"mine"'));
  assert.is(server.received[0]!.headers["content-encoding"], undefined);
  assert.ok((await send({ ...sink, batch_size: 0 }, ["[]"])).logs[0]!.includes("batch_size"));
  await server.stop();
});

/** A name server that gives every query the response code `code`; resolves to what was asked. */
async function nameServer(code = 0, isNoisy = false) {
  const other = createSocket("udp4");
  const socket = createSocket("udp4");
  const asked: { name: string; type: number }[] = [];
  socket.on("message", (query, peer) => {
    const labels: string[] = [];
    let at = 12;
    while (query[at] !== 0) {
      labels.push(query.subarray(at + 1, at + 1 + query[at]!).toString());
      at += 1 + query[at]!;
    }
    asked.push({ name: labels.join("."), type: query.readUInt16BE(at + 1) });
    const answer = Buffer.from(query);
    answer[2] = 0x81;
    answer[3] = 0x80 | code;
    if (isNoisy) {
      // Another query's answer, a query, too little, and the right answer with a refusal from somebody else.
      const [late, echoed, forged] = [Buffer.from(answer), Buffer.from(query), Buffer.from(answer)];
      late[0]! ^= 0xff;
      forged[3] = 0x85;
      for (const datagram of [late, echoed, Buffer.alloc(3)]) socket.send(datagram, peer.port, peer.address);
      other.send(forged, peer.port, peer.address, () => socket.send(answer, peer.port, peer.address));
      return;
    }
    socket.send(answer, peer.port, peer.address);
  });
  await new Promise<void>((ready) => socket.bind(0, "127.0.0.1", ready));
  return { asked, server: `127.0.0.1:${socket.address().port}`, stop: () => [socket, other].map((each) => each.close()) };
}

async function dns(sink: Section, report: string, code = 0, isNoisy = false) {
  const zone = await nameServer(code, isNoisy);
  const result = await send({ sink: "dns", dns_server: zone.server, ...sink }, [report]);
  zone.stop();
  return { ...result, asked: zone.asked };
}

test("dns: one query per mark, placeholder for what is missing, host keys", async () => {
  const report = '[ { "_OPERATION" : "Exec", "_CHALKS" : [{ "METADATA_ID" : "ABC-def" }, { "N" : 1.0 }, 7] } ]\n';
  const { asked, logs } = await dns({ domain_template: "{metadata_id}.{_OPERATION}.zone", record_type: "AAAA" }, report);
  assert.equal(asked, [
    { name: "ABC-def.Exec.zone", type: 28 },
    { name: "x.Exec.zone", type: 28 },
  ]);
  assert.ok(logs.includes("info:  DNS: ABC-def.Exec.zone (sink conf='s')"));
  assert.ok(logs.includes("warn:  sink 's': key 'METADATA_ID' not found"));
  assert.ok(logs.some((line) => line.includes("malformed entry")));
});

test("dns: without marks one query of host keys, or none at all", async () => {
  const template = { domain_template: "{_B}-{_N}-{_L}.zone", missing_key_placeholder: "none" };
  const report = '[ { "_B" : true, "_N" : 12, "_L" : [] } ]\n';
  const { asked, logs } = await dns(template, report);
  assert.equal(asked, [{ name: "true-12-none.zone", type: 1 }]);
  assert.ok(logs.some((line) => line.startsWith("warn:") && line.includes("'_L'")));
  const required = await dns({ ...template, require_chalk_mark: true }, report);
  assert.equal(required.asked, []);
  assert.equal(required.outcomes, ["delivered"]);
});

test("dns: only the server's answer to this query counts", async () => {
  const { outcomes, logs } = await dns({ domain_template: "{_N}.zone" }, '[ { "_N" : 1 } ]\n', 0, true);
  assert.equal(outcomes, ["delivered"], logs.join("\n"));
});

test("dns: normalize callbacks get the typed value", async () => {
  const callback: Callback = (value) => (typeof value === "bigint" ? value * 2n : undefined);
  const sink = { domain_template: "{_N}.{_S}.zone", normalize: { _N: { callback }, _S: { callback } } };
  const { asked, logs } = await dns(sink, '[ { "_N" : 21, "_S" : "s" } ]\n');
  assert.is(asked[0]!.name, "42.s.zone");
  assert.ok(logs.some((line) => line.includes("'_S' could not be normalized")));
});

test("dns: NXDOMAIN is soft, invalid names and messages are hard", async () => {
  const template = { domain_template: "{_N}.zone" };
  const soft = await dns(template, '[ { "_N" : 1 } ]\n', 3);
  assert.ok(soft.logs[0]!.startsWith("error: DNS look-up of 1.zone failed: the server answers NXDOMAIN"));
  for (const report of ['[ { "_N" : "a..b" } ]', `[ { "_N" : "${"l".repeat(64)}" } ]`, "no report"])
    assert.ok((await dns(template, report)).logs[0]!.startsWith("error: sink 's' disabled: DNS: "));
});

test("dns: the system resolver", async () => {
  const asked: unknown[] = [];
  const network = {
    async resolve(name: string, family: unknown) {
      asked.push([name, family]);
      return ["127.0.0.1"];
    },
  };
  for (const record_type of ["A", "AAAA", "any"])
    await send({ sink: "dns", domain_template: "a.zone", record_type }, ["[ {  } ]"], {}, { network });
  assert.equal(asked, [
    ["a.zone", 4],
    ["a.zone", 6],
    ["a.zone", "any"],
  ]);
});

test("dns: templates, servers, Punycode", () => {
  assert.equal(parseTemplate("a{b}{c}.d"), [{ literal: "a" }, { key: "B" }, { key: "C" }, { literal: ".d" }]);
  for (const bad of ["{a", "a}", "{}", "{a{b}}", "{a}}"]) assert.throws(() => parseTemplate(bad), /domain_template/, bad);
  assert.equal(parseServer("1.2.3.4"), { host: "1.2.3.4", port: 53 });
  assert.equal(parseServer("ns:5353"), { host: "ns", port: 5353 });
  assert.equal(parseServer("ns:zz"), { host: "ns", port: 53 });
  assert.equal(parseServer("[::1]:54"), { host: "::1", port: 54 });
  assert.equal(parseServer("[::1]"), { host: "::1", port: 53 });
  assert.equal(parseServer("::1"), { host: "::1", port: 53 });
  assert.is(punycode("bücher"), "bcher-kva");
  assert.is(punycode("他们为什么不说中文"), "ihqwcrb4cv8a8dqg056pqjye");
  assert.is(punycode("3年B組金八先生"), "3B-ww4c5e180e575a65lsy2b");
  assert.equal(hostName("BÜ.x"), { name: "xn--B-kfa.x" });
});

test.run();
