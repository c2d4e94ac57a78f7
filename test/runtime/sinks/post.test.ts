/** Sink `post` against a real server on the loopback interface (`runtime-core.md` 11.2, 11.6, 13). */
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isJwtValid } from "../../../runtime/sinks/index.js";
import { type Answer, type Received, startServer } from "../../helpers/server.js";
import { dict, duration, type Section, size } from "../../helpers/settings.js";
import { createWorld, type World } from "../../helpers/world.js";

/** Publishes messages on a topic whose one sink posts to a server with these answers; gives what the server received. */
async function post(
  answers: Answer[],
  options: { sink?: Section; config?: Section; messages?: string[]; path?: string } = {},
): Promise<{ received: Received[]; world: World; deliveries: readonly string[][] }> {
  const server = await startServer(answers);
  const world = createWorld({
    sink_config: { s: { sink: "post", uri: `${server.url}${options.path ?? "/in"}`, timeout: 60_000, ...options.sink } },
    ...options.config,
  });
  world.publisher.subscribe("report", "s");
  world.publisher.setReport("insert", "00ff");
  const deliveries: string[][] = [];
  for (const message of options.messages ?? ["[ {  } ]\n"]) {
    const { delivered, failed } = await world.publisher.publish("report", message);
    deliveries.push([...delivered.map(() => "delivered"), ...failed.map(() => "failed")]);
  }
  await server.stop();
  world.cleanUp();
  return { received: server.received, world, deliveries };
}

test("request: method, path, body, headers", async () => {
  const body = '[ { "a" : "é" } ]\n';
  const { received, world } = await post([200], {
    messages: [body],
    sink: { headers: dict({ "X-Mine": "1", "x-chalk-version": "forged", "Content-Type": "text/plain" }) },
  });
  const [request] = received as [Received];
  assert.is(`${request.method} ${request.path}`, "POST /in");
  assert.is(request.body, body);
  const { headers } = request;
  const bytes = new TextEncoder().encode(body);
  assert.is(headers["content-type"], "application/json");
  assert.is(headers["x-mine"], "1");
  assert.is(headers["x-chalk-version"], "0.1.0");
  assert.is(headers["x-chalk-operation"], "insert");
  assert.is(headers["x-chalk-action-id"], "00ff");
  assert.is(headers["x-chalk-attempt"], "1");
  assert.is(headers["x-content-length"], String(bytes.length));
  assert.is(headers["x-chalk-digest-sha256"], createHash("sha256").update(bytes).digest("hex"));
  assert.ok(headers["user-agent"]!.startsWith("chalk/0.1.0"));
  assert.equal(world.logs(), ["info:  Post 200 OK (sink conf='s')"]);
});

test("retries: 5xx, 429 and 408 three times in all, with pauses", async () => {
  const { received, world } = await post([500, 503, 200]);
  assert.equal(
    received.map((r) => r.headers["x-chalk-attempt"]),
    ["1", "2", "3"],
  );
  assert.equal(world.slept, [100, 200]);
  assert.is((await post([408, 429, 200])).received.length, 3);
  const limited = await post([{ status: 429, headers: { "retry-after": "3600" } }, 200], { sink: { timeout: 600_000 } });
  assert.equal(limited.world.slept, [600_000]);
  // A date is meant by the server's clock.
  const dates = { "retry-after": "Wed, 21 Oct 2015 07:28:05 GMT", date: "Wed, 21 Oct 2015 07:28:00 GMT" };
  const dated = await post([{ status: 429, headers: dates }, 200], { sink: { timeout: 0 } });
  assert.equal(dated.world.slept, [5000]);
});

test("5xx to the end is a soft failure, counted up to disable_after_errors", async () => {
  const answers: Answer[] = Array.from({ length: 9 }, () => 500);
  const { received, world, deliveries } = await post(answers, { messages: ["a", "b", "c", "d"] });
  assert.is(received.length, 9);
  assert.equal(deliveries, [["failed"], ["failed"], ["failed"], []]);
  const logs = world.logs();
  assert.is(logs.filter((line) => line === "error: Post failed: 500 Internal Server Error (sink conf='s')").length, 3);
  assert.ok(logs.at(-1)!.startsWith("error: sink 's' disabled after 3"));
});

test("success resets the count", async () => {
  const bad: Answer[] = [500, 500, 500];
  const { deliveries } = await post([...bad, ...bad, 200, ...bad, ...bad, 200], { messages: ["a", "b", "c", "d", "e", "f"] });
  assert.equal(deliveries.flat(), ["failed", "failed", "delivered", "failed", "failed", "delivered"]);
});

test("4xx is hard: no retry, disabled at once", async () => {
  const { received, world, deliveries } = await post([400], { messages: ["a", "b"] });
  assert.is(received.length, 1);
  assert.equal(deliveries, [["failed"], []]);
  assert.equal(world.logs(), ["error: sink 's' disabled: Post failed: 400 Bad Request"]);
});

test("redirects: 307 and 308 repeat the body, 301 and 302 too on the same host, others fail", async () => {
  for (const status of [301, 302, 307, 308]) {
    const { received, deliveries } = await post([{ status, headers: { location: "/moved" } }, 200], {
      sink: { headers: dict({ "X-Mine": "1" }) },
    });
    assert.equal(
      received.map((r) => `${r.method} ${r.path} ${r.headers["x-mine"]} ${r.body.length}`),
      ["POST /in 1 9", "POST /moved 1 9"],
    );
    assert.equal(deliveries, [["delivered"]]);
  }
  const { received, deliveries, world } = await post([{ status: 303, headers: { location: "/moved" } }]);
  assert.is(received.length, 1);
  assert.equal(deliveries, [["failed"]]);
  assert.ok(world.logs()[0]!.includes("redirect 303"));
});

test("redirects: at most three; none to another host for 301; private headers stay at home", async () => {
  const loop: Answer[] = Array.from({ length: 5 }, () => ({ status: 307, headers: { location: "/again" } }));
  assert.is((await post(loop)).received.length, 4);
  const other = await startServer([200]);
  const away = { location: `${other.url}/there` };
  assert.equal((await post([{ status: 302, headers: away }])).deliveries, [["failed"]]);
  const { deliveries } = await post([{ status: 307, headers: away }], {
    sink: { headers: dict({ "X-Mine": "1" }), auth: "a" },
    config: { auth_config: { a: { auth: "basic", username: "u", password: "p" } } },
  });
  assert.equal(deliveries, [["delivered"]]);
  const [request] = other.received as [Received];
  assert.is(request.headers["x-mine"], undefined);
  assert.is(request.headers.authorization, undefined);
  assert.is(request.headers["x-chalk-operation"], "insert");
  await other.stop();
});

test("auth", async () => {
  const basic = await post([200], {
    sink: { auth: "a" },
    config: { auth_config: { a: { auth: "basic", username: "user", password: "pä:s" } } },
  });
  assert.is(basic.received[0]!.headers.authorization, `Basic ${Buffer.from("user:pä:s").toString("base64")}`);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (claims: object) => `${part({ alg: "none" })}.${part(claims)}.c2ln`;
  const good = token({ exp: 99999999999 });
  const jwt = await post([200], { sink: { auth: "a" }, config: { auth_config: { a: { auth: "jwt", token: good } } } });
  assert.is(jwt.received[0]!.headers.authorization, `Bearer ${good}`);
  const expired = await post([], {
    sink: { auth: "a" },
    config: { auth_config: { a: { auth: "jwt", token: token({ exp: 1 }) } } },
  });
  assert.equal(expired.world.logs(), ["error: sink 's' disabled: auth_config 'a': the token is malformed or has expired"]);
  const unknown = await post([], { sink: { auth: "zz" } });
  assert.equal(unknown.world.logs(), ["error: sink 's' disabled: there is no auth_config 'zz'"]);
  const now = 1795442095737;
  assert.is(isJwtValid(token({}), now), true);
  assert.is(isJwtValid(token({ exp: 0 }), now), true);
  assert.is(isJwtValid(token({ exp: 1795442095 }), now), false);
  for (const bad of ["", "a.b.c", "a.b", `${good}.x`, token({ exp: "soon" })]) assert.is(isJwtValid(bad, now), false, bad);
});

test("timeouts as int, Size and Duration; a server that doesn't answer is a soft failure", async () => {
  for (const timeout of [60, size(60), duration(60)]) {
    const { deliveries, world } = await post(["hang", "hang", "hang"], { sink: { timeout } });
    assert.equal(deliveries, [["failed"]]);
    // Three attempts; on a busy machine the server may not hear of all of them in time.
    assert.equal(world.slept, [100, 200]);
  }
});

test("nobody listens: a soft failure", async () => {
  const world = createWorld({ sink_config: { s: { sink: "post", uri: "http://127.0.0.1:9/x" } } });
  world.publisher.subscribe("report", "s");
  assert.equal((await world.publisher.publish("report", "x")).failed, ["s"]);
  assert.ok(world.logs()[0]!.includes("ECONNREFUSED"));
  world.cleanUp();
});

test("URLs and certificates that can't work", async () => {
  const cases: [Section, string][] = [
    [{ uri: "ftp://x/" }, "must be an http or https URL"],
    [{ uri: "nonsense" }, "is not a URL"],
    [{ disallow_http: true }, "disallow_http"],
    [{ pinned_cert: "x" }, "needs an https uri"],
    [{ uri: "https://x/", pinned_cert: "x", pinned_cert_file: "y" }, "exclude each other"],
    [{ uri: "https://x/", pinned_cert_file: "missing.pem" }, "could not be read: ENOENT"],
  ];
  for (const [sink, part] of cases) {
    const { world, received } = await post([], { sink });
    assert.is(received.length, 0);
    const logs = world.logs();
    assert.ok(logs[0]!.startsWith("error: sink 's' disabled: ") && logs[0]!.includes(part), logs[0]);
  }
});

test("quiet deliveries are only traced, whether they succeed or fail", async () => {
  const server = await startServer([200, 400]);
  const world = createWorld({ sink_config: { s: { sink: "post", uri: server.url, timeout: 60_000 } } });
  world.publisher.subscribe("report", "s");
  for (let i = 0; i < 2; i++) await world.publisher.publish("report", "x", { quiet: true });
  assert.equal(world.logs(), []);
  assert.is(server.received.length, 2);
  await server.stop();
  world.cleanUp();
});

test("disallow_http: false allows http", async () => {
  assert.equal((await post([200], { sink: { disallow_http: false } })).deliveries, [["delivered"]]);
});

test("trace output tells the parameters, not the secrets", async () => {
  const server = await startServer([404]);
  const world = createWorld({
    sink_config: { s: { sink: "post", uri: `${server.url}/in`, headers: dict({ "X-Key": "hidden1" }), token: "hidden2" } },
  });
  world.logger.configure({ level: "trace" });
  world.publisher.subscribe("report", "s");
  await world.publisher.publish("report", "report text");
  const logs = world.logs().join("\n");
  assert.ok(logs.includes("uri=") && logs.includes("headers=X-Key <<redact>>"), logs);
  assert.not.ok(/hidden|report text/.test(logs));
  await server.stop();
  world.cleanUp();
});

test.run();
