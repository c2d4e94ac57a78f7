// Keys from the configuration (`collection.md` 11): own keys of each kind, what a callback is told, who wins, and what one failure costs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlace, runChalk } from "../../helpers/program.js";

const key = (name: string, kind: string, more: string, type = "string") => `keyspec ${name} {
  kind: ${kind}
  type: ${type}
  ${more}
}
`;
const shown = (names: readonly string[], template = "insertion_default") =>
  `set_template_keys("report_template", "${template}", ${JSON.stringify(names)}, true, false)\n`;
const told = `func told(argument: string) { return "told " + argument }\n`;

function insert(config: string, environment: Record<string, string> = {}) {
  const place = createPlace();
  mkdirSync(join(place.directory, "src"));
  writeFileSync(join(place.directory, "src", "a.sh"), "#!/bin/sh\ntrue\n");
  const result = runChalk(place, ["insert", "src"], { config, environment });
  const [report] = result.reports;
  return { place, report: report!, artifact: report!._CHALKS[0], stderr: result.stderr };
}

test("keys of all four kinds, by value and by callback, which learns what it is about", () => {
  const config = [
    told,
    key("X_HOST", "ChalkTimeHost", "callback: func told"),
    key("X_ARTIFACT", "ChalkTimeArtifact", "callback: func told"),
    key("_X_ARTIFACT", "RunTimeArtifact", "callback: func told"),
    key("_X_HOST", "RunTimeHost", "callback: func told"),
    key("_X_VALUE", "RunTimeHost", 'value: ["a", "b"]', "list[string]"),
    key("_X_EMPTY", "RunTimeHost", 'value: ""'),
    shown(["X_HOST", "X_ARTIFACT", "_X_ARTIFACT", "_X_HOST", "_X_VALUE", "_X_EMPTY"]),
  ].join("");
  const { place, report, artifact } = insert(config);
  const file = join(place.directory, "src", "a.sh");
  assert.is(report.X_HOST, "told src");
  assert.is(artifact.X_ARTIFACT, `told ${file}`);
  assert.is(artifact._X_ARTIFACT, `told ${file}`);
  assert.is(report._X_HOST, "told ");
  assert.equal(report._X_VALUE, ["a", "b"]);
  assert.not.ok("_X_EMPTY" in report);
});

test("a failing callback costs its key, and is told with the key's name", () => {
  const config = [
    'func broken(argument: string) { return $(parse_json("{")) }\n',
    key("_X_BROKEN", "RunTimeHost", "callback: func broken"),
    key("_X_FINE", "RunTimeHost", 'value: "fine"'),
    shown(["_X_BROKEN", "_X_FINE", "_OP_ERRORS"]),
  ].join("");
  const { report } = insert(config);
  assert.not.ok("_X_BROKEN" in report);
  assert.is(report._X_FINE, "fine");
  assert.is(report._OP_ERRORS.length, 1);
  assert.match(report._OP_ERRORS[0], /^key _X_BROKEN: /);
});

test("plugins win, unless the key is among the overrides of conffile or its priority is smaller", () => {
  const value = 'keyspec.COMMIT_MESSAGE.value: "mine"\nkeyspec.CODE_OWNERS.value: "mine"\n';
  const repository = (config: string) => {
    const place = createPlace();
    mkdirSync(join(place.directory, ".git"));
    writeFileSync(join(place.directory, "CODEOWNERS"), "theirs");
    writeFileSync(join(place.directory, "a.sh"), "#!/bin/sh\ntrue\n");
    return runChalk(place, ["insert", "a.sh"], { config }).reports[0]!._CHALKS[0];
  };
  const plain = repository(value);
  assert.equal([plain.CODE_OWNERS, plain.COMMIT_MESSAGE], ["theirs", "mine"]);
  assert.is(repository(`${value}plugin.conffile.overrides: ["CODE_OWNERS"]\n`).CODE_OWNERS, "mine");
  assert.is(repository(`${value}plugin.conffile.priority: 1\n`).CODE_OWNERS, "mine");
  assert.not.ok(
    "CODE_OWNERS" in repository(`${value}plugin.conffile.ignore: ["CODE_OWNERS"]\nplugin.github_codeowners.enabled: false\n`),
  );
});

test("system keys and keys of codecs are not the configuration's, apart from those that say so", () => {
  const config = [
    'keyspec._OP_EXIT_CODE.value: 7\nkeyspec._OP_CONFIG.value: "forged"\nkeyspec.ARTIFACT_TYPE.value: "forged"\n',
    key("_X_OTHER", "RunTimeHost", 'value: "x"'),
    shown(["_OP_EXIT_CODE", "_HEARTBEAT_COUNT", "_X_OTHER", "_OP_ARTIFACT_ENV_VAR_NAME"]),
    'keyspec._HEARTBEAT_COUNT.value: 9\nkeyspec._OP_ARTIFACT_ENV_VAR_NAME.value: "FORGED"\n',
  ].join("");
  const { report, artifact, stderr } = insert(config);
  assert.is(report._OP_EXIT_CODE, 0);
  assert.is.not(artifact.ARTIFACT_TYPE, "forged");
  assert.is(report._HEARTBEAT_COUNT, 9, "conf_as_system");
  assert.not.ok("_OP_ARTIFACT_ENV_VAR_NAME" in artifact);
  assert.match(stderr, /_OP_ARTIFACT_ENV_VAR_NAME.*a configuration can't set this system key/);
  assert.is(report._X_OTHER, "x");
});

test.run();
