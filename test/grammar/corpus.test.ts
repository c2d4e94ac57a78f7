/** Every program of the language corpus: what must not parse fails with the right code in the right place, everything else parses. */
import { basename } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cases, type ExpectedError, parseFile } from "./helpers.js";

/** Codes that scanner and parser produce; T030-T032 belong to the phase check but are found where a literal is decoded. */
const early = (code: string): boolean => /^C4M-([LP]|W001|W003|W005|W006|W010|T03[012])/.test(code);
const place = (error: ExpectedError): string => `${error.code}@${error.line}${error.col === undefined ? "" : `:${error.col}`}`;

for (const { name, files, errors, warnings } of cases())
  test(name, () => {
    for (const path of files) {
      const file = basename(path);
      const here = (error: ExpectedError): boolean =>
        early(error.code) && (error.file === undefined ? files.length === 1 || file === "1.c4m" : error.file === file);
      const { diagnostics } = parseFile(path);
      const found = diagnostics.filter((d) => d.severity === "error");
      const expected = errors.filter(here);
      const shown = found.map((d, i) =>
        place({
          phase: d.phase,
          code: d.code,
          line: d.location?.line ?? 0,
          ...(expected[i]?.col === undefined ? {} : { col: d.location?.col ?? 0 }),
        }),
      );
      assert.equal(shown, expected.map(place), file);
      assert.equal(
        found.map((d) => d.phase),
        expected.map((error) => error.phase),
        file,
      );
      for (const warning of warnings.filter(here))
        assert.ok(
          diagnostics.some((d) => d.code === warning.code && d.location?.line === warning.line),
          place(warning),
        );
    }
  });

test.run();
