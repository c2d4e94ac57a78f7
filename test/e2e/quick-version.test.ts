// `chalk version` is answered before the program is loaded where the complete start could say nothing else (`runtime/start/quick.ts`): both give the same
// bytes, and configurations that change the answer are not passed over. A flag without effect forces the complete start.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox } from "../helpers/sandbox.js";

const box = createSandbox();
const quick = () => box.run(["version"]);
const complete = () => box.run(["version", "--log-level=info"]);

function alike(): void {
  const [ours, expected] = [quick(), complete()];
  assert.is(expected.status, 0);
  assert.is(ours.stdout, expected.stdout);
  assert.is(ours.stderr, expected.stderr);
  assert.is(ours.status, expected.status);
}

test("nothing loaded", () => alike());

test("a plain configuration, which is passed over", () => {
  box.write("plain.c4m", 'exec.heartbeat.run: true\nsink_config mine { sink: "stdout" }\n');
  assert.is(box.run(["load", "plain.c4m"]).status, 0);
  alike();
});

test("configurations that change the answer", () => {
  for (const text of [
    'unsubscribe("version", "console_out")\n',
    "sink_config.console_out.enabled: false\n",
    "report_total_time: true\n",
    'if env("SHOUT") == "yes" { subscribe("version", "json_console_err") }\n',
  ]) {
    box.write("changed.c4m", text);
    assert.is(box.run(["load", "changed.c4m", "--replace"]).status, 0, text);
    assert.is(quick().stdout, complete().stdout, text);
  }
});

test("an external configuration is read", () => {
  assert.is(box.run(["load", "default"]).status, 0);
  box.write("chalk.c4m", 'unsubscribe("version", "console_out")\n');
  assert.is(quick().stdout, "");
});

test.run();
