// What a reporter gets on its stdin: bytes that the entry stub reads without knowing JSON, then the facts.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readHandover, writeHandover } from "../../../runtime/exec/handover.js";
import type { ReporterState } from "../../../runtime/exec/types.js";

const state: ReporterState = {
  format: 2,
  wakeAt: 12_345_678.25,
  program: { pid: 4000, start: "77", path: "/bin/tru\u00e9" },
  argv: ["exec", "--", "true"],
  session: {
    execId: "0123456789abcdef",
    startTime: 1_795_440_000_000,
    startMonotonic: 12_345_600,
    argv: ["chalk"],
    commandFlags: [],
    commandArgs: [],
  },
  extra: {},
};

test("the facts come back", () => {
  assert.equal(readHandover(writeHandover(state)), state);
});

test("the head is that which the entry stub reads: magic, seconds, nanoseconds", () => {
  const bytes = writeHandover(state);
  assert.is(new TextDecoder().decode(bytes.subarray(0, 8)), "TSBCHALK");
  const head = new DataView(bytes.buffer);
  assert.is(head.getBigInt64(8, true), 12_345n);
  assert.is(head.getBigInt64(16, true), 678_250_000n);
  assert.is(new DataView(writeHandover({ ...state, wakeAt: -1 }).buffer).getBigInt64(8, true), 0n);
});

test("bad input: anything else", () => {
  const bytes = writeHandover(state);
  const other = new TextEncoder().encode(JSON.stringify(state));
  for (const wrong of [new Uint8Array(0), other, bytes.subarray(0, 20), bytes.subarray(0, bytes.length - 1), bytes.subarray(1)])
    assert.is(readHandover(wrong), undefined);
  assert.is(readHandover(writeHandover({ ...state, format: 1 } as unknown as ReporterState)), undefined);
});

test.run();
