/** The guide `docs/guides/signing.md` keeps its word: its configuration is sound, and its commands do what it says. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, type Report } from "../helpers/sandbox.js";

const guide = readFileSync("docs/guides/signing.md", "utf8");
const blocks = [...guide.matchAll(/^```c4m\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
const commands = [...guide.matchAll(/^ {4}(CHALK_PASSWORD=.*)$/gm)].map((match) => match[1] as string);
const box = createSandbox();

for (const [index, block] of blocks.entries()) {
  test(`configuration ${index + 1} has no findings`, () => {
    box.write("keys.c4m", block);
    const result = box.run(["config", "lint", "keys.c4m"]);
    assert.is(result.status, 0, result.stdout + result.stderr);
    assert.is(/C4M-/.test(result.stdout + result.stderr), false, result.stdout + result.stderr);
  });
}

test("the commands: keys are made, marks are signed", () => {
  assert.is(commands.length, 3);
  const [make, , insert] = commands as [string, string, string];
  const run = (text: string) =>
    spawnSync("sh", ["-c", text.replace(/\bchalk /, `${box.chalk} `).replace("build/", "a.sh")], {
      cwd: box.work,
      env: box.environment(),
      encoding: "utf8",
    });
  box.write("a.sh", "#!/bin/sh\n");
  assert.is(run(make).status, 0);
  assert.ok(existsSync(join(box.work, "chalk.key")));
  assert.is(run(insert).status, 0);
  box.run(["extract", "a.sh"]);
  const [artifact] = (box.reports.at(-1) as Report)["_CHALKS"] as [Report];
  assert.is(artifact["_VALIDATED_SIGNATURE"], true);
});

test.run();
