// Pods (`collection.md` 9): an operator on loopback, configuration mounted the way kubelet does it (links through `..data`).
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kubernetes } from "../../../runtime/collect/kubernetes/collector.js";
import type { CollectContext } from "../../../runtime/collect/types.js";
import { createHost } from "../../../runtime/host/create.js";
import { type Answer, startServer } from "../../helpers/server.js";
import { artifactOf, contextOf, plain, plainSession, settingsOf } from "../support/collect.js";

const folder = mkdtempSync(join(tmpdir(), "chalk-k8s-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const token = write("token", "secret-token\n");
const mount = join(folder, "etc");
mkdirSync(join(mount, "..2026_01_01"), { recursive: true });
writeFileSync(join(mount, "..2026_01_01", "app.yaml"), "a: 1");
symlinkSync("..2026_01_01", join(mount, "..data"));
symlinkSync("..data/app.yaml", join(mount, "app.yaml"));
mkdirSync(join(mount, "folder"));
const single = write("single.conf", "one");
const picked = join(folder, "picked");
mkdirSync(join(picked, "sub"), { recursive: true });
writeFileSync(join(picked, "sub", "key"), "k");
writeFileSync(join(picked, "unlisted"), "u");

const manifest = {
  metadata: { labels: { app: "api" }, annotations: { note: "x" } },
  spec: {
    volumes: [
      { name: "config", configMap: { name: "c" } },
      { name: "one", secret: { secretName: "s" } },
      {
        name: "some",
        secret: {
          secretName: "s",
          items: [
            { key: "k", path: "sub/key" },
            { key: "gone", path: "gone" },
          ],
        },
      },
      { name: "token", projected: {} },
      { name: "info", downwardAPI: {} },
    ],
    containers: [
      { name: "sidecar", env: [{ name: "OTHER" }] },
      {
        name: "api",
        env: [
          { name: "DB_HOST", value: "db" },
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
          { name: "ADDRESS", value: "x" },
          { name: "FROM_SECRET", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
          { name: "REPLICA" },
        ],
        ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: "UDP" }],
        volumeMounts: [
          { name: "config", mountPath: `${mount}/` },
          { name: "one", mountPath: single, subPath: "single.conf" },
          { name: "some", mountPath: picked },
          { name: "token", mountPath: "/var/run/token" },
          { name: "info", mountPath: "/info" },
        ],
      },
    ],
  },
};

const base: Record<string, string> = {
  CHALK_K8S_METADATA: JSON.stringify({ cluster: { uid: "u-1", name: "prod", endpoint: "https://k" }, cloud: { provider: "x" } }),
  CHALK_K8S_POD_NAMESPACE: "payments",
  CHALK_K8S_POD_NAME: "api-6d4c-x2x9k",
  CHALK_K8S_CONTAINER_NAME: "api",
  CHALK_K8S_PODMANIFEST_TOKEN_PATH: token,
  DB_HOST: "db.internal",
  POD_NAME: "api-6d4c-x2x9k",
  POD: "api",
  ADDRESS: "http://api-6d4c-x2x9k/api?x=$&",
  FROM_SECRET: "hush",
  REPLICA: "3",
  UNDECLARED: "u",
};

const own = ["_K8S_POD_NAMESPACE", "_K8S_POD_NAME", "_K8S_POD_CONTAINER_NAME"];
const cluster = ["_K8S_CLUSTER_ID", "_K8S_CLUSTER_NAME", "_K8S_CLUSTER_ENDPOINT", "_K8S_CLUSTER_CLOUD_METADATA"];
const container = [
  "_K8S_CONTAINER_ENV_VAR_HASHES",
  "_K8S_CONTAINER_VOLUME_MOUNT_HASHES",
  "_K8S_CONTAINER_PORTS",
  "_EXEC_DEPLOYMENT_ID",
];
const pod = ["_K8S_POD_MANIFEST", "_K8S_POD_LABELS", "_K8S_POD_ANNOTATIONS"];
const all = [...own, ...cluster, ...pod, ...container];

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  readonly answers?: Answer[];
  readonly keys?: readonly string[];
  readonly overrides?: Partial<CollectContext>;
}

async function inPod({ environment = {}, answers, keys = all, overrides = {} }: Options) {
  const server = await startServer(answers ?? [{ status: 200, body: JSON.stringify(manifest) }]);
  const real = createHost();
  const variables = { ...base, CHALK_K8S_PODMANIFEST_URL: `${server.url}/pod`, ...environment } as Record<string, string>;
  const host = { ...real, processes: { ...real.processes, variable: (name: string) => variables[name] } };
  const failures: string[] = [];
  const context = contextOf(host, keys, {
    settings: settingsOf({
      "exec.exec_deployment.ignored_env_vars": ["REPLICA"],
      "exec.exec_deployment.ignored_volume_mounts": [],
    }),
    fail: (key, { code }) => void failures.push(`${key} ${code}`),
    ...overrides,
  });
  try {
    const values = await kubernetes.collectReport!(context);
    const wanted = new Map([...values].filter(([key]) => keys.includes(key)));
    return { values: plain(wanted) as Record<string, unknown>, failures, received: server.received };
  } finally {
    await server.stop();
  }
}

const failed = (keys: readonly string[], code: string) => keys.map((key) => `${key} ${code}`);
const image = (mark: ReadonlyMap<string, string>) => artifactOf("/app", { codec: "docker", mark });

test("pod, cluster and container", async () => {
  const { values, failures, received } = await inPod({});
  assert.equal(failures, []);
  assert.is(received[0]!.headers.authorization, "Bearer secret-token");
  assert.equal(values, {
    _K8S_POD_NAMESPACE: "payments",
    _K8S_POD_NAME: "api-6d4c-x2x9k",
    _K8S_POD_CONTAINER_NAME: "api",
    _K8S_CLUSTER_ID: "u-1",
    _K8S_CLUSTER_NAME: "prod",
    _K8S_CLUSTER_ENDPOINT: "https://k",
    _K8S_CLUSTER_CLOUD_METADATA: { provider: "x" },
    _K8S_POD_MANIFEST: manifest,
    _K8S_POD_LABELS: { app: "api" },
    _K8S_POD_ANNOTATIONS: { note: "x" },
    _K8S_CONTAINER_ENV_VAR_HASHES: {
      DB_HOST: sha256("db.internal"),
      ADDRESS: sha256("http://$(POD_NAME)/$(POD)?x=$&"),
      FROM_SECRET: sha256("hush"),
    },
    _K8S_CONTAINER_VOLUME_MOUNT_HASHES: {
      [join(mount, "app.yaml")]: sha256("a: 1"),
      [single]: sha256("one"),
      [join(picked, "sub/key")]: sha256("k"),
    },
    _K8S_CONTAINER_PORTS: ["8080/TCP", "53/UDP"],
  });
});

test("the deployment's id: for programs in marked images, the same for each replica, another one after a change", async () => {
  const exec = (metadataId: string, operation = "exec", commandArgs: readonly string[] = ["app"]) => ({
    operation,
    artifacts: [image(new Map([["METADATA_ID", metadataId]]))],
    session: { ...plainSession, commandArgs },
  });
  const idOf = async (options: Options) =>
    (await inPod({ keys: ["_EXEC_DEPLOYMENT_ID"], ...options })).values._EXEC_DEPLOYMENT_ID as string | undefined;
  const first = await idOf({ overrides: exec("M1") });
  assert.match(first!, /^[0-9a-f]{64}$/);
  const replica = { POD_NAME: "api-2", ADDRESS: "http://api-2/api?x=$&", REPLICA: "4", CHALK_K8S_POD_NAME: "api-2" };
  assert.is(await idOf({ overrides: exec("M1"), environment: replica }), first);
  assert.is(await idOf({ overrides: exec("M1", "heartbeat") }), first);
  for (const changed of [
    { overrides: exec("M2") },
    { overrides: exec("M1", "exec", ["app", "-v"]) },
    { overrides: exec("M1"), environment: { DB_HOST: "elsewhere" } },
    { overrides: exec("M1"), environment: { CHALK_K8S_POD_NAMESPACE: "other" } },
  ])
    assert.is.not(await idOf(changed), first);
  assert.is(await idOf({ overrides: exec("M1", "env") }), undefined);
  assert.is(await idOf({ overrides: { operation: "exec", artifacts: [image(new Map())] } }), undefined);
});

test("nothing without the operator's four variables, no request that nobody needs", async () => {
  for (const missing of ["CHALK_K8S_METADATA", "CHALK_K8S_POD_NAMESPACE", "CHALK_K8S_POD_NAME", "CHALK_K8S_CONTAINER_NAME"]) {
    const { values, failures, received } = await inPod({ environment: { [missing]: "" } });
    assert.equal([values, failures, received.length], [{}, [], 0], missing);
  }
  const { values, received } = await inPod({ keys: [...own, ...cluster] });
  assert.equal([Object.keys(values), received.length], [[...own, ...cluster], 0]);
  const offline = await inPod({ environment: { CHALK_K8S_PODMANIFEST_URL: "" } });
  assert.equal([Object.keys(offline.values), offline.failures], [[...own, ...cluster], []]);
});

test("each step fails for the keys from there on", async () => {
  for (const text of ["{", "[]", '{"cluster": 1}']) {
    const { values, failures, received } = await inPod({ environment: { CHALK_K8S_METADATA: text } });
    assert.equal([Object.keys(values), failures, received.length], [own, failed(cluster, "K8S_METADATA_PARSE_ERROR"), 0]);
  }
  for (const path of [join(folder, "none"), write("empty", " \n"), folder]) {
    const { failures, received } = await inPod({ environment: { CHALK_K8S_PODMANIFEST_TOKEN_PATH: path } });
    assert.equal([failures, received.length], [failed([...pod, ...container], "K8S_TOKEN_ERROR"), 0]);
  }
  const cases: readonly (readonly [Answer[], number])[] = [
    [[401], 1],
    [[500, 503, 500], 3],
    [[{ status: 200, body: "no" }], 1],
    [[204], 1],
  ];
  for (const [answers, tries] of cases) {
    const { failures, received } = await inPod({ answers });
    assert.equal([failures, received.length], [failed([...pod, ...container], "K8S_POD_MANIFEST_ERROR"), tries]);
  }
  const recovered = await inPod({ answers: [503, { status: 200, body: JSON.stringify(manifest) }] });
  assert.ok(recovered.values._K8S_POD_MANIFEST);
  const odd = { ...manifest, spec: { containers: [{ name: "api", env: "none" }] } };
  const malformed = await inPod({ answers: [{ status: 200, body: JSON.stringify(odd) }] });
  assert.equal(malformed.failures, failed(container, "K8S_CONTAINER_INFO_ERROR"));
  assert.ok(malformed.values._K8S_POD_MANIFEST);
  const unknown = await inPod({ environment: { CHALK_K8S_CONTAINER_NAME: "nobody" } });
  assert.equal([unknown.failures, unknown.values._K8S_CONTAINER_PORTS], [[], undefined]);
});

test.run();
