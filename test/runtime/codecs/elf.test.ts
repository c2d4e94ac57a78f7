// ELF codec: the worked examples of marks-and-codecs.md 5.6, all section layouts, appended data, hostile files, and real programs.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLACEHOLDER } from "../../../runtime/marks/format.js";
import { chalkIdOfHash } from "../../../runtime/marks/identifiers.js";
import { bytesOf, claim, failingHost, hashOf, host, leftovers, mark, path, recorder, sha256 } from "./workbench.js";
import "../../helpers/reproducible.js";

/** The 344-byte program of 5.6. */
export function tinyProgram(): Uint8Array {
  const bytes = new Uint8Array(344);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const put = (at: number, values: [width: 2 | 4 | 8, value: number][]) => {
    for (const [width, value] of values) {
      if (width === 2) view.setUint16(at, value, true);
      else if (width === 4) view.setUint32(at, value, true);
      else view.setBigUint64(at, BigInt(value), true);
      at += width;
    }
  };
  put(0x10, [
    [2, 2],
    [2, 0x3e],
    [4, 1],
    [8, 0x400078],
    [8, 0x40],
    [8, 0x98],
    [4, 0],
    [2, 64],
    [2, 56],
    [2, 1],
    [2, 64],
    [2, 3],
    [2, 2],
  ]);
  put(0x40, [
    [4, 1],
    [4, 5],
    [8, 0],
    [8, 0x400000],
    [8, 0x400000],
    [8, 128],
    [8, 128],
    [8, 0x1000],
  ]);
  bytes.set([0x48, 0x31, 0xff, 0xb0, 0x3c, 0x0f, 0x05, 0x90], 0x78);
  bytes.set(new TextEncoder().encode("\0.text\0.shstrtab\0"), 0x80);
  put(0xd8, [
    [4, 1],
    [4, 1],
    [8, 6],
    [8, 0x400078],
    [8, 0x78],
    [8, 8],
    [4, 0],
    [4, 0],
    [8, 1],
    [8, 0],
  ]);
  put(0x118, [
    [4, 7],
    [4, 3],
    [8, 0],
    [8, 0],
    [8, 0x80],
    [8, 17],
    [4, 0],
    [4, 0],
    [8, 1],
    [8, 0],
  ]);
  return bytes;
}
const HASH = "de6ec4c790bf51aef910e5379f29f71a912eb6de54d03fb8039299e6ef159de3";
const MARK = '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "CHJKCS-B36H-HKEE-9GC9K3" }';

test("worked example: insert, replace, remove, one hash throughout", () => {
  assert.is(sha256(tinyProgram()), "7197fdab902b0cf36faa2167d2737f5bccb8ed416ce5853abae7b8187f208868");
  const found = claim("tiny", tinyProgram())!;
  assert.is(found.codec, "elf");
  assert.is(found.artifactType, "ELF");
  assert.is(found.mark, undefined);
  assert.is(found.unmarkedHash(), HASH);
  assert.is(chalkIdOfHash(HASH), "CHJKCS-B36H-HKEE-9GC9K3");

  assert.equal(mark("tiny", PLACEHOLDER), { kind: "written" });
  assert.is(hashOf("tiny"), "2cac6715733fd4337feb7e9c386be78a41530ff8d5bf2574958babe97f329ef4");
  assert.is(claim("tiny")!.mark, undefined, "a placeholder is no mark");
  assert.is(claim("tiny")!.unmarkedHash(), HASH);
  assert.equal(mark("tiny", MARK), { kind: "written" });
  assert.is(hashOf("tiny"), "2c891bfa336854a796d8449de06c38f72da306c443c4f8479b4414853fdfcddc");
  assert.is(claim("tiny")!.mark!.get("CHALK_ID"), "CHJKCS-B36H-HKEE-9GC9K3");
  assert.is(claim("tiny")!.unmarkedHash(), HASH);
  const { ino } = statSync(path("tiny"));
  assert.equal(mark("tiny", MARK), { kind: "unchanged" });
  assert.is(statSync(path("tiny")).ino, ino, "not written again");
  assert.equal(mark("tiny", undefined), { kind: "written" });
  assert.is(hashOf("tiny"), "71077c782e7a6d97bac752a5d10009a57362a02f093ac651fb7fcf606b0cb2ad");
  assert.is(bytesOf("tiny").length, 448);
  assert.is(claim("tiny")!.unmarkedHash(), HASH);
  assert.equal(mark("tiny", MARK), { kind: "written" });
  assert.is(hashOf("tiny"), "2c891bfa336854a796d8449de06c38f72da306c443c4f8479b4414853fdfcddc");
});

test("a real program: /bin/true of Debian 12", () => {
  const original = new Uint8Array(readFileSync("/bin/true"));
  if (sha256(original) !== "c79bf44242829108e323378531f4ac839513ca1fba45efd6583643526e1e9fd2") {
    console.log("SKIPPED /bin/true: another version is installed");
    return;
  }
  const expected = "0621723c9096fe011a44fc93485194878defda55e211ebc1cc6b1dcdcb9dca46";
  assert.is(claim("true", original)!.unmarkedHash(), expected);
  chmodSync(path("true"), 0o4755);
  mark("true", PLACEHOLDER);
  assert.is(hashOf("true"), "085c3be77b9dd3269b60a79c06a651ec5424814884a260a29ef6c899933c41de");
  assert.is(statSync(path("true")).mode & 0o7777, 0o4755);
  assert.is(spawnSync(path("true")).status, 0);
  mark("true", MARK);
  mark("true", undefined);
  assert.is(hashOf("true"), "06347b8bd411ca41d6a88f64c19665add1e3ead5d1d11981c456dcee4c872efe");
  assert.is(claim("true")!.unmarkedHash(), expected);
});

/** A program whose parts behind the code stand in the given order: d extra section, s name table, h section table. */
function laidOut(order: string, namesLast: boolean): { bytes: Uint8Array; at: Record<string, number> } {
  const names = new TextEncoder().encode("\0.text\0.shstrtab\0.extra\0");
  const sizes: Record<string, number> = { d: 24, s: names.length, h: 4 * 64 };
  const at: Record<string, number> = {};
  let end = 0x80;
  for (const part of order) {
    end = (end + 7) & ~7;
    at[part] = end;
    end += sizes[part]!;
  }
  const bytes = new Uint8Array(end);
  bytes.set(tinyProgram().subarray(0, 0x80));
  const view = new DataView(bytes.buffer);
  bytes.set(names, at.s!);
  bytes.fill(0xdd, at.d!, at.d! + 24);
  const [nameIndex, extraIndex] = namesLast ? [3, 2] : [2, 3];
  view.setBigUint64(0x28, BigInt(at.h!), true);
  view.setUint16(0x3c, 4, true);
  view.setUint16(0x3e, nameIndex, true);
  const header = (index: number, name: number, type: number, offset: number, size: number) => {
    const base = at.h! + index * 64;
    view.setUint32(base, name, true);
    view.setUint32(base + 4, type, true);
    view.setBigUint64(base + 0x18, BigInt(offset), true);
    view.setBigUint64(base + 0x20, BigInt(size), true);
    view.setBigUint64(base + 0x30, 1n, true);
  };
  header(1, 1, 1, 0x78, 8);
  header(nameIndex, 7, 3, at.s!, names.length);
  header(extraIndex, 17, 1, at.d!, 24);
  return { bytes, at };
}

test("all layouts: the cut is where the rules say, programs run, one hash", () => {
  const cutOf: Record<string, (at: Record<string, number>, size: number) => number> = {
    dsh: (at) => at.s!,
    sdh: (at) => at.h!,
    dhs: (at) => at.s!,
    hds: (at) => at.s!,
    shd: (_, size) => size,
    hsd: (_, size) => size,
  };
  for (const [order, cut] of Object.entries(cutOf)) {
    for (const namesLast of [true, false]) {
      const name = `layout-${order}-${namesLast}`;
      const { bytes, at } = laidOut(order, namesLast);
      const hash = claim(name, bytes)!.unmarkedHash();
      chmodSync(path(name), 0o755);
      assert.is(mark(name, MARK).kind, "written", name);
      const marked = Buffer.from(bytesOf(name));
      const expectedStart = (cut(at, bytes.length) + 7) & ~7;
      assert.is(marked.indexOf('{ "MAGIC"'), expectedStart, name);
      const text = execFileSync("readelf", ["-a", "-W", path(name)], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      assert.match(text, /\.chalk\.mark +PROGBITS/);
      assert.match(text, /\.shstrtab +STRTAB/);
      assert.match(text, /\.extra +PROGBITS/);
      assert.is(spawnSync(path(name)).status, 0, name);
      assert.is(claim(name)!.unmarkedHash(), hash, name);
      // A dead section table in front of the cut already has the new size of the name table.
      if (at.h! < cut(at, bytes.length)) {
        const nameIndex = namesLast ? 3 : 2;
        assert.is(marked.readBigUInt64LE(at.h! + nameIndex * 64 + 0x20), BigInt(24 + 12), name);
        assert.is(marked.readBigUInt64LE(at.h! + nameIndex * 64 + 0x18), BigInt(at.s!), name);
      }
      assert.is(mark(name, MARK.replace("CHJKCS", "CHJKCS-much-longer-than-before")).kind, "written");
      assert.is(mark(name, undefined).kind, "written");
      assert.is(claim(name)!.unmarkedHash(), hash, name);
      assert.is(spawnSync(path(name)).status, 0, name);
    }
  }
});

test("appended data is kept: the last-resort codec takes such files", () => {
  const payload = Buffer.from("PK\x03\x04 payload");
  const found = claim("appended", Buffer.concat([tinyProgram(), payload]))!;
  assert.is(found.codec, "elf_last_resort");
  mark("appended", MARK);
  assert.is(Buffer.from(bytesOf("appended")).toString("latin1").slice(344), payload.toString("latin1") + MARK);
  assert.is(claim("appended")!.mark!.size, 2);
  mark("appended", undefined);
  assert.is(Buffer.compare(bytesOf("appended"), Buffer.concat([tinyProgram(), payload])), 0);
  assert.is(claim("zeros", Buffer.concat([tinyProgram(), Buffer.alloc(40)]))!.codec, "elf", "zero bytes are dropped");
});

test("data behind a marked file survives replacing the mark", () => {
  claim("behind", tinyProgram());
  mark("behind", MARK);
  writeFileSync(path("behind"), Buffer.concat([bytesOf("behind"), Buffer.from("tail!")]));
  assert.is(claim("behind")!.codec, "elf");
  assert.is(mark("behind", MARK.replace("CHJKCS", "OTHER")).kind, "written");
  assert.is(Buffer.from(bytesOf("behind")).toString("latin1").slice(-5), "tail!");
});

test("refusals leave the file alone", () => {
  const mapped = tinyProgram();
  mapped[0x98 + 2 * 64 + 0x10] = 1;
  assert.is(claim("mapped", mapped)!.unmarkedHash(), sha256(mapped), "the raw hash");
  const result = mark("mapped", MARK);
  assert.ok(result.kind === "failed" && result.code === "REFUSED");
  assert.is(Buffer.compare(bytesOf("mapped"), mapped), 0);
});

test("files that are not for this codec, and what is said about them", () => {
  const damaged = (change: (view: DataView) => void, cut?: number) => {
    const bytes = tinyProgram();
    change(new DataView(bytes.buffer));
    return bytes.subarray(0, cut);
  };
  const cases: [what: string, bytes: Uint8Array, log: RegExp | undefined][] = [
    ["32-bit", damaged((view) => view.setUint8(4, 1)), /^trace: elf @ .*: not a 64-bit file/],
    ["big-endian", damaged((view) => view.setUint8(5, 2)), /^trace: .*little-endian/],
    ["version", damaged((view) => view.setUint32(0x14, 2, true)), /^error: .*version/],
    ["core dump", damaged((view) => view.setUint16(0x10, 4, true)), undefined],
    ["no names", damaged((view) => view.setUint16(0x3e, 0, true)), /^error: .*no section name table/],
    ["names out of range", damaged((view) => view.setUint16(0x3e, 3, true)), /^error: .*index/],
    ["object file", damaged((view) => view.setBigUint64(0x20, 0n, true)), /^trace: .*no program headers/],
    ["program headers", damaged((view) => view.setBigUint64(0x20, 2n ** 63n, true)), /^error: .*program headers out of range/],
    ["program entry", damaged((view) => view.setUint16(0x36, 32, true)), /^error: .*size of program headers/],
    ["program count", damaged((view) => view.setUint16(0x38, 0, true)), /^error: .*number/],
    ["many programs", damaged((view) => view.setUint16(0x38, 1000, true)), /^error: .*exceed/],
    ["segment", damaged((view) => view.setBigUint64(0x40 + 0x20, 2n ** 64n - 1n, true)), /^error: .*program header 0/],
    ["no table", damaged((view) => view.setBigUint64(0x28, 0n, true)), /^error: .*section table/],
    ["table size", damaged((view) => view.setUint16(0x3c, 0xfe00, true)), /^error: .*exceeds/],
    ["section", damaged((view) => view.setBigUint64(0xd8 + 0x20, 2n ** 60n, true)), /^error: .*section 1 \(offset 120/],
    ["name offset", damaged((view) => view.setUint32(0xd8, 17, true)), /^error: .*name out of range/],
    ["nobits names", damaged((view) => view.setUint32(0x118 + 4, 8, true)), /^error: .*no content/],
    ["truncated", damaged(() => {}, 300), /^error: .*exceeds/],
    ["header only", damaged(() => {}, 64), /^error: .*too short/],
    ["magic only", damaged(() => {}, 4), /^error: .*too short/],
  ];
  for (const [what, bytes, log] of cases) {
    const context = recorder();
    assert.is(claim("damaged", bytes, context)?.codec, "elf_last_resort", what);
    if (log === undefined) assert.equal(context.lines, [], what);
    else assert.match(context.lines.join("\n"), log, what);
  }
});

test("a chalk section without a mark counts as unmarked and is used again", () => {
  claim("broken", tinyProgram());
  mark("broken", '{ "MAGIC" : "dadfedabbadabbeX", "A" : 1 }');
  const context = recorder();
  assert.is(claim("broken", undefined, context)!.mark, undefined);
  assert.match(context.lines.join("\n"), "no object that begins with MAGIC");
  mark("broken", MARK);
  assert.is(hashOf("broken"), "2c891bfa336854a796d8449de06c38f72da306c443c4f8479b4414853fdfcddc");
  mark("broken", '\n\t{\t"MAGIC"\n:\t"dadfedabbadabbed", "A" : 1 }');
  assert.is(claim("broken")!.mark!.get("A"), 1);
});

test("damage anywhere never crashes and never changes what is not understood", () => {
  const whole = tinyProgram();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(343), fc.nat(255)), { maxLength: 6 }),
      fc.integer({ min: 0, max: 400 }),
      (edits, length) => {
        const bytes = new Uint8Array(length);
        bytes.set(whole.subarray(0, Math.min(length, 344)));
        for (const [at, value] of edits) if (at < length) bytes[at] = value;
        const found = claim("fuzz", bytes);
        if (found?.codec !== "elf") {
          found?.file.close();
          return;
        }
        const hash = found.unmarkedHash();
        const result = mark("fuzz", MARK);
        if (result.kind === "failed") return assert.is(Buffer.compare(bytesOf("fuzz"), bytes), 0);
        const again = claim("fuzz");
        // A header field that lies over the tables may turn the result into something else, but what is still ours must agree.
        if (again?.codec === "elf" && again.mark !== undefined) assert.is(again.unmarkedHash(), hash);
      },
    ),
    { numRuns: 600 },
  );
});

test("a compiled program: valid, runs, survives strip", () => {
  if (spawnSync("gcc", ["--version"]).status !== 0 || spawnSync("readelf", ["--version"]).status !== 0) {
    console.log("SKIPPED compiled program: no gcc or binutils");
    return;
  }
  writeFileSync(path("p.c"), '#include <stdio.h>\nint main(int c, char **v) { printf("%d %s\\n", c, v[1]); return 7; }\n');
  for (const flags of [[], ["-static"], ["-g"], ["-s"], ["-Wl,-z,noseparate-code"]]) {
    execFileSync("gcc", [...flags, "-o", path("p"), path("p.c")]);
    const before = execFileSync("readelf", ["-lW", path("p")], { encoding: "utf8" });
    const hash = claim("p")!.unmarkedHash();
    assert.is(mark("p", MARK).kind, "written");
    const run = spawnSync(path("p"), ["x"], { encoding: "utf8" });
    assert.equal([run.status, run.stdout], [7, "2 x\n"]);
    const inspected = spawnSync("readelf", ["-aW", path("p")], { encoding: "utf8" });
    assert.is(inspected.stderr, "");
    assert.is(
      execFileSync("readelf", ["-lW", path("p")], { encoding: "utf8" }),
      before,
      "program headers and mapping are the same",
    );
    assert.is(claim("p")!.unmarkedHash(), hash);
    execFileSync("strip", [path("p")]);
    assert.is(claim("p")!.mark!.get("CHALK_ID"), "CHJKCS-B36H-HKEE-9GC9K3");
    assert.is(spawnSync(path("p"), ["x"]).status, 7);
    assert.is(mark("p", undefined).kind, "written");
    assert.is(spawnSync(path("p"), ["x"]).status, 7);
  }
  execFileSync("gcc", ["-c", "-o", path("p.o"), path("p.c")]);
  const original = bytesOf("p.o");
  assert.is(claim("p.o")!.codec, "elf_last_resort");
  mark("p.o", MARK);
  execFileSync("gcc", ["-o", path("from-o"), path("p.o")]);
  mark("p.o", undefined);
  assert.is(Buffer.compare(bytesOf("p.o"), original), 0);
});

test("a failure at any step leaves the original and no temporary file", () => {
  const big = Buffer.concat([tinyProgram()]);
  for (const name of ["small", "large"]) {
    const program = name === "small" ? big : largeProgram();
    const counting = failingHost(0);
    claim(name, program);
    assert.is(mark(name, MARK, counting.host).kind, "written");
    for (let step = 1; step <= counting.calls(); step += 1) {
      for (const code of ["ENOSPC", "EACCES"]) {
        claim(name, program);
        const result = mark(name, MARK, failingHost(step, code).host);
        if (result.kind === "written") {
          // Only syncing the directory after the rename may fail without consequence.
          assert.is(claim(name)!.mark!.size, 2);
          continue;
        }
        assert.ok(result.kind === "failed" && result.code === code);
        assert.is(Buffer.compare(bytesOf(name), program), 0, `step ${step}`);
        assert.equal(leftovers(), []);
      }
    }
  }
});

/** A program big enough for copy and patch. */
function largeProgram(): Uint8Array {
  const { bytes, at } = laidOut("dsh", true);
  const extra = 3 << 20;
  const large = new Uint8Array(bytes.length + extra);
  large.set(bytes.subarray(0, at.s!));
  large.fill(0xab, at.s!, at.s! + extra);
  large.set(bytes.subarray(at.s!), at.s! + extra);
  const view = new DataView(large.buffer);
  const table = at.h! + extra;
  view.setBigUint64(0x28, BigInt(table), true);
  view.setBigUint64(table + 3 * 64 + 0x18, BigInt(at.s! + extra), true);
  view.setBigUint64(table + 2 * 64 + 0x20, BigInt(24 + extra), true);
  return large;
}

test("a large program is copied and patched to the same bytes as a small one is written", () => {
  const program = largeProgram();
  const found = claim("large", program)!;
  const content = found.withMark(MARK);
  assert.ok(!("refused" in content));
  const expected = Buffer.concat(
    content.map((piece) => (piece instanceof Uint8Array ? piece : program.subarray(piece.start, piece.end))),
  );
  assert.is(mark("large", MARK).kind, "written");
  assert.is(Buffer.compare(bytesOf("large"), expected), 0);
});

test("a file that changes under us is scanned again, or left alone", () => {
  const files = { ...host.files };
  const meddle = (change: () => void) => {
    let done = false;
    return {
      ...host,
      files: {
        ...files,
        copyAttributes: (from: string, to: string) => {
          files.copyAttributes(from, to);
          if (!done) change();
          done = true;
        },
      },
    };
  };
  claim("race", tinyProgram());
  assert.is(
    mark(
      "race",
      MARK,
      meddle(() => copyFileSync(path("race"), path("race2"))),
    ).kind,
    "written",
  );
  claim("race", tinyProgram());
  const touched = mark(
    "race",
    MARK,
    meddle(() => writeFileSync(path("race"), tinyProgram())),
  );
  assert.is(touched.kind, "written", "same content, written again");
  claim("race", tinyProgram());
  const other = tinyProgram();
  other[0x7f] = 0x91;
  const changed = mark(
    "race",
    MARK,
    meddle(() => writeFileSync(path("race"), other)),
  );
  assert.ok(changed.kind === "failed" && changed.code === "ECHANGED");
  assert.is(Buffer.compare(bytesOf("race"), other), 0);
  assert.equal(leftovers(), []);
  assert.ok(existsSync(path("race")));
});

test.run();
