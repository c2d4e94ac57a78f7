/** Object stores: large values behind references (`runtime-core.md` 14), against a real server on the loopback interface. */
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compact, type JsonObject, parseJson } from "../../../runtime/json.js";
import { createKeyspecs } from "../../../runtime/report/keyspecs.js";
import { createObjectStores } from "../../../runtime/report/object-stores.js";
import { createTemplates } from "../../../runtime/report/templates.js";
import { type Answer, startServer } from "../../helpers/server.js";
import { dict, type Section, size } from "../../helpers/settings.js";
import { createWorld } from "../../helpers/world.js";

const object = (text: string) => (parseJson(text) as { value: JsonObject }).value;

/** Moves the values of a report; `answers` come from the service and the storage behind it, which are one server. */
async function externalize(
  report: string,
  answers: (url: string) => Answer[],
  more: { key?: Section; template?: Section; keyspec?: Section; store?: Section; times?: number; query?: string } = {},
) {
  const list: Answer[] = [];
  const server = await startServer(list);
  const replies = await startServer(answers(server.url));
  const world = createWorld({
    keyspec: { K: { kind: 1 }, _L: { kind: 3 }, _OP_FAILED_KEYS: { kind: 3 }, ...more.keyspec },
    report_template: {
      t: { key: { K: { object_store: "s" }, _L: {}, _CHALKS: {}, _OP_FAILED_KEYS: {}, ...more.key }, ...more.template },
    },
    auth_config: { r: { auth: "basic", username: "r", password: "p" }, w: { auth: "basic", username: "w", password: "p" } },
    object_store_config: {
      s: {
        enabled: true,
        object_store: "presign",
        object_store_presign: {
          uri: `${replies.url}/o/${more.query ?? ""}`,
          headers: dict({ "X-Mine": "1" }),
          read_auth: "r",
          write_auth: "w",
          ...more.store,
        },
      },
    },
  });
  const { host, settings, logger, publisher } = world;
  publisher.setReport("insert", "00ff");
  const keyspecs = createKeyspecs(settings);
  const template = createTemplates(
    settings,
    keyspecs,
    () => [],
    () => {},
  ).get("report_template", "t")!;
  const stores = createObjectStores({ host, settings, logger, keyspecs, auth: publisher.auth, sender: publisher.sender });
  let result = "";
  for (let i = 0; i < (more.times ?? 1); i++) result = compact(await stores.externalize(object(report), template));
  await Promise.all([server.stop(), replies.stop()]);
  world.cleanUp();
  return { result: result.replaceAll(replies.url, "URL"), asked: replies.received, logs: world.logs() };
}
const redirect = (location: string, headers = {}): Answer => ({ status: 307, headers: { location, ...headers } });
/** Id of the string "vm" (test vector of 6.4). */
const id = "30e9b6f6170e539abac19af354dfb54ee89dbcedbd0aedda3daa76110151a723";

test("stored when it isn't there: HEAD, then PUT; the reference takes the key's place", async () => {
  const { result, asked } = await externalize('{ "K" : "vm", "_L" : 1 }', (url) => [
    redirect(`${url}/h`),
    redirect(`${url}/p`, { "x-chalk-object-query": "v=2" }),
  ]);
  // The storage answers 200 to HEAD here, so the object counts as present.
  assert.is(result, `{ "@K" : "presign+URL/o/K.${id}", "_L" : 1 }`);
  assert.is(asked.length, 1);
  const [head] = asked;
  assert.is(`${head!.method} ${head!.path}`, `HEAD /o/K.${id}`);
  assert.is(head!.headers.authorization, `Basic ${btoa("r:p")}`);
  assert.is(head!.headers["x-content-length"], "0");
  assert.is(head!.headers["x-chalk-digest-sha256"], createHash("sha256").update("vm").digest("hex"));
  assert.is(head!.headers["x-mine"], "1");
});

/** Service and storage on one server: absolute redirects need its address, so it is found out first. */
async function store(report: string, storage: Answer[], more: Parameters<typeof externalize>[2] = {}) {
  const backend = await startServer(storage);
  const out = await externalize(
    report,
    () =>
      Array.from({ length: 8 }, () =>
        redirect(`${backend.url}/signed`, { "x-chalk-object-query": "v=2", "x-forward-headers": "X-Sig", "x-sig": "s" }),
      ),
    more,
  );
  await backend.stop();
  return { ...out, stored: backend.received };
}

test("a query of the uri stays behind the object's name", async () => {
  const server = await startServer([200]);
  const { result, asked } = await externalize(
    '{ "K" : "vm" }',
    () => [redirect(`${server.url}/h`, { "x-chalk-object-query": "v=2" })],
    { query: "?team=a" },
  );
  await server.stop();
  assert.is(asked[0]!.path, `/o/K.${id}?team=a`);
  assert.is(result, `{ "@K" : "presign+URL/o/K.${id}?team=a&v=2" }`);
});

test("PUT: bytes, content type, forwarded headers, query of the reference", async () => {
  const text = await store('{ "K" : "vm" }', [404, 200]);
  assert.is(text.result, `{ "@K" : "presign+URL/o/K.${id}?v=2" }`);
  assert.equal(
    text.stored.map((r) => `${r.method} ${r.body} ${r.headers["content-type"]} ${r.headers["x-sig"]} ${r.headers["x-mine"]}`),
    ["HEAD  undefined s undefined", "PUT vm application/octet-stream s undefined"],
  );
  assert.is(text.asked[1]!.headers.authorization, `Basic ${btoa("w:p")}`);
  assert.is(text.asked[1]!.headers["x-content-length"], "2");
  const list = await store('{ "K" : ["t"] }', [404, 200]);
  assert.ok(list.result.includes("K.10c5afafde4937657e5dd26f0b37fac0764515bf5ca46673868146cccd9f02ee"));
  assert.is(list.stored[1]!.body, '["t"]');
  assert.is(list.stored[1]!.headers["content-type"], "application/json");
});

test("a reference that is known is used again", async () => {
  const { asked } = await store('{ "K" : "vm" }', [200], { times: 3 });
  assert.is(asked.length, 1);
});

test("keys of artifacts go the same way", async () => {
  const { result } = await store('{ "_CHALKS" : [{ "K" : "vm" }] }', [200]);
  assert.is(result, `{ "_CHALKS" : [{ "@K" : "presign+URL/o/K.${id}?v=2" }] }`);
});

test("upload impossible: inline, or a failed key where only the store will do", async () => {
  const inline = await store('{ "K" : "vm" }', [404, 403, 404]);
  assert.is(inline.result, '{ "K" : "vm" }');
  assert.ok(inline.logs.some((line) => line.startsWith("error: object store 's': PUT failed: 403")));
  const race = await store('{ "K" : "vm" }', [404, 409, 200]);
  assert.ok(race.result.includes("@K"));
  const only = await store('{ "K" : "vm", "_L" : 1 }', [404, 403, 404], { keyspec: { K: { kind: 1, only_object_store: true } } });
  assert.ok(only.result.includes('"_OP_FAILED_KEYS" : { "K" : [{ "code" : "OBJECT_STORE_ERROR"'), only.result);
  assert.not.ok(only.result.includes("vm"));
});

test("only_object_store without an enabled store: dropped; a disabled store: inline", async () => {
  const off = { store: {}, keyspec: { K: { kind: 1, only_object_store: true } }, key: { K: {} } };
  assert.is((await store('{ "K" : "vm", "_L" : 1 }', [], off)).result, '{ "_L" : 1 }');
  assert.is((await store('{ "K" : "vm" }', [], { key: { K: { object_store: "missing" } } })).result, '{ "K" : "vm" }');
});

test("the default store takes what is longer than the threshold", async () => {
  const template = { default_object_store: { enabled: true, object_store: "s", threshold: size(4) } };
  const { result } = await store('{ "_CHALKS" : [], "_L" : "abcd", "K" : "abcde" }', [200], { key: { K: {} }, template });
  assert.ok(result.includes('"_L" : "abcd"') && result.includes('"@K"') && result.includes('"_CHALKS" : []'), result);
});

test("the canonical form names the object, the content stays as it is", async () => {
  const keyspec = { K: { kind: 1, canonicalize: () => "vm" } };
  const { result, stored } = await store('{ "K" : "anything" }', [404, 200], { keyspec });
  assert.ok(result.includes(`K.${id}`));
  assert.is(stored[1]!.body, "anything");
});

test("a store that can't be used is told once", async () => {
  const { result, logs } = await store('{ "K" : "vm" }', [], { store: { disallow_http: true }, times: 2 });
  assert.is(result, '{ "K" : "vm" }');
  assert.is(logs.filter((line) => line.includes("disallow_http")).length, 1);
});

test.run();
