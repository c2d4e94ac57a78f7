/** Every code has an article; every example does what its article says: the wrong one has exactly that problem, the right one has none. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { articles, findArticle } from "../../compiler/articles.js";
import { type Code, catalogue } from "../../grammar/catalogue.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { runExample } from "./run-example.js";

/** Warnings that a wrong example unavoidably has beside its error. */
const companions: ReadonlyMap<Code, readonly Code[]> = new Map([["C4M-E008", ["C4M-W007"]]]);

const show = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map((d) => `${d.code} ${d.location?.line ?? "-"}:${d.location?.col ?? "-"} ${d.message}`).join("\n");

test("every code of the catalogue has an article, and every article a code", () => {
  assert.equal([...articles.keys()].sort(), Object.keys(catalogue).sort());
});

test("explanations have two to six sentences", () => {
  const wrong = [...articles.values()].filter(({ explanation }) => {
    const sentences = explanation.split(/[.?!](?=\s+[^a-z\s]|\)?$)/).filter((part) => part.replace(")", "").trim() !== "").length;
    return sentences < 2 || sentences > 6 || !/\.\)?$/.test(explanation);
  });
  assert.equal(
    wrong.map((article) => article.code),
    [],
  );
});

test("codes are found as people type them", () => {
  assert.is(findArticle("c4m-t003")?.code, "C4M-T003");
  assert.is(findArticle(" T003 ")?.code, "C4M-T003");
  assert.is(findArticle("C4M-X999"), undefined);
  assert.is(findArticle("constructor"), undefined);
});

for (const [code, article] of articles) {
  test(`${code}: the wrong example`, async () => {
    const found = await runExample(article.wrong);
    const others = found.filter((d) => d.code !== code && companions.get(code)?.includes(d.code as Code) !== true);
    assert.ok(found.length > 0, "nothing is reported");
    assert.is(show(others), "");
    assert.ok(found.some((d) => d.code === code));
  });
  test(`${code}: the right example`, async () => {
    assert.is(show(await runExample(article.right)), "");
  });
}

test.run();
