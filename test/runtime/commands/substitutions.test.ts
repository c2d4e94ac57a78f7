// `{chalk_id}`, `{now}` and the like in values of the configuration (`collection.md` 4.5): marks and reports say the same.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlace, runChalk } from "../../helpers/program.js";

const config = `
keyspec.CHALK_PTR.value: "https://x/{chalk_id}/{now}/{hash}/{unknown}"
keyspec.BUILD_URI.value: "https://ci/{chalk_id}?t={now}"
mark_template.mark_default.key.CHALK_PTR.use = true
mark_template.mark_default.key.BUILD_URI.use = true
report_template.insertion_default.key.TIMESTAMP_WHEN_CHALKED.use = true
report_template.insertion_default.key.BUILD_URI.use = true
report_template.insertion_default.key.CHALK_PTR.use = true
`;

test("in the mark of each artifact everything is known, in values about the host what is the same for all", () => {
  const place = createPlace();
  const folder = join(place.directory, "src");
  mkdirSync(folder);
  for (const name of ["a", "b"]) writeFileSync(join(folder, `${name}.sh`), `#!/bin/sh\necho ${name}\n`);
  const [report] = runChalk(place, ["insert", "src"], { config }).reports;
  const now = report!.TIMESTAMP_WHEN_CHALKED as number;
  assert.is(report!.BUILD_URI, `https://ci/{chalk_id}?t=${now}`);
  assert.is(report!._CHALKS.length, 2);
  for (const { CHALK_ID, HASH, CHALK_PTR, _OP_ARTIFACT_PATH } of report!._CHALKS) {
    assert.is(CHALK_PTR, `https://x/${CHALK_ID}/${now}/${HASH}/{unknown}`);
    const line = readFileSync(_OP_ARTIFACT_PATH, "utf8")
      .split("\n")
      .find((text) => text.includes("dadfedabbadabbed"));
    const mark = JSON.parse(line!.slice(line!.indexOf("{"))) as Record<string, string>;
    assert.is(mark.CHALK_PTR, CHALK_PTR);
    assert.is(mark.BUILD_URI, `https://ci/${CHALK_ID}?t=${now}`);
  }
  const found = runChalk(place, ["extract", "src"], { config }).reports[0]!;
  for (const { _VALIDATED_METADATA } of found._CHALKS) assert.is(_VALIDATED_METADATA, true);
});

test.run();
