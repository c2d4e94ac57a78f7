// Local time as the C library has it: rules, compiled zones, and what counts when TZ says something odd.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { localZone } from "../../../runtime/host/zone/local.js";
import { posixZone } from "../../../runtime/host/zone/posix.js";

const at = (text: string) => Date.parse(text) / 1000;
const [winter, summer] = [at("2026-01-15T12:00:00Z"), at("2026-07-15T12:00:00Z")];

test("POSIX rules: offset in hours in January and in July", () => {
  const cases: Readonly<Record<string, readonly [number, number]>> = {
    UTC0: [0, 0],
    "<+0330>-3:30": [3.5, 3.5],
    "<-03>3": [-3, -3],
    "CET-1CEST,M3.5.0,M10.5.0/3": [1, 2],
    "CET-1CEST": [1, 2],
    "EST5EDT,M3.2.0,M11.1.0": [-5, -4],
    "AEST-10AEDT,M10.1.0,M4.1.0/3": [11, 10],
    "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45": [13.75, 12.75],
    "IST-1GMT0,M10.5.0,M3.5.0/1": [0, 1],
    "EET-2EEST,M3.4.4/50,M10.4.4/50": [2, 3],
    "XXX-2YYY-5,J60,J300/26": [2, 5],
    "XXX-2YYY-5,59/0,299": [2, 5],
    "EST5EDT,0/0,J365/25": [-4, -4],
  };
  for (const [text, hours] of Object.entries(cases)) {
    const rule = posixZone(text);
    assert.equal(
      [winter, summer].map((time) => rule?.(time)),
      hours.map((count) => count * 3600),
      text,
    );
  }
});

test("POSIX rules: the second of the change", () => {
  const changes: readonly (readonly [string, string, number, number])[] = [
    ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 1, 2],
    ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 2, 1],
    ["EST5EDT,M3.2.0,M11.1.0", "2027-03-14T07:00:00Z", -5, -4],
    ["AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-04-04T16:00:00Z", 11, 10],
    ["<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -2, -1],
    ["XXX0YYY,J60/0,J300", "2028-03-01T00:00:00Z", 0, 1],
    ["XXX0YYY,59/0,J300", "2028-02-29T00:00:00Z", 0, 1],
  ];
  for (const [text, moment, before, after] of changes) {
    const rule = posixZone(text)!;
    assert.equal([rule(at(moment) - 1), rule(at(moment))], [before * 3600, after * 3600], `${text} ${moment}`);
  }
});

test("what is no rule", () => {
  for (const text of [
    "",
    "ab3",
    "UTC",
    "UTC+25",
    "CET-1:60",
    "EST5EDT,M3.2.0",
    "EST5EDT,M13.1.0,M1.1.0",
    "EST5EDT,J0,J3",
    "EST5,M3.2.0,M11.1.0",
    "EST 5",
    "<E>5",
    "A".repeat(1e5),
  ])
    assert.is(posixZone(text), undefined, text.slice(0, 30));
});

const directory = mkdtempSync(join(tmpdir(), "chalk-zone-"));
test.after(() => rmSync(directory, { recursive: true, force: true }));
const berlin = "/usr/share/zoneinfo/Europe/Berlin";
const withZones = existsSync(berlin) ? test : test.skip;
if (!existsSync(berlin)) console.log("SKIPPED compiled zones: this machine has none");

withZones("compiled zones, by name, as a path and as a copy; after the last change by their rule", () => {
  const copy = join(directory, "localtime");
  copyFileSync(berlin, copy);
  for (const name of ["Europe/Berlin", ":Europe/Berlin", berlin, `:${copy}`]) {
    const rule = localZone(name);
    const times = ["1890-01-01", "1945-07-01", "1970-07-01", "2026-01-15", "2026-07-15", "2480-07-15"];
    assert.equal(
      times.map((time) => rule(at(`${time}T00:00:00Z`))),
      [3208, 10800, 3600, 3600, 7200, 7200],
      name,
    );
  }
});

withZones("as date(1)", () => {
  const times = Array.from({ length: 800 }, (_, index) => index * 2_333_333);
  for (const name of [
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "America/New_York",
    "Pacific/Apia",
    "Etc/GMT+5",
  ]) {
    const file = join(directory, "times");
    writeFileSync(file, times.map((time) => `@${time}\n`).join(""));
    const { stdout, status } = spawnSync("date", ["-f", file, "+%::z"], { encoding: "utf8", env: { ...process.env, TZ: name } });
    if (status !== 0 || (!stdout.startsWith("+") && !stdout.startsWith("-"))) return;
    const rule = localZone(name);
    const text = (seconds: number) =>
      `${seconds < 0 ? "-" : "+"}${[3600, 60, 1].map((unit) => String(Math.floor(Math.abs(seconds) / unit) % (unit === 3600 ? 100 : 60)).padStart(2, "0")).join(":")}`;
    assert.equal(
      times.map((time) => text(rule(time))),
      stdout.trim().split("\n"),
      name,
    );
  }
});

test("a name without a file is known all the same; nonsense, damaged files and the empty text are UTC", () => {
  const rule = localZone("Europe/Berlin", join(directory, "none"));
  assert.equal([rule(winter), rule(summer)], [3600, 7200]);
  const broken = join(directory, "broken");
  writeFileSync(broken, Buffer.concat([Buffer.from("TZif2"), Buffer.alloc(60, 255)]));
  for (const name of ["", ":", "Nowhere/City", "\0", "../../etc/passwd", "/nonexistent", broken, "/dev/zero", directory])
    assert.is(localZone(name)(summer), 0, name);
});

test.run();
