/** Runs every case of the docker corpus; what a case means is in `test/conformance/docker/README.md`. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { corpus } from "../runtime/conformance/docker.js";
import { createHost } from "../runtime/host/create.js";

const folder = join(process.cwd(), "test/conformance/docker");
const host = createHost();

for (const name of corpus.cases(folder, host)) {
  test(name, async () => {
    assert.is(await corpus.run(folder, name, host), undefined);
  });
}

test.run();
