/** Well-typed programs, generated: they check without errors, run without internal failures, and mean the same however they are written down. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deserializeModule, serializeModule } from "../../compiler/serialize.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { plainTree } from "../../runtime/encoding.js";
import { createMemoryHost } from "../../runtime/host/memory-host.js";
import { pureHashing } from "../../runtime/host/pure-hashing.js";
import { compact } from "../../runtime/json.js";
import { evaluateText, formatText } from "../../runtime/library.js";
import { ConfigStack } from "../../runtime/stack/stack.js";
import { runs } from "./settings.js";
import { programs } from "./well-typed.js";

/** What a well-typed program may still do wrong: numbers out of range, division by zero, indexes and keys, negative durations. */
const permitted = new Set(["C4M-E004", "C4M-E005", "C4M-E006", "C4M-E007", "C4M-E011"]);

const show = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map((d) => `${d.code} ${d.location?.line} ${d.message}`).join("; ");

test("well-typed programs have no errors but those of arithmetic and indexes", async () => {
  let finished = 0;
  await fc.assert(
    fc.asyncProperty(programs, async (text) => {
      const { diagnostics } = await evaluateText(text);
      const errors = diagnostics.filter((d) => d.severity === "error");
      if (errors.length === 0) finished++;
      assert.ok(
        errors.every((d) => permitted.has(d.code)),
        `${show(errors)}\n${text}`,
      );
    }),
    runs(1000),
  );
  assert.ok(finished > 50, `only ${finished} programs ran to their end`);
});

test("a formatted program does the same", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async (text) => {
      const formatted = formatText(text).text;
      assert.is(formatText(formatted).text, formatted);
      const [before, after] = [await evaluateText(text), await evaluateText(formatted)];
      assert.is(after.json, before.json);
      assert.is(after.output, before.output);
      assert.equal(
        after.diagnostics.map((d) => d.code),
        before.diagnostics.map((d) => d.code),
      );
    }),
    runs(400),
  );
});

test("a compiled program that was stored does the same", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async (text) => {
      const newStack = () => {
        const written: string[] = [];
        return {
          stack: new ConfigStack({ host: createMemoryHost({ hashing: pureHashing }), output: (t) => written.push(t) }),
          written,
        };
      };
      const first = newStack();
      const source = sourceFromText("config.c4m", text);
      const { compiled } = await first.stack.compile(source);
      if (compiled === undefined) throw new Error("not compiled");
      const stored = deserializeModule(serializeModule(compiled));
      if (stored === undefined) throw new Error("not restored");
      const direct = await first.stack.run(source);
      const second = newStack();
      const restored = second.stack.runCompiled(stored);
      assert.is(compact(plainTree(second.stack.runtime.store.root)), compact(plainTree(first.stack.runtime.store.root)));
      assert.equal(second.written, first.written);
      const places = (list: readonly Diagnostic[]) =>
        list.filter((d) => d.phase === "eval").map((d) => [d.code, d.location, d.message]);
      assert.equal(places(restored.diagnostics), places(direct.diagnostics));
    }),
    runs(400),
  );
});

test.run();
