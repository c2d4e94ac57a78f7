/** Articles as text and as JSON. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Article, articles } from "../../../compiler/articles.js";
import { articleRecord, renderArticle } from "../../../runtime/commands/config/explain-article.js";
import { displayWidth } from "../../../runtime/render/width.js";

const article = (code: string) => articles.get(code as Article["code"]) as Article;

test("an article has heading, explanation and both examples", () => {
  assert.is(
    renderArticle(article("C4M-T032"), { width: 60 }),
    `C4M-T032: float literal out of range
error, found in phase check

Floating-point numbers reach to about 1.8e308; this one is
larger. Check the exponent.

Wrong:
    huge = 1e400

Right:
    huge = 1e300
`,
  );
});

test("files are named where there are several, and the host is told", () => {
  const text = renderArticle(article("C4M-S017"));
  for (const part of ["# schema.c42spec", "# 1.c4m", "# 2.c4m", "(The first file is built into the program.)"])
    assert.ok(text.includes(part), part);
  assert.match(renderArticle(article("C4M-M004")), /# ping\.c4m\n {4}use pong/);
  assert.match(renderArticle(article("C4M-G003")), /\$ prog list --verbose=false\n/);
});

test("no line is wider than the terminal, and none holds control characters", () => {
  for (const width of [40, 80, 120])
    for (const each of articles.values())
      for (const line of renderArticle(each, { width }).split("\n")) {
        assert.ok(displayWidth(line) <= width, `${each.code}: ${line}`);
        assert.not.match(line, /[\x00-\x1f\x7f]/, each.code);
      }
});

test("colours are escape sequences around the same text", () => {
  const colored = renderArticle(article("C4M-E007"), { color: true });
  assert.match(colored, /\x1b\[31mWrong:\x1b\[39m/);
  assert.is(colored.replace(/\x1b\[\d+m/g, ""), renderArticle(article("C4M-E007")));
});

test("the record carries everything", () => {
  const record = articleRecord(article("C4M-G003"));
  assert.equal(Object.keys(record), ["code", "severity", "phase", "title", "explanation", "wrong", "right"]);
  assert.is(record.wrong.files[0]?.name, "config.c4m");
  assert.equal(record.wrong.argv, ["list", "--verbose=false"]);
  assert.is(articleRecord(article("C4M-S101")).wrong.files[0]?.name, "schema.c42spec");
});

test.run();
