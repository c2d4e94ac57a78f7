/**
 * The vectors of the NaCl distribution (`tests/core1.c`, `tests/stream3.c`, `tests/secretbox.c`, `tests/onetimeauth.c`), and that a box which was touched does
 * not open.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hsalsa20, xsalsa20Stream } from "../../../runtime/signing/salsa20.js";
import { openBox, poly1305, sealBox } from "../../../runtime/signing/secretbox.js";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

const firstKey = bytes("1b27556473e985d4 62cd51197a9a46c7 6009549eac6474f2 06c4ee0844f68389");
const nonce = bytes("69696ee955b62b73 cd62bda875fc73d6 8219e0036b7a0b37");
const message = bytes(`
  be075fc53c81f2d5 cf141316ebeb0c7b 5228c52a4c62cbd4 4b66849b64244ffc e5ecbaaf33bd751a 1ac728d45e6c6129 6cdc3c01233561f4 1db66cce314adb31
  0e3be8250c46f06d ceea3a7fa1348057 e2f6556ad6b1318a 024a838f21af1fde 048977eb48f59ffd 4924ca1c60902e52 f0a089bc76897040 e082f93776384864
  5e0705`);
const box = bytes(`
  f3ffc7703f9400e5 2a7dfb4b3d3305d9 8e993b9f48681273 c29650ba32fc76ce 48332ea7164d96a4 476fb8c531a1186a c0dfc17c98dce87b 4da7f011ec48c972
  71d2c20f9b928fe2 270d6fb863d51738 b48eeee314a7cc8a b932164548e526ae 90224368517acfea bd6bb3732bc0e9da 99832b61ca01b6de 56244a9e88d5f9b3
  7973f622a43d14a6 599b1f654cb45a74 e355a5`);

test("HSalsa20 makes the first key of the shared secret", () => {
  const shared = bytes("4a5d9d5ba4ce2de1 728e3bf480350f25 e07e21c947d19e33 76f09b3c1e161742");
  assert.is(hex(hsalsa20(shared, new Uint8Array(16))), hex(firstKey));
});

test("HSalsa20 makes the second key of the first and the nonce", () => {
  assert.is(hex(hsalsa20(firstKey, nonce.subarray(0, 16))), "dc908dda0b9344a953629b733820778880f3ceb421bb61b91cbd4c3e66256ce4");
});

test("XSalsa20 gives the published stream", () => {
  assert.is(hex(xsalsa20Stream(firstKey, nonce, 32)), "eea6a7251c1e72916d11c2cb214d3c252539121d8e234e652d651fa4c8cff880");
});

test("Poly1305 gives the published authenticator", () => {
  const key = xsalsa20Stream(firstKey, nonce, 32);
  assert.is(hex(poly1305(key, box.subarray(16))), hex(box.subarray(0, 16)));
});

test("Poly1305: the example of RFC 8439, 2.5.2", () => {
  const key = bytes("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
  const text = new TextEncoder().encode("Cryptographic Forum Research Group");
  assert.is(hex(poly1305(key, text)), "a8061dc1305136c6c22b8baf0c0127a9");
});

test("Poly1305 where the sum passes the prime (RFC 8439, A.3, 7-11)", () => {
  const vectors: readonly (readonly [key: string, data: string, tag: string])[] = [
    ["02".padEnd(32, "0") + "0".repeat(32), "ff".repeat(16), `03${"0".repeat(30)}`],
    [`02${"0".repeat(30)}${"ff".repeat(16)}`, `02${"0".repeat(30)}`, `03${"0".repeat(30)}`],
    [`01${"0".repeat(62)}`, `${"ff".repeat(16)}f0${"ff".repeat(15)}11${"0".repeat(30)}`, `05${"0".repeat(30)}`],
    [`01${"0".repeat(62)}`, `${"ff".repeat(16)}fb${"fe".repeat(15)}${"01".repeat(16)}`, "0".repeat(32)],
    [`02${"0".repeat(62)}`, `fd${"ff".repeat(15)}`, `fa${"ff".repeat(15)}`],
  ];
  for (const [key, data, tag] of vectors) assert.is(hex(poly1305(bytes(key), bytes(data))), tag);
});

test("a message goes into the published box and out of it", () => {
  assert.is(hex(sealBox(message, nonce, firstKey)), hex(box));
  assert.is(hex(openBox(box, nonce, firstKey) as Uint8Array), hex(message));
});

test("messages of all lengths come back", () => {
  for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200]) {
    const text = Uint8Array.from({ length }, (_, index) => index);
    assert.equal([...(openBox(sealBox(text, nonce, firstKey), nonce, firstKey) ?? [])], [...text], `${length}`);
  }
});

test("a box that was changed, cut or is opened with another key stays shut", () => {
  for (const at of [0, 15, 16, 80, box.length - 1]) {
    const changed = box.slice();
    changed[at] = (changed[at] as number) ^ 1;
    assert.is(openBox(changed, nonce, firstKey), undefined, `byte ${at}`);
  }
  for (const length of [0, 15, 16, 100]) assert.is(openBox(box.subarray(0, length), nonce, firstKey), undefined, `${length}`);
  const otherKey = firstKey.slice();
  otherKey[31] = 0;
  assert.is(openBox(box, nonce, otherKey), undefined);
  const otherNonce = nonce.slice();
  otherNonce[23] = 0;
  assert.is(openBox(box, otherNonce, firstKey), undefined);
});

test.run();
