// Zip archives: hash of the tree, editing in place, archives in archives, and archives that lie.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chalkIdOfHash } from "../../../runtime/marks/identifiers.js";
import { bytesOf, claim, hex, leftovers, mark, path, recorder, sha256 } from "./workbench.js";
import { type MadeArchive, type MadeEntry, makeZip } from "./zip-maker.js";

const script = "#!/bin/sh\necho hello\n";
const PLACEHOLDER = '{ "MAGIC" : "dadfedabbadabbed" }';
const MARK = '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6" }';
const has = (tool: string) => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;

const two: MadeEntry[] = [
  { name: "a.sh", content: script, mode: 0o100755, comment: "first" },
  { name: "lib/x.txt", content: "text" },
];

/** HASH of the archive of these entries. */
function hashOf(entries: readonly MadeEntry[], options: MadeArchive = {}, name = "t.zip"): string {
  const found = claim(name, makeZip(entries, options));
  const result = found!.unmarkedHash();
  found!.file.close();
  return result;
}

test("the hash of a tree", () => {
  const expected = sha256("25/a.sh21#!/bin/sh\necho hello\n10/lib/x.txt4text");
  assert.is(expected, "1c9b7280c5eb0388992eb86448a0817ab4bcabfa5b0529379b9010edd2dddd86");
  assert.is(hashOf(two), expected);
  assert.is(hashOf([...two].reverse()), expected);
  assert.is(
    hashOf([{ name: "lib/", content: "" }, ...two.map((entry) => ({ ...entry, stored: true, mode: 0o100600 }))]),
    expected,
  );
  assert.is(hashOf([...two, { name: "chalk.json", content: MARK }, { name: "chalk", content: "binary" }]), expected);
  assert.is(hashOf(two, { prefix: Buffer.from("PK self-extractor"), comment: "c" }), expected);
  assert.is(hashOf(two, { prefix: Buffer.from("PK self-extractor"), absolute: true }), expected);
  assert.is(hashOf(two, { zip64: true }), expected);
  assert.not.equal(hashOf([...two, { name: "sub/chalk.json", content: "" }]), expected);
});

test("entries count without their marks", () => {
  const marked = `${script}# ${MARK}\n`;
  assert.is(hashOf([{ name: "a.sh", content: marked }, two[1]!]), hashOf(two));
  // Not claimed: the extension, a pattern, the sidecar of a model.
  assert.is.not(hashOf([{ name: "a.txt", content: marked }]), hashOf([{ name: "a.txt", content: script }]));
  assert.is.not(hashOf([{ name: ".x/a.sh", content: marked }]), hashOf([{ name: ".x/a.sh", content: script }]));
  const model = { name: "m.onnx", content: "weights" };
  assert.is(hashOf([model, { name: "m.onnx.chalk", content: `${MARK}\n` }]), hashOf([model]));
  assert.is.not(hashOf([model, { name: "n.onnx.chalk", content: `${MARK}\n` }]), hashOf([model]));
});

test("an ELF entry counts with a free section", () => {
  const tiny = readFileSync("/bin/true");
  const direct = claim("true", tiny)!;
  direct.unmarkedHash();
  const pieces = direct.withoutMark();
  if ("refused" in pieces) throw new Error("refused");
  const bytes = Buffer.concat(
    pieces.map((piece) => (piece instanceof Uint8Array ? piece : direct.file.read(piece.start, piece.end - piece.start))),
  );
  direct.file.close();
  assert.is(
    hashOf([{ name: "true", content: new Uint8Array(tiny) }]),
    sha256(Buffer.concat([Buffer.from(`15/true${bytes.length}`), bytes])),
  );
});

test("an archive in an archive counts with its own hash", () => {
  const inner = makeZip(two);
  const expected = sha256(`110/inner.zip64${hashOf(two, {}, "u.zip")}`);
  assert.is(hashOf([{ name: "inner.zip", content: inner }]), expected);
  const marked = makeZip([...two, { name: "chalk.json", content: MARK }]);
  assert.is(hashOf([{ name: "inner.zip", content: marked, stored: true }]), expected);
});

test("Java classes count with their content; the old hash is accepted for validation", () => {
  const classFile = (value: number) => Uint8Array.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, value]);
  const jar = (value: number): MadeEntry[] => [
    { name: "A.class", content: classFile(value) },
    { name: "x.txt", content: "t" },
  ];
  assert.is.not(hashOf(jar(1), {}, "a.jar"), hashOf(jar(2), {}, "a.jar"));
  const legacy = sha256("28/A.class06/x.txt1t");
  const found = claim("a.jar", makeZip(jar(1)))!;
  assert.is(found.artifactType, "JAR");
  assert.is(found.legacyHash!(chalkIdOfHash(legacy)), legacy);
  const oldest =
    sha256("27A.class9\xca\xfe\xba\xbe".slice(0, 0)) &&
    sha256(Buffer.concat([Buffer.from("27A.class9"), classFile(1), Buffer.from("5x.txt1t")]));
  assert.is(found.legacyHash!(chalkIdOfHash(oldest)), oldest);
  assert.is(found.legacyHash!("XXXXXX-XXXX-XXXX-XXXXXX"), undefined);
  found.file.close();
});

test("insert, replace and delete leave everything else as it is", () => {
  const shapes: (readonly [MadeArchive, string])[] = [
    [{}, "plain"],
    [{ comment: "archive comment" }, "comment"],
    [{ prefix: Buffer.from("PK prefix") }, "prefix"],
    [{ prefix: Buffer.from("PK prefix"), absolute: true }, "absolute prefix"],
    [{ zip64: true }, "zip64"],
  ];
  const entries: MadeEntry[] = [
    { name: "META-INF/MANIFEST.MF", content: "Manifest-Version: 1.0\n" },
    ...two,
    { name: "bin/", mode: 0o40755 },
    { name: "link", content: "a.sh", mode: 0o120777 },
    { name: "extra", content: "e", extra: hex("55 54 05 00 03 00 00 00 00") },
    { name: Uint8Array.from([0x66, 0x81]), content: "old name" },
  ];
  for (const [options, what] of shapes) {
    const original = makeZip(entries, options);
    const hash = hashOf(entries, options);
    assert.is(mark("t.zip", MARK).kind, "written", what);
    const once = bytesOf("t.zip");
    assert.equal(once.subarray(0, 20), original.subarray(0, 20), what);
    const found = claim("t.zip")!;
    assert.is(found.mark?.get("CHALK_ID"), "C9K68S-B1CN-H30E-33CSK6");
    assert.is(found.unmarkedHash(), hash);
    found.file.close();
    const longer = MARK.replace(" }", ', "X_MORE" : "text" }');
    assert.is(mark("t.zip", longer).kind, "written");
    assert.is(mark("t.zip", MARK).kind, "written");
    assert.equal(bytesOf("t.zip"), once, what);
    if (has("unzip")) {
      const status = spawnSync("unzip", ["-tqq", path("t.zip")]).status;
      assert.ok(status === 0 || status === 1, `${what}: ${status}`);
      assert.is(spawnSync("unzip", ["-p", path("t.zip"), "chalk.json"], { encoding: "utf8" }).stdout, MARK);
    }
    assert.is(mark("t.zip", undefined).kind, "written");
    assert.equal(bytesOf("t.zip"), original, what);
  }
  assert.equal(leftovers(), []);
});

test("a mark in the middle is replaced at its place", () => {
  const entries = [two[0]!, { name: "chalk.json", content: PLACEHOLDER }, two[1]!];
  const found = claim("m.zip", makeZip(entries))!;
  assert.is(found.mark, undefined);
  found.file.close();
  mark("m.zip", MARK);
  const order = [
    ...Buffer.from(bytesOf("m.zip"))
      .toString("latin1")
      .matchAll(/PK\x01\x02.{42}(a\.sh|chalk\.json|lib\/x\.txt)/gs),
  ];
  assert.equal(
    order.map((match) => match[1]),
    ["a.sh", "chalk.json", "lib/x.txt"],
  );
  mark("m.zip", undefined);
  assert.equal(bytesOf("m.zip"), makeZip(two));
});

test("delete takes the marks out of entries, and touches nothing else", () => {
  const elf = new Uint8Array(readFileSync("/bin/true"));
  const nested = makeZip([...two, { name: "chalk.json", content: MARK }]);
  const entries: MadeEntry[] = [
    { name: "a.sh", content: `${script}# ${MARK}\n`, mode: 0o100755 },
    { name: "true", content: elf, stored: true },
    { name: "inner.zip", content: nested, stored: true },
    { name: "chalk.json", content: MARK },
    { name: "chalk", content: "binary" },
  ];
  const hash = hashOf(entries, {}, "d.zip");
  mark("d.zip", undefined);
  const found = claim("d.zip")!;
  assert.is(found.mark, undefined);
  assert.is(found.unmarkedHash(), hash);
  found.file.close();
  const names = [
    ...Buffer.from(bytesOf("d.zip"))
      .toString("latin1")
      .matchAll(/PK\x01\x02.{24}(..).{16}/gs),
  ].length;
  assert.is(names, 3);
  assert.ok(Buffer.from(bytesOf("d.zip")).includes(Buffer.from(elf)));
  if (has("unzip")) {
    assert.is(execFileSync("unzip", ["-p", path("d.zip"), "a.sh"], { encoding: "utf8" }), script);
    assert.match(execFileSync("unzip", ["-Z", path("d.zip")], { encoding: "utf8" }), /-rwxr-xr-x.* a\.sh/);
  }
});

test("delete takes sidecars out, but not files that only have the name of one", () => {
  const entries: MadeEntry[] = [
    { name: "m.onnx", content: "weights" },
    { name: "m.onnx.chalk", content: `${MARK}\n` },
    { name: "n.onnx", content: "weights" },
    { name: "n.onnx.chalk", content: "on the blackboard" },
    { name: "chalk.json", content: MARK },
  ];
  claim("s.zip", makeZip(entries))!.file.close();
  mark("s.zip", undefined);
  const rest = Buffer.from(bytesOf("s.zip")).toString("latin1");
  assert.not.ok(rest.includes("m.onnx.chalk"));
  assert.ok(rest.includes("n.onnx.chalk"));
});

test("a damaged sidecar stays, and does not keep the mark from being taken out", () => {
  const entries: MadeEntry[] = [
    { name: "m.onnx", content: "weights" },
    { name: "m.onnx.chalk", content: `${MARK}\n`, crc: 1 },
    { name: "chalk.json", content: MARK },
  ];
  claim("d.zip", makeZip(entries))!.file.close();
  mark("d.zip", undefined);
  const rest = Buffer.from(bytesOf("d.zip")).toString("latin1");
  assert.ok(rest.includes("m.onnx.chalk"));
  assert.not.ok(rest.includes("chalk.json"));
});

test("a replaced entry keeps the spelling of its name, in both records", () => {
  const name = Uint8Array.from([0x81, 0x2e, 0x73, 0x68]);
  const marked = `${script}# ${MARK}\n`;
  for (const flags of [0, 0x800]) {
    const spelled = flags === 0 ? name : "ü.sh";
    claim(
      "n.zip",
      makeZip([
        { name: spelled, content: marked, flags },
        { name: "chalk.json", content: MARK },
      ]),
    )!.file.close();
    mark("n.zip", undefined);
    const found = claim("n.zip")!;
    assert.is(found.unmarkedHash(), hashOf([{ name: spelled, content: script, flags }], {}, "o.zip"));
    found.file.close();
    const bytes = Buffer.from(bytesOf("n.zip"));
    const central = bytes.lastIndexOf("PK\x01\x02");
    assert.equal([bytes.readUInt16LE(6), bytes.readUInt16LE(central + 8)], [flags, flags]);
  }
});

test("many entries, and offsets beyond 64 Ki of them", () => {
  const entries = Array.from({ length: 300 }, (_, index) => ({ name: `f${index}.bin`, content: `content ${index}` }));
  const hash = hashOf(entries, {}, "many.zip");
  mark("many.zip", MARK);
  const found = claim("many.zip")!;
  assert.is(found.unmarkedHash(), hash);
  found.file.close();
});

test("archives of other programs", () => {
  for (const [tool, make] of [
    [
      "python3",
      `import zipfile,sys
z=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)
z.writestr('a.sh', '#!/bin/sh\\necho hello\\n'); z.writestr('lib/x.txt','text')
with z.open('big.bin','w',force_zip64=True) as f: f.write(b'x'*70000)
z.close()`,
    ],
  ] as const) {
    if (!has(tool)) {
      console.log(`SKIPPED archives of other programs: no ${tool}`);
      continue;
    }
    execFileSync(tool, ["-c", make, path("o.zip")]);
    const original = bytesOf("o.zip");
    assert.is(mark("o.zip", MARK).kind, "written");
    const check =
      "import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(z.namelist(), z.read('chalk.json').decode())";
    assert.match(execFileSync(tool, ["-c", check, path("o.zip")], { encoding: "utf8" }), MARK);
    mark("o.zip", undefined);
    assert.equal(bytesOf("o.zip"), original);
  }
});

const refused: Readonly<Record<string, readonly [readonly MadeEntry[], MadeArchive?, RegExp?]>> = {
  "no end": [[]],
  "an absolute name": [[{ name: "/etc/passwd", content: "x" }], {}, /absolute/],
  "a way out": [[{ name: "../x", content: "x" }], {}, /leads out/],
  "a way out in the middle": [[{ name: "a/../../x", content: "x" }], {}, /leads out/],
  "a name twice": [[two[0]!, two[0]!], {}, /twice/],
  "a wrong checksum": [[{ name: "a", content: "x", crc: 1 }], {}, /checksum/],
  "a wrong checksum, stored": [[{ name: "a", content: "x", crc: 1, stored: true }], {}, /checksum/],
  "less data than announced": [[{ name: "a", content: "x", size: 5 }], {}, /announced/],
  "more data than announced": [[{ name: "a", content: "xxxxxxxx", size: 5 }], {}, /announced/],
  "an impossible ratio": [[{ name: "a", content: "x", size: 0x7fffffff }], {}, /announces more/],
  encryption: [[{ name: "a", content: "x", flags: 1 }], {}, /encrypted/],
  "another compression": [[{ name: "a", content: "x", method: 12 }], {}, /not supported/],
  "no deflate": [[{ name: "a", content: "xxx", compressed: hex("ff ff ff ff") }], {}, /inflated|announced/],
  "an offset beyond the end": [[{ name: "a", content: "x", offset: 100000 }], {}, /outside/],
  "overlapping entries": [
    [
      { name: "a", content: "x" },
      { name: "a", localName: "a", content: "y", offset: 0 },
    ],
    {},
    /twice|overlap/,
  ],
  "two names": [[{ name: "a", localName: "b", content: "x" }], {}, /another name/],
  "several parts": [two, { disk: 1 }, /several parts/],
  "too many entries announced": [two, { count: 9 }, /central directory/],
  "fewer entries announced": [two, { count: 1 }, /central directory/],
};
for (const [what, [entries, options, reason]] of Object.entries(refused)) {
  test(`not claimed: ${what}`, () => {
    const context = recorder({ chalking: true });
    const bytes = what === "no end" ? Buffer.from("PK just text") : makeZip(entries, options);
    assert.is(claim("r.zip", bytes, context), undefined);
    if (reason !== undefined) assert.match(context.lines.join("\n"), reason);
  });
}

test("not claimed, and nothing to say: no files, too short, another extension", () => {
  for (const [name, bytes] of [
    ["e.zip", makeZip([])],
    ["e.zip", makeZip([{ name: "dir/" }])],
    ["e.zip", new Uint8Array(0)],
    ["e.zip", Buffer.from("P")],
    ["e.ZIP", makeZip(two)],
    ["e.apk", makeZip(two)],
  ] as const) {
    const context = recorder({ chalking: true });
    assert.is(claim(name, bytes, context), undefined);
    assert.equal(context.lines, []);
  }
});

test("a bomb is refused before it explodes", () => {
  // The limit of archives within archives, made small for the test.
  const limited = () => recorder({ chalking: true, archive: { depth: 1, budget: { left: 8 << 20 } } });
  const zeros = Buffer.alloc(1 << 20);
  const bomb = makeZip(Array.from({ length: 30 }, (_, index) => ({ name: `z${index}`, content: zeros })));
  for (const bytes of [bomb, makeZip([{ name: "bomb.zip", content: bomb, stored: true }])]) {
    const context = limited();
    assert.is(claim("bomb.zip", bytes, context), undefined);
    assert.match(context.lines.join("\n"), /far more data/);
  }
});

test("archives nested without end", () => {
  let bytes = makeZip(two);
  for (let depth = 0; depth < 20; depth += 1) bytes = makeZip([{ name: "n.zip", content: bytes, stored: true }]);
  const context = recorder();
  const found = claim("deep.zip", bytes, context);
  assert.ok(found !== undefined);
  found!.file.close();
});

test("no truncation of an archive is claimed or crashes", () => {
  const whole = makeZip([...two, { name: "chalk.json", content: MARK }], { comment: "x", zip64: true });
  for (let length = 0; length < whole.length; length += 1) {
    const found = claim("cut.zip", whole.subarray(0, length), recorder({ chalking: true }));
    assert.is(found, undefined, `${length} bytes`);
  }
});

test.run();
