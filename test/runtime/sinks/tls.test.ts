/** Certificates of HTTP sinks (`runtime-core.md` 11.6, 11.7): verification is always on, a pinned certificate is the only trust anchor. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startServer } from "../../helpers/server.js";
import type { Section } from "../../helpers/settings.js";
import { createWorld } from "../../helpers/world.js";

const directory = mkdtempSync(join(tmpdir(), "chalk-tls-"));

/** A self-signed certificate for 127.0.0.1; undefined without openssl. */
function makeCertificate(name: string): { cert: string; key: string } | undefined {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.pem`)];
  const made = spawnSync(
    "openssl",
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
      " ",
    ),
  );
  return made.status === 0 ? { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") } : undefined;
}
const server = makeCertificate("server");
const other = makeCertificate("other");

async function post(
  sink: Section,
  answer: (url: string) => { status: number; headers?: Record<string, string> } = () => ({ status: 200 }),
) {
  let count = 0;
  const https = createServer({ cert: server!.cert, key: server!.key }, (request, response) => {
    request.resume();
    request.on("end", () => {
      const { status, headers = {} } = count++ === 0 ? answer(url) : { status: 200 };
      response.writeHead(status, headers);
      response.end();
    });
  });
  await new Promise<void>((ready) => https.listen(0, "127.0.0.1", ready));
  const url = `https://127.0.0.1:${(https.address() as AddressInfo).port}`;
  const world = createWorld({ sink_config: { s: { sink: "post", uri: `${url}/x`, timeout: 60_000, ...sink } } });
  world.publisher.subscribe("report", "s");
  const { delivered } = await world.publisher.publish("report", "{}");
  https.closeAllConnections();
  await new Promise<void>((done) => https.close(() => done()));
  world.cleanUp();
  return { delivered: delivered.length === 1, logs: world.logs(), count };
}

if (server === undefined || other === undefined) {
  console.log("SKIPPED TLS of sinks: no openssl here");
  test.skip("TLS of sinks", () => {});
} else {
  test("an unknown certificate is refused: a soft failure that names the reason", async () => {
    const { delivered, logs } = await post({});
    assert.not.ok(delivered);
    assert.match(logs[0]!, /^error: .*(SELF_SIGNED|self.signed).*\(sink conf='s'\)$/);
  });

  test("a variable that lets the program's engine verify nothing is none of our business, and stays as it is", async () => {
    const variable = "NODE_TLS_REJECT_UNAUTHORIZED";
    process.env[variable] = "0";
    const warnings: string[] = [];
    const note = ({ message }: Error) => void warnings.push(message);
    process.on("warning", note);
    try {
      const { delivered } = await post({});
      await new Promise((done) => setImmediate(done));
      assert.equal([delivered, warnings, process.env[variable]], [false, [], "0"]);
    } finally {
      delete process.env[variable];
      process.off("warning", note);
    }
  });

  test("a pinned certificate is trusted, inline or from a file; another one is not", async () => {
    assert.ok((await post({ pinned_cert: server.cert })).delivered);
    assert.ok((await post({ pinned_cert_file: join(directory, "server.pem") })).delivered);
    assert.not.ok((await post({ pinned_cert: other.cert })).delivered);
  });

  test("the system's certificates vouch for servers; bundled ones can be preferred", async () => {
    try {
      process.env["SSL_CERT_FILE"] = join(directory, "server.pem");
      assert.ok((await post({})).delivered);
      assert.ok((await post({ prefer_bundled_certs: false })).delivered);
      assert.ok((await post({ prefer_bundled_certs: true })).delivered, "the system's after the bundled ones");
      assert.not.ok((await post({ pinned_cert: other.cert })).delivered, "a pinned certificate is the only one");
      process.env["SSL_CERT_FILE"] = join(directory, "other.pem");
      assert.not.ok((await post({ prefer_bundled_certs: true })).delivered);
      process.env["SSL_CERT_FILE"] = join(directory, "missing.pem");
      assert.not.ok((await post({})).delivered, "the places of distributions are looked at");
    } finally {
      delete process.env["SSL_CERT_FILE"];
    }
  });

  test("disallow_http also holds for redirects", async () => {
    const plain = await startServer([]);
    const redirect = () => ({ status: 307, headers: { location: plain.url } });
    const refused = await post({ pinned_cert: server.cert, disallow_http: true }, redirect);
    assert.not.ok(refused.delivered);
    assert.is(plain.received.length, 0);
    await plain.stop();
  });

  test("presign: storage on another host is not measured by the pinned certificate", async () => {
    const storage = await startServer([]);
    const { delivered } = await post({ sink: "presign", pinned_cert: server.cert }, () => ({
      status: 302,
      headers: { location: `http://localhost:${new URL(storage.url).port}/signed` },
    }));
    assert.ok(delivered);
    assert.is(storage.received.length, 1);
    await storage.stop();
  });
}
test.after(() => rmSync(directory, { recursive: true, force: true }));

test.run();
