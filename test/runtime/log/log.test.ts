/** Log lines, levels, colour, capture for reports, redaction (`runtime-core.md` 2, 5.7). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../../runtime/host/host.js";
import {
  createLogger,
  createRedactor,
  parseLevel,
  redactHeaders,
  redactJson,
  redactSource,
  useColor,
} from "../../../runtime/log/index.js";

/** Just what the logger asks of a host. */
function fakeHost(environment: Record<string, string> = {}, terminals: number[] = []) {
  const written: string[] = [];
  const host = {
    terminal: { isTerminal: (fd: number) => terminals.includes(fd), write: (_: number, text: string) => void written.push(text) },
    processes: { variable: (name: string) => environment[name] },
    clock: { now: () => 1795442095737 },
  } as unknown as Host;
  return { host, written };
}
const identity = { version: "0.1.0", commit: "abc" };

test("JSON without terminal and CI: members, order, no blanks", () => {
  const { host, written } = fakeHost();
  const logger = createLogger(host, identity, { level: "info" });
  logger.info("x.sh: chalk mark added");
  assert.equal(written, [
    '{"msg":"info:  x.sh: chalk mark added","chalk_version":"0.1.0","chalk_commit":"abc","chalk_magic":"dadfedabbadabbed","timestamp":"2026-11-23T13:54:55.737Z","log_level":"info"}\n',
  ]);
  JSON.parse(written[0]!);
});

test("JSON escapes: control characters upper-case, no ANSI codes, other text raw", () => {
  const { host, written } = fakeHost();
  createLogger(host, identity).error('\x1b[31mred\x1b[0m\n\x1f"\\é/');
  assert.ok(written[0]!.startsWith('{"msg":"error: red\\u000A\\u001F\\"\\\\é/","chalk'));
});

test("auto is plain with CI, on a terminal, or with colour; settings win", () => {
  const show = (environment: Record<string, string>, terminals: number[], changes = {}) => {
    const { host, written } = fakeHost(environment, terminals);
    const logger = createLogger(host, identity);
    logger.configure(changes);
    logger.warn("w");
    return written[0]!;
  };
  assert.is(show({ CI: "true" }, []), "warn:  w\n");
  assert.ok(show({ CI: "" }, []).startsWith("{"));
  assert.is(show({ NO_COLOR: "1" }, [2]), "warn:  w\n");
  assert.is(show({}, [2]), "\x1b[1;33mwarn:\x1b[0m  w\n");
  assert.ok(show({}, [1]).startsWith("{"), "a terminal elsewhere does not count");
  assert.is(show({}, [], { color: { color: true, explicit: true } }), "\x1b[1;33mwarn:\x1b[0m  w\n");
  assert.ok(show({ CI: "1" }, [2], { format: "json" }).startsWith('{"msg":"warn:  w"'));
  assert.is(show({}, [], { format: "plain" }), "warn:  w\n");
});

test("levels", () => {
  const { host, written } = fakeHost({ CI: "1" });
  const logger = createLogger(host, identity);
  const all = () => {
    logger.error("e");
    logger.warn("w");
    logger.info("i");
    logger.trace("t");
    return written.splice(0).join("");
  };
  assert.is(all(), "error: e\nwarn:  w\n");
  logger.configure({ level: "none" });
  assert.is(all(), "");
  logger.configure({ level: "trace" });
  assert.is(all(), "error: e\nwarn:  w\ninfo:  i\ntrace: t\n");
  assert.is(parseLevel("verbose"), "trace");
  assert.is(parseLevel("loud"), undefined);
});

test("colour off: no codes anywhere", () => {
  const { host, written } = fakeHost({ CI: "1" });
  createLogger(host, identity).error("\x1b[1mbold\x1b[0m");
  assert.equal(written, ["error: bold\n"]);
});

test("colour is for the prefix; escape sequences in messages never get through", () => {
  const { host, written } = fakeHost({}, [2]);
  createLogger(host, identity).error("bad \x1b]0;title\x07name\x1b[31m\x1b");
  assert.equal(written, ["\x1b[1;31merror:\x1b[0m bad name\n"]);
});

test("colour per stream", () => {
  const auto = { color: undefined, explicit: false };
  assert.is(useColor(fakeHost({}, [1]).host, 1, auto), true);
  assert.is(useColor(fakeHost({}, [1]).host, 2, auto), false);
  assert.is(useColor(fakeHost({ NO_COLOR: "" }, [1]).host, 1, auto), false);
  assert.is(useColor(fakeHost({ TERM: "dumb" }, [1]).host, 1, auto), false);
  assert.is(useColor(fakeHost({}, []).host, 1, { color: true, explicit: false }), false);
  assert.is(useColor(fakeHost({ NO_COLOR: "1" }, []).host, 1, { color: true, explicit: true }), true);
});

test("errors are kept for the report, whatever the console shows", () => {
  const { host, written } = fakeHost();
  const logger = createLogger(host, identity, { level: "none" });
  logger.error("one");
  logger.warn("not kept");
  assert.equal(logger.takeErrors(), ["one"]);
  assert.equal(logger.takeErrors(), []);
  const artifact: string[] = [];
  const restore = logger.redirectErrors(artifact);
  logger.error("mine");
  const restoreInner = logger.redirectErrors("drop");
  logger.error("dropped");
  restoreInner();
  restore();
  logger.configure({ captureLevel: "warn" });
  logger.warn("two");
  assert.equal(artifact, ["mine"]);
  assert.equal(logger.takeErrors(), ["two"]);
  assert.equal(written, []);
});

test("the console can be unsubscribed; listeners stay and do not recurse", () => {
  const { host, written } = fakeHost({ CI: "1" });
  const logger = createLogger(host, identity);
  const heard: string[] = [];
  logger.setListener((level, text) => {
    heard.push(`${level} ${text}`);
    logger.error("from the listener");
  });
  logger.setConsole("logs", false);
  logger.trace("quiet");
  assert.equal(heard, ["trace quiet"]);
  assert.equal(written, []);
  logger.compiler("error", "main.c4m: 1:2: no");
  assert.equal(written, ["error: main.c4m: 1:2: no\n"]);
});

test("a closed stderr does not end the program", () => {
  const { host } = fakeHost();
  host.terminal.write = () => {
    throw new Error("EPIPE");
  };
  createLogger(host, identity).error("x");
});

test("redaction", () => {
  const redact = createRedactor(["s3cre", "s3cret", "no", ""]);
  assert.is(redact("key s3cret and s3cre"), "key <<redact>> and <<redact>>");
  assert.is(redact("now"), "now", "very short ones only as a whole");
  assert.is(redact("no"), "<<redact>>");
  const value = new Map([
    ["a", ["x", "s3cret"]],
    ["b", ["y"]],
  ]);
  const clean = redactJson(value, redact) as Map<string, unknown>;
  assert.equal(
    [...clean],
    [
      ["a", ["x", "<<redact>>"]],
      ["b", ["y"]],
    ],
  );
  const untouched = new Map([["a", 1]]);
  assert.is(redactJson(untouched, redact), untouched);
  assert.equal([...redactHeaders(new Map([["X-Key", "1"]]))], [["X-Key", "<<redact>>"]]);
});

test("the text of a configuration is shown without what it says to fields that hold secrets", () => {
  const text = [
    'auth_config one { auth: "basic" username: "anna" password: "pass \\"phrase" }',
    'auth_config.two.token := """several',
    'lines"""  # token = "former"',
    'sink_config out { sink: "s3"; uid: "AKIA"; secret = env("S") + "rest"; uri: "s3://bucket" }',
    "sink_config web {",
    "  headers: mime_to_dict(",
    '    "Authorization: Bearer abc"',
    "  )",
    '  uri: "https://example.com"',
    "}",
    'password_file: "kept"',
    'password: "not closed',
    'x: "kept, too"',
  ].join("\n");
  const clean = redactSource(text);
  for (const secret of ["phrase", "several", "lines", "former", "AKIA", "rest", "Bearer", "not closed"])
    assert.not.ok(clean.includes(secret), secret);
  for (const rest of ["anna", "s3://bucket", "https://example.com", 'password_file: "kept"', '\nx: "kept, too"', 'env("'])
    assert.ok(clean.includes(rest), rest);
  assert.is(redactSource("a: 1\n"), "a: 1\n");
});

test.run();
