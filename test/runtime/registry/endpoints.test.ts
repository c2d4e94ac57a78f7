/** Where registries are reached, by what docker's daemon and builders were told (`docker.md` 17.2), and what may be asked for at all. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isAskable, parseReference } from "../../../runtime/docker/references.js";
import { configDirectory } from "../../../runtime/registry/connect.js";
import {
  addressOf,
  builderEndpoints,
  daemonMirrors,
  foreignBlocks,
  insecureEndpoints,
  isDeclaredInsecure,
  plainEndpoints,
  readDaemonRegistries,
} from "../../../runtime/registry/endpoints.js";

const hub = "registry-1.docker.io";
const info = `Client:
 Version: 28
Server:
 Storage Driver: overlay2
 Insecure Registries:
  registry.example:5000
  10.0.0.0/8
  ::1/128
  127.0.0.0/8
 Registry Mirrors:
  https://mirror.example/
  mirror2.example:8080
 Live Restore Enabled: false
`;

test("docker info", () => {
  assert.equal(readDaemonRegistries(info), {
    mirrors: ["https://mirror.example/", "mirror2.example:8080"],
    insecure: ["registry.example:5000", "10.0.0.0/8", "::1/128", "127.0.0.0/8"],
  });
  assert.equal(readDaemonRegistries(" REGISTRY MIRRORS:\n  a\n\n  b\n").mirrors, ["a"]);
  assert.equal(readDaemonRegistries(""), { mirrors: [], insecure: [] });
});

test("insecure by name, with or without port, or by address", () => {
  const { insecure } = readDaemonRegistries(info);
  assert.ok(isDeclaredInsecure("Registry.example:5000", insecure, []));
  assert.not(isDeclaredInsecure("registry.example", insecure, []));
  assert.ok(isDeclaredInsecure("r.example:5000", ["r.example"], []));
  assert.ok(isDeclaredInsecure("r.example", insecure, ["192.0.2.1", "10.9.8.7"]));
  assert.not(isDeclaredInsecure("r.example", insecure, ["192.0.2.1", "2001:db8::1"]));
  assert.ok(isDeclaredInsecure("[::1]:5000", insecure, ["::1"]));
  assert.not(isDeclaredInsecure("x", ["not/a/block", "10.0.0.0/99"], ["10.0.0.1"]));
  assert.equal(foreignBlocks(insecure), ["10.0.0.0/8"]);
});

test("addresses", () => {
  for (const [registry, address] of [
    ["127.0.0.1:5000", "127.0.0.1"],
    ["[::1]:5000", "::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["localhost:5000", undefined],
    ["registry.example", undefined],
    ["1234", undefined],
  ] as const)
    assert.is(addressOf(registry), address, registry);
});

test("the order in which a registry is tried", () => {
  const urls = (list: readonly { readonly url: string }[]): string[] => list.map(({ url }) => url);
  assert.equal(urls(plainEndpoints("registry.example:5000")), ["https://registry.example:5000"]);
  assert.equal(urls(plainEndpoints("localhost:5000")), ["http://localhost:5000", "https://localhost:5000"]);
  assert.equal(urls(insecureEndpoints("r.example")), ["https://r.example", "http://r.example"]);
  assert.equal(urls(daemonMirrors(hub, ["https://m.example/", "n.example/path/"])), [
    "https://m.example",
    "https://n.example/path",
  ]);
  assert.equal(daemonMirrors("r.example", ["https://m.example/"]), []);
  const settings = { mirrors: ["m.example"], http: false, insecure: true, authorities: [{ path: "/ca", text: "PEM" }] };
  assert.equal(
    builderEndpoints("r.example", settings, "read").map(({ url, mirror, authority }) => [url, mirror, authority?.path]),
    [
      ["https://m.example", true, undefined],
      ["https://r.example", false, "/ca"],
      ["https://r.example", false, undefined],
    ],
  );
  assert.equal(urls(builderEndpoints("r.example", { ...settings, http: true }, "write")), ["http://r.example"]);
});

test("only what is a reference by the rules becomes part of an address", () => {
  const digest = "a".repeat(64);
  for (const text of ["redis", "team/app:1.0_x-y", `r.example:5000/a/b@sha256:${digest}`, "[::1]:5000/x", "a__b/c--d"])
    assert.ok(isAskable(parseReference(text)), text);
  for (const text of [
    "",
    "scratch",
    `sha256:${digest}`,
    "r.example/../x",
    "r.example/a//b",
    "r.example/UPPER",
    "r.example/a:-tag",
    "r.example/a?b",
    "r.example/a b",
    "us er@r.example/x",
    "r.example:port/x",
    "./folder/file",
    "a@sha256:12",
    `r.example/a:${"t".repeat(200)}`,
  ])
    assert.not(isAskable(parseReference(text)), text);
});

test("the directory of docker's configuration among global flags", () => {
  assert.is(configDirectory([]), "");
  assert.is(configDirectory(["--debug", "--config", "/a"]), "/a");
  assert.is(configDirectory(["--config", "/a", "--config=/b"]), "/b");
  assert.is(configDirectory(["--config=/b", "--config", "/a"]), "/a");
});

test.run();
