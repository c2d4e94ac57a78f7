/** Runs every case of the language corpus; what a case means is told by `test/conformance/language/README.md`. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { corpus } from "../runtime/conformance/language.js";
import { createHost } from "../runtime/host/create.js";

const folder = join(process.cwd(), "test/conformance/language");
const host = createHost();

for (const name of corpus.cases(folder, host)) {
  test(name, async () => {
    const reason = await corpus.run(folder, name, host);
    assert.is(reason, undefined, reason);
  });
}

test.run();
