/** Hashing without the system gives what the system gives. */
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pureHashing } from "../../../runtime/host/pure-hashing.js";

for (const algorithm of ["sha256", "sha512"] as const) {
  test(`${algorithm} around the ends of blocks`, () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000]) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 73 + length) & 255);
      assert.is(pureHashing.hex(algorithm, data), createHash(algorithm).update(data).digest("hex"), `${length} bytes`);
    }
  });
  test(`${algorithm} of text and of pieces`, () => {
    const expected = createHash(algorithm).update("grüße aus zürich").digest("hex");
    assert.is(pureHashing.hex(algorithm, "grüße aus zürich"), expected);
    const stream = pureHashing.stream(algorithm);
    for (const piece of ["grüße ", "aus ", "zürich"]) stream.update(new TextEncoder().encode(piece));
    assert.is(Buffer.from(stream.digest()).toString("hex"), expected);
  });
}

test("other algorithms are not there", () => {
  assert.throws(() => pureHashing.hex("md5", ""), /ENOSYS/);
});

test.run();
