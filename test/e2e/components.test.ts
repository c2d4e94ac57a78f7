// Components that are loaded again (runtime-core.md 7.4): what they use is read anew, and a load that cannot be finished changes nothing.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, sha256 } from "../helpers/sandbox.js";

const box = createSandbox();
const { work } = box;
const dump = (...args: string[]) => box.run(["dump", ...args]).stdout;
const level = () => box.run(["config", "dump", "--path", "log_level"]).stdout;
const base = (team: string) => `parameter var team { default: ${team} }\n`;

test("a chain of components", () => {
  box.write("site.c4m", `use team from "${work}"\nuse shared from "${work}"\n`);
  box.write("team.c4m", `${base('"red"')}use shared from "${work}"\n`);
  box.write("shared.c4m", 'log_level: "info"\n');
  assert.is(box.run(["load", "site.c4m"]).status, 0);
  assert.is(dump(), `use site from "${work}"\n`);
  assert.is(dump("params"), `[[false, "${work}/team", "team", "string", "red"]]\n`);
  assert.match(level(), "info");
});

test("a dependency that has changed is read anew, wherever it is used from", () => {
  box.write("shared.c4m", 'log_level: "warn"\n');
  const result = box.run(["load", "site"]);
  assert.is(result.status, 0);
  assert.match(level(), "warn");
  assert.match(dump("cache"), 'log_level: "warn"');
});

test("a saved value whose parameter has another type now is dropped with a warning", () => {
  box.write("team.c4m", base("5"));
  const result = box.run(["load", "site"]);
  assert.is(result.status, 0, result.stderr);
  assert.ok(
    result.messages.some((text) => text.startsWith("warn:  ") && text.includes("parameter team of")),
    result.stderr,
  );
  assert.is(dump("params"), `[[false, "${work}/team", "team", "int", 5]]\n`);
});

test("a dependency that is broken now: nothing changes", () => {
  const before = sha256(box.chalk);
  for (const wrong of ['log_levl: "error"\n', "if {\n", `use site from "${work}"\n`]) {
    box.write("shared.c4m", wrong);
    assert.is(box.run(["load", "site"]).status, 1, wrong);
    assert.is(sha256(box.chalk), before);
  }
  assert.match(level(), "warn", "the configuration inside still works");
});

test("a dependency that is gone: the copy that was loaded earlier, and a warning", () => {
  rmSync(join(work, "shared.c4m"));
  const result = box.run(["load", "site"]);
  assert.is(result.status, 0, result.stderr);
  assert.ok(
    result.messages.some((text) => text.startsWith("warn:  ") && text.includes(`the copy of ${work}/shared.c4m`)),
    result.stderr,
  );
  assert.match(level(), "warn");
});

test("the component itself is gone: an error", () => {
  rmSync(join(work, "site.c4m"));
  const before = sha256(box.chalk);
  const result = box.run(["load", "site"]);
  assert.is(result.status, 1);
  assert.match(result.messages.join("\n"), "Could not retrieve needed source file");
  assert.is(sha256(box.chalk), before);
});

test("components of one name in two places are two", () => {
  mkdirSync(join(work, "sub"));
  box.write("sub/site.c4m", 'default_tmp_dir: "/tmp"\n');
  box.write("site.c4m", 'log_level: "warn"\n');
  for (const source of ["site", "sub/site.c4m", "./site", "sub/../site.c4m", `${work}//site`, "sub/site"])
    assert.is(box.run(["load", source]).status, 0, source);
  assert.is(dump(), `use site from "${work}"\nuse site from "${work}/sub"\n`);
});

test("saved values that do not fit, from wherever they come", () => {
  box.write("team.c4m", base("5"));
  assert.is(box.run(["load", "--replace", "team"]).status, 0);
  const all = dump("all");
  for (const value of [
    '"string", 1',
    '"int", "x"',
    '"list[int]", 1',
    '"int", null',
    '"int", 1.5',
    '"dict[string, int]", [1]',
    '"nosuch", 1',
  ]) {
    const other = all.replace('"int", 5]', `${value}]`);
    assert.is.not(other, all);
    const result = box.run(["load", "--replace", "--all", "-"], { input: other });
    assert.is(result.status, 0, `${value} ${result.stderr}`);
    assert.match(result.stderr, "the saved value of parameter team of", value);
    assert.is(dump("params"), `[[false, "${work}/team", "team", "int", 5]]\n`, value);
    const row = `[[false, "${work}/team", "team", ${value}]]`;
    assert.is(box.run(["load", "--params", "team"], { input: row }).status, 1, row);
  }
  const unknown = box.run(["load", "--params", "team"], { input: `[[false, "${work}/team", "teem", "int", 1]]` });
  assert.is(unknown.status, 1);
  assert.match(unknown.messages.join("\n"), "declares no variable parameter 'teem'");
});

test("--all without --replace says so, whatever the source is", () => {
  const result = box.run(["load", "--all", "-"], { input: dump("all") });
  assert.is(result.status, 1);
  assert.match(result.messages.join("\n"), "--all needs --replace");
});

test.run();
