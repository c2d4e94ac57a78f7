// Secrets that stand in configurations are not shown by what is said about them: in excerpts, messages and machine-readable forms.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../../grammar/diagnostic.js";
import { diagnosticRecord, renderText, secretsOf } from "../../../runtime/render/index.js";

const file = "site.c4m";
const at = (text: string, piece: string, message = "wrong"): Diagnostic => {
  const before = text.slice(0, text.indexOf(piece));
  const line = before.split("\n").length;
  const col = before.length - before.lastIndexOf("\n");
  const location = { file, line, col, endLine: line, endCol: col + piece.length };
  return { code: "C4M-S002", severity: "error", phase: "spec", message, location };
};
const show = (text: string, piece: string, message?: string) =>
  renderText([at(text, piece, message)], (name) => (name === file ? text : undefined)).split("\n");

test("a literal is replaced, and carets stay under what they point at", () => {
  const text = 'auth_config a {\n  password: "hunter2 ä secret" + 5\n}\n';
  assert.equal(show(text, "5").slice(1, 3), ['    password: "<<redact>>" + 5', "                             ^"]);
  assert.equal(show(text, '"hunter2 ä secret"').slice(1, 3), ['    password: "<<redact>>" + 5', "              ^^^^^^^^^^^^"]);
  assert.equal(show(text, "password").slice(1, 3), ['    password: "<<redact>>" + 5', "    ^^^^^^^^"]);
});

for (const [what, text, secret] of [
  ["a header", 'headers: {"Authorization": "Bearer sesame"}\nx: 1\n', "sesame"],
  ["a word without quotation marks", "token: abc123def\nx: 1\n", "abc123def"],
  ["a literal that is not closed", 'token: "abc def\nx: 1\n', "abc def"],
  ["a name with a slip", 'pasword: "abc def"\nx: 1\n', "abc def"],
  ["a missing colon", 'password "abc def"\nx: 1\n', "abc def"],
  ["a longer name", 'var q = 1\nmy_token := "abc def"\nx: 1\n', "abc def"],
  ["a URL", 'uri: "https://anna:abcdef@example.com/"\nx: 1\n', "abcdef"],
  ["a line of a long literal", 'password: """one\nabcdef-xyz\n"""\nx: 1\n', "abcdef-xyz"],
  ["a comment", '# password: "abc def"\nx: 1\n', "abc def"],
] as const) {
  test(`not shown: ${what}`, () => {
    const lines = show(text, secret, `unknown name '${secret}'`).join("\n");
    assert.not.ok(lines.includes(secret), lines);
    assert.ok(lines.includes("<<redact>>"), lines);
    const { clean } = secretsOf(() => text);
    const fixed = {
      ...at(text, secret, `cannot use "${secret}"`),
      fix: { location: at(text, secret).location!, text: `"${secret}"` },
    };
    assert.not.ok(JSON.stringify(diagnosticRecord(clean(fixed as Diagnostic))).includes(secret));
  });
}

test("what is no secret stays", () => {
  for (const [text, piece] of [
    ["secret_of_team := env(name)\ntoken: secret_of_team\nx: 1\n", "secret_of_team"],
    ['auth: "token"\n', '"token"'],
    ["token: env_token(5)\n", "env_token"],
    ['uri: "https://example.com:80/a@b"\n', "example"],
  ] as const) {
    const lines = show(text, piece);
    assert.is(lines[1]?.trim(), text.split("\n")[0]?.trim());
  }
});

test.run();
