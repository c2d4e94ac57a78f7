// What the calling process attests (`collection.md` 13), through the whole program.
import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlace, runChalk } from "../../helpers/program.js";

const script = "#!/bin/sh\ntrue\n";
const sha256 = createHash("sha256").update(script).digest("hex");
const other = "ab".repeat(32);

function place() {
  const made = createPlace();
  mkdirSync(join(made.directory, "src"));
  const file = join(made.directory, "src", "a.sh");
  writeFileSync(file, script);
  return { ...made, file };
}

const attest = (envelope: unknown) => ({
  CHALK_CALLER_ATTESTATION: typeof envelope === "string" ? envelope : JSON.stringify(envelope),
});
const artifactKey = "CALLER_ATTESTED_ARTIFACT_INFO";
const untrackedKey = "CALLER_ATTESTED_UNTRACKED_ARTIFACT_INFO";

test("host members as they are, a matching hash, and what no artifact is", () => {
  const where = place();
  const envelope = {
    version: 1,
    "X-note": 1,
    CALLER_ATTESTED_INFO: { agent: "builder-7" },
    CALLER_ATTESTED_HOST_INFO: {},
    CALLER_ATTESTED_BUILD_INFO: { step: [1, null] },
    [artifactKey]: {
      [where.file]: { sha256: sha256.toUpperCase(), info: { src: "mirror" } },
      "/elsewhere/b.bin": { sha256: other },
    },
  };
  const { reports, stderr } = runChalk(where, ["insert", "src"], { environment: attest(envelope) });
  const [report] = reports;
  assert.equal(report!.CALLER_ATTESTED_INFO, { agent: "builder-7" });
  assert.equal(report!.CALLER_ATTESTED_BUILD_INFO, { step: [1, null] });
  assert.not.ok("CALLER_ATTESTED_HOST_INFO" in report!, "nothing to say");
  assert.equal(report!._CHALKS[0][artifactKey], { status: "match", info: { src: "mirror" } });
  assert.equal(report![untrackedKey], { "/elsewhere/b.bin": { sha256: other, info: {} } });
  assert.is(stderr.match(/attest/g)?.length, 1, stderr);
  assert.match(stderr, /warn.*\/elsewhere\/b\.bin/);
  const [mark] = runChalk(where, ["extract", "src"]).reports[0]!._CHALKS;
  assert.equal([mark.CALLER_ATTESTED_INFO, mark[artifactKey].status], [{ agent: "builder-7" }, "match"]);
});

test("paths are compared without links; another hash is a mismatch", () => {
  const where = place();
  symlinkSync(join(where.directory, "src"), join(where.directory, "link"));
  const environment = attest({ version: 1, [artifactKey]: { [where.file]: { sha256: other } } });
  const { reports, stderr } = runChalk(where, ["insert", join(where.directory, "link")], { environment });
  assert.equal(reports[0]!._CHALKS[0][artifactKey], {
    status: "mismatch",
    info: {},
    attested_sha256: other,
    observed_sha256: sha256,
  });
  assert.not.ok(untrackedKey in reports[0]!);
  assert.match(stderr, new RegExp(other));
});

test("the envelope may be in a file; commands that don't mark take no notice", () => {
  const where = place();
  const file = join(where.home, "envelope.json");
  writeFileSync(file, JSON.stringify({ version: 1, CALLER_ATTESTED_INFO: { a: 1 }, [artifactKey]: { "/x": { sha256 } } }));
  const environment = { CHALK_CALLER_ATTESTATION_FILE: file };
  assert.equal(runChalk(where, ["insert", "src"], { environment }).reports[0]!.CALLER_ATTESTED_INFO, { a: 1 });
  const silent = runChalk(where, ["extract", "src"], { environment });
  assert.not.match(silent.stderr, /attest/);
  assert.not.ok(untrackedKey in silent.reports[0]!);
});

test("a malformed envelope is one error and nothing else", () => {
  const where = place();
  const entry = (value: unknown) => ({ version: 1, CALLER_ATTESTED_INFO: { a: 1 }, [artifactKey]: { "/x": value } });
  const cases: unknown[] = [
    "{",
    "[]",
    {},
    { version: 2 },
    { version: "1" },
    { version: true },
    '{"version": 1.0}',
    { version: 1, CALLER_ATTESTED_INFO: "text" },
    { version: 1, CALLER_ATTESTED_HOST_INFO: [] },
    { version: 1, [artifactKey]: [] },
    entry("text"),
    entry({}),
    entry({ sha256: "ab" }),
    entry({ sha256: `${sha256.slice(1)}g` }),
    entry({ sha256: 1 }),
    entry({ sha256, extra: 1 }),
  ];
  for (const envelope of cases) {
    const { reports, stderr, status } = runChalk(where, ["insert", "src"], { environment: attest(envelope) });
    const text = JSON.stringify(envelope);
    assert.is(status, 0, text);
    assert.is(stderr.match(/error.*attestation is ignored/g)?.length, 1, text);
    assert.not.ok(
      Object.keys(reports[0]!).some((key) => key.startsWith("CALLER_")),
      text,
    );
    assert.not.ok(artifactKey in reports[0]!._CHALKS[0], text);
  }
  for (const path of [join(where.home, "none"), join(where.home, "empty"), "/dev/zero", where.home]) {
    writeFileSync(join(where.home, "empty"), "");
    const { stderr } = runChalk(where, ["insert", "src"], { environment: { CHALK_CALLER_ATTESTATION_FILE: path } });
    assert.match(stderr, /error.*attestation is ignored/);
  }
  const odd = runChalk(where, ["insert", "src"], { environment: attest({ version: 1, other: 1 }) });
  assert.match(odd.stderr, /warn.*unknown member 'other'/);
});

test.run();
