// Markdown as text for a terminal (runtime/cmdline/reading.ts).
import { test } from "uvu";
import * as assert from "uvu/assert";
import { documentParts, readableText } from "../../../runtime/cmdline/reading.js";

const markdown = [
  "# Title",
  "",
  "Some **bold** words and a [link](https://example.com).",
  "",
  "- an item that goes",
  "  on in the next line",
  "- another",
  "",
  "## Code",
  "",
  "```sh",
  "chalk load x",
  "  # indented",
  "```",
  "",
  "| a | b |",
  "|---|---|",
].join("\n");

test("parts have headings, and no marks of layout", () => {
  assert.equal(documentParts(markdown), [
    { heading: "Title", text: "Some bold words and a link.\n\n- an item that goes on in the next line\n- another" },
    { heading: "Code", text: "    chalk load x\n      # indented\n\n| a | b |\n|---|---|" },
  ]);
  assert.equal(documentParts("words first\nand more\n# H\n"), [
    { heading: "", text: "words first\nand more" },
    { heading: "H", text: "" },
  ]);
  assert.equal(documentParts(""), []);
});

test("text is wrapped, code and tables are not", () => {
  const text = readableText(markdown, 20);
  assert.match(
    text,
    /^Title\n-----\nSome bold words and\na link\.\n\n- an item that goes\n {2}on in the next\n {2}line\n- another\n\nCode\n----\n {4}chalk load x\n/,
  );
});

test.run();
