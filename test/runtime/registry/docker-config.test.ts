/** Credentials in docker's config.json, and which of them are for a repository (`docker.md` 17.3). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  chooseEntry,
  type DockerConfig,
  encodeBasic,
  helperServer,
  readDockerConfig,
  readHelperAnswer,
  splitServer,
} from "../../../runtime/registry/docker-config.js";

const hub = "registry-1.docker.io";
const auth = (text: string): string => Buffer.from(text).toString("base64");
const basic = (text: string) => ({ kind: "basic", encoded: auth(text) });
const read = (json: unknown): DockerConfig => readDockerConfig(JSON.stringify(json)) as DockerConfig;

test("names of servers", () => {
  const cases: readonly (readonly [name: string, registry: string, namespace: string])[] = [
    ["https://index.docker.io/v1/", hub, ""],
    ["docker.io", hub, ""],
    ["docker.io/library", hub, "library"],
    ["HTTPS://Registry.Example/v2/", "registry.example", ""],
    ["registry.example:5000/team/sub/", "registry.example:5000", "team/sub"],
    ["http://localhost:5000", "localhost:5000", ""],
    ["[::1]:5000", "[::1]:5000", ""],
  ];
  for (const [name, registry, namespace] of cases) assert.equal(splitServer(name), { registry, namespace }, name);
});

test("the longest namespace that the repository is in", () => {
  const config = read({
    auths: {
      "r.example": { auth: auth("all:1") },
      "r.example/team": { auth: auth("team:1") },
      "https://r.example/team/sub/": { auth: auth("sub:1") },
      "other.example": { auth: auth("other:1") },
    },
  });
  for (const [name, user] of [
    ["x", "all"],
    ["teams/x", "all"],
    ["team/x", "team"],
    ["team", "team"],
    ["team/sub/x/y", "sub"],
  ] as const)
    assert.equal(chooseEntry(config, "R.example", name), basic(`${user}:1`), name);
  assert.is(chooseEntry(config, "r.example:5000", "x"), undefined);
  assert.is(chooseEntry(config, hub, "library/x"), undefined);
});

test("every form of an entry", () => {
  const config = read({
    auths: {
      "a.example": { username: "jo", password: "p:w" },
      "b.example": { auth: auth("jo:p:w\0\0") },
      "c.example": { auth: auth("ignored:x"), identitytoken: "refresh" },
      "d.example": { registrytoken: "bearer" },
      "e.example": { auth: "no base64!" },
      "f.example": { auth: auth("no colon") },
      "g.example": {},
      "h.example": "text",
      "i.example": { username: "jö", password: "ß" },
    },
  });
  const of = (registry: string) => chooseEntry(config, `${registry}.example`, "x");
  assert.equal(of("a"), basic("jo:p:w"));
  assert.equal(of("b"), basic("jo:p:w"));
  assert.equal(of("c"), { kind: "identity", token: "refresh" });
  assert.equal(of("d"), { kind: "bearer", token: "bearer" });
  for (const name of ["e", "f", "g", "h"]) assert.is(of(name), undefined, name);
  assert.equal(of("i"), { kind: "basic", encoded: encodeBasic("jö", "ß") });
  assert.is(Buffer.from(encodeBasic("jö", "ß"), "base64").toString(), "jö:ß");
});

test("helpers; names that could be paths are none", () => {
  const config = read({
    credsStore: "desktop",
    credHelpers: { "https://r.example/v1/": "ecr-login", "x.example": "../evil", "y.example": 1 },
  });
  assert.is(config.store, "desktop");
  assert.equal([...config.helpers], [["r.example", "ecr-login"]]);
  assert.is(read({ credsStore: "a/b" }).store, "");
  assert.is(helperServer(hub), "https://index.docker.io/v1/");
  assert.is(helperServer("r.example:5000"), "r.example:5000");
});

test("what is no configuration, and what is no answer of a helper", () => {
  for (const text of ["", "[]", "null", "{", '"x"']) assert.is(readDockerConfig(text), undefined, text);
  assert.equal(read({ auths: [], credHelpers: 3 }), { entries: [], helpers: new Map(), store: "" });
  for (const text of ["", "credentials not found", "[]", '{"Username":"jo"}']) assert.is(readHelperAnswer(text), undefined, text);
  assert.equal(readHelperAnswer('{"Username":"jo","Secret":"s"}'), basic("jo:s"));
  assert.equal(readHelperAnswer('{"Username":"<token>","Secret":"s"}'), { kind: "identity", token: "s" });
});

test.run();
