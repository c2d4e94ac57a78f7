// The system collector: time keys from one instant, identity, environment filter, what is absent.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { localTime } from "../../../runtime/collect/local-time.js";
import { system } from "../../../runtime/collect/system.js";
import type { Host } from "../../../runtime/host/host.js";
import { artifactOf, collectHost, contextOf, plain, plainSession, settingsOf } from "../support/collect.js";
import { fakeHost } from "../support/fake-host.js";

const zone = (minutes: number) => ({ zoneOffset: () => minutes });
const uname = { sysname: "Linux", nodename: "web1", release: "6.1", version: "#1 SMP PREEMPT_DYNAMIC", machine: "aarch64" };
const other = {
  clock: zone(330),
  machine: { uname: () => uname, hostname: () => "web1" },
  network: { localAddressTowards: (address: string) => (address === "1.1.1.1" ? "192.0.2.7" : undefined) },
} as unknown as Partial<Host>;
const environment = { PATH: "/bin", AWS_SECRET_ACCESS_KEY: "s3cret", USER: "me", OTHER: "x" };
const host = fakeHost({ environment, other });

test("local time", () => {
  const instant = Date.UTC(2026, 2, 9, 12, 34, 5, 120);
  assert.equal(localTime(instant, zone(330)), {
    date: "2026-03-09",
    time: "18:04:05.120",
    offset: "+05:30",
    dateTime: "2026-03-09T18:04:05.120+05:30",
  });
  assert.is(localTime(instant, zone(0)).offset, "+00:00");
  assert.is(localTime(instant, zone(-210)).dateTime, "2026-03-09T09:04:05.120-03:30");
  assert.is(localTime(Date.UTC(2026, 0, 1), zone(-60)).date, "2025-12-31");
});

test("host keys of a report", () => {
  const keys = [
    ...[
      "_OPERATION",
      "_TIMESTAMP",
      "_DATE",
      "_DATETIME",
      "_MONOTIME",
      "_SINCE_MONOTIME",
      "_SINCE_TIMESTAMP",
      "_HEARTBEAT_COUNT",
      "_EXEC_ID",
    ],
    ...["_OP_ARGV", "_OP_EXE_NAME", "_OP_EXE_PATH", "_OP_CMD_FLAGS", "_OP_CONFIG", "_OP_SEARCH_PATH", "_OP_CHALKER_VERSION"],
    ...[
      "_OP_PLATFORM",
      "_OP_HOSTNAME",
      "_OP_HOST_VERSION",
      "_OP_HOSTINFO",
      "_OP_NODENAME",
      "_OP_HOST_MACHINE",
      "_OP_PUBLIC_IPV4_ADDR",
    ],
  ];
  const session = { ...plainSession, startTime: 1_772_000_000_000, startMonotonic: 2_400 };
  const { values, failures } = collectHost(system, host, keys, { operation: "heartbeat", session, searchPath: ["."] });
  assert.equal(failures, []);
  assert.equal(plain(values), {
    _OPERATION: "heartbeat",
    _TIMESTAMP: 1_772_000_000_120,
    _DATE: "2026-02-25",
    _DATETIME: "2026-02-25T11:43:20.120+05:30",
    _MONOTIME: 2500,
    _SINCE_MONOTIME: 100,
    _SINCE_TIMESTAMP: 120,
    _HEARTBEAT_COUNT: 3,
    _EXEC_ID: "0123456789abcdef",
    _OP_ARGV: ["/opt/bin/chalk", "exec", "x"],
    _OP_EXE_NAME: "chalk",
    _OP_EXE_PATH: "/opt/bin",
    _OP_CMD_FLAGS: [],
    _OP_CHALKER_VERSION: "9.8.7",
    _OP_PLATFORM: "GNU/Linux aarch64",
    _OP_HOSTNAME: "web1",
    _OP_HOST_VERSION: "#1 SMP PREEMPT_DYNAMIC",
    _OP_HOST_MACHINE: "aarch64",
    _OP_HOSTINFO: "#1 SMP PREEMPT_DYNAMIC",
    _OP_NODENAME: "web1",
    _OP_PUBLIC_IPV4_ADDR: "192.0.2.7",
  });
});

test("the environment as the configuration lets it be seen", () => {
  const shown = (settings = {}) =>
    plain(collectHost(system, host, ["_ENV"], { settings: settingsOf(settings) }).values.get("_ENV"));
  assert.equal(shown(), { PATH: "/bin", AWS_SECRET_ACCESS_KEY: "<<redact>>", USER: "me" });
  assert.equal(shown({ env_default_action: "show", env_never_show: ["PATH"] }), {
    AWS_SECRET_ACCESS_KEY: "<<redact>>",
    USER: "me",
    OTHER: "x",
  });
  assert.equal(shown({ env_default_action: "redact", env_redact: ["USER"] }), {
    PATH: "/bin",
    AWS_SECRET_ACCESS_KEY: "<<redact>>",
    USER: "<<redact>>",
    OTHER: "<<redact>>",
  });
  assert.equal(shown({ env_always_show: [], env_redact: [] }), {}, "kept although empty");
});

test("a key that fails costs itself only", () => {
  const broken = fakeHost({ other: { ...other, machine: { hostname: () => "web1" } } as unknown as Partial<Host> });
  const { values, failures } = collectHost(system, broken, ["_OP_PLATFORM", "_OP_HOSTNAME"]);
  assert.equal([...values.keys()], ["_OP_HOSTNAME"]);
  assert.equal(
    failures.map(([key, { code }]) => [key, code]),
    [["_OP_PLATFORM", "KEY_COLLECTION_ERROR"]],
  );
});

test("phase 1 has the same values under its names; the public key needs no subscription", () => {
  const keys = ["DATETIME_WHEN_CHALKED", "TIMESTAMP_WHEN_CHALKED", "HOSTINFO_WHEN_CHALKED", "INJECTOR_ENV", "INJECTOR_COMMIT_ID"];
  const context = contextOf(host, keys, { operation: "insert", session: { ...plainSession, publicKey: "PEM" } });
  assert.equal(plain(system.collectHost!("pre_run_keys", context)), {
    TIMESTAMP_WHEN_CHALKED: 1_772_000_000_120,
    DATETIME_WHEN_CHALKED: "2026-02-25T11:43:20.120+05:30",
    INJECTOR_COMMIT_ID: "abc",
    INJECTOR_ENV: { PATH: "/bin", AWS_SECRET_ACCESS_KEY: "<<redact>>", USER: "me" },
    HOSTINFO_WHEN_CHALKED: "#1 SMP PREEMPT_DYNAMIC",
    INJECTOR_PUBLIC_KEY: "PEM",
  });
});

test("artifact keys", () => {
  const keys = ["MAGIC", "_OP_CHALKED_KEYS", "_VIRTUAL", "_OP_ARTIFACT_PATH"];
  const artifact = artifactOf("a/../b", {
    mark: new Map([
      ["MAGIC", "x"],
      ["CHALK_ID", "y"],
    ]),
  });
  const of = (operation: string) =>
    plain(system.collectArtifact!("post_chalk_keys", artifact, contextOf(host, keys, { operation })));
  assert.equal(of("insert"), { _OP_CHALKED_KEYS: ["MAGIC", "CHALK_ID"], _VIRTUAL: false, _OP_ARTIFACT_PATH: "/work/b" });
  assert.equal(of("extract"), { _OP_ARTIFACT_PATH: "/work/b" });
  assert.equal(plain(system.collectArtifact!("pre_chalk_keys", artifact, contextOf(host, keys, {}))), {
    MAGIC: "dadfedabbadabbed",
  });
});

test.run();
