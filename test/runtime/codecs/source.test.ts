// Source codec and last-resort ELF codec (marks-and-codecs.md 6, 7).
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Codec, CodecOptions } from "../../../runtime/codecs/codec.js";
import { codecsInOrder } from "../../../runtime/codecs/index.js";
import { languageOfShebang } from "../../../runtime/codecs/source/language.js";
import { PLACEHOLDER } from "../../../runtime/marks/format.js";
import { chalkIdOfHash } from "../../../runtime/marks/identifiers.js";
import { bytesOf, claim, hashOf, leftovers, mark, options, path, recorder, sha256 } from "./workbench.js";
import "../../helpers/reproducible.js";

const SCRIPT = "#!/bin/sh\necho hello\n";
const MARK =
  '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6", "CHALK_VERSION" : "1.2.0", "TIMESTAMP_WHEN_CHALKED" : 1700000000000, "ARTIFACT_TYPE" : "sh", "HASH" : "bfdeaeb08cffb6a36438bcd12dda25417e3cdd36f1e7e482a2849d539225288b", "X_BOOL" : true, "X_DICT" : { "z" : [], "a" : null }, "X_FLOAT" : 1.5, "X_LIST" : [1, -2, "é"], "METADATA_ID" : "KHYWR8-109J-8TN3-FQRM2E" }';
const SHORT = '{ "MAGIC" : "dadfedabbadabbed", "A" : 1 }';
const text = (name: string) => Buffer.from(bytesOf(name)).toString("latin1");

test("worked example of 7.4", () => {
  assert.is(claim("s", SCRIPT)!.unmarkedHash(), "bfdeaeb08cffb6a36438bcd12dda25417e3cdd36f1e7e482a2849d539225288b");
  assert.is(mark("s", MARK).kind, "written");
  assert.is(bytesOf("s").length, 406);
  assert.is(hashOf("s"), "0fe2b753a1cb9c010d453a1290bbd80be88f525ef35a80355c70a9ee762a96f5");
  assert.is(bytesOf("s").indexOf(0x7b), 23);
  const found = claim("s")!;
  assert.is(found.mark!.get("METADATA_ID"), "KHYWR8-109J-8TN3-FQRM2E");
  assert.is(chalkIdOfHash(found.unmarkedHash()), "C9K68S-B1CN-H30E-33CSK6");
  mark("s", undefined);
  assert.is(text("s"), SCRIPT);
});

test("placement and removal", () => {
  const cases: [before: string, marked: string, removed: string][] = [
    ["#!/bin/sh\nx\n", `#!/bin/sh\nx\n# ${SHORT}\n`, "#!/bin/sh\nx\n"],
    ["#!/bin/sh\nx", `#!/bin/sh\nx\n# ${SHORT}`, "#!/bin/sh\nx"],
    ["", `\n# ${SHORT}`, ""],
    ["#!/bin/sh\r\nx\r\n", `#!/bin/sh\r\nx\r\n# ${SHORT}\n`, "#!/bin/sh\r\nx\r\n"],
    [`#!/bin/sh\n# ${PLACEHOLDER}\nx\n`, `#!/bin/sh\n# ${SHORT}\nx\n`, "#!/bin/sh\nx\n"],
    [`#!/bin/sh\n#${PLACEHOLDER}\nx\n`, `#!/bin/sh\n#${SHORT}\nx\n`, `#!/bin/sh\n#${PLACEHOLDER}\nx\n`],
    ['#!/bin/sh\nv=\'{"MAGIC":"dadfedabbadabbed"}\'\n', `#!/bin/sh\nv='${SHORT}'\n`, `#!/bin/sh\nv='${PLACEHOLDER}'\n`],
    ["#!/usr/bin/env node\nx\n", `#!/usr/bin/env node\nx\n// ${SHORT}\n`, "#!/usr/bin/env node\nx\n"],
    ["#!/usr/bin/node18\nx\n", `#!/usr/bin/node18\nx\n// ${SHORT}\n`, "#!/usr/bin/node18\nx\n"],
    ["#!/bin/sh\n\xff\xfe\x00bin", `#!/bin/sh\n\xff\xfe\x00bin\n# ${SHORT}`, "#!/bin/sh\n\xff\xfe\x00bin"],
  ];
  for (const [before, marked, removed] of cases) {
    const hash = claim("p", Buffer.from(before, "latin1"))!.unmarkedHash();
    assert.is(hash, sha256(Buffer.from(removed, "latin1")), before);
    assert.is(mark("p", SHORT).kind, "written");
    assert.is(text("p"), marked);
    assert.is(claim("p")!.unmarkedHash(), hash, before);
    assert.is(mark("p", SHORT.replace("1", "[1, 2, 3]")).kind, "written");
    assert.is(claim("p")!.unmarkedHash(), hash, before);
    assert.is(mark("p", undefined).kind, "written");
    assert.is(text("p"), removed);
  }
  assert.is(claim("p", `#!/bin/sh\n# ${PLACEHOLDER}\n`)!.mark, undefined, "a placeholder is no mark");
});

test("broken marks are reported once each, and the search goes on", () => {
  const context = recorder();
  const script = `#!/bin/sh\n# dadfedabbadabbed\n# { "MAGIC" : "dadfedabbadabbed", "A" }\n# {\t"MAGIC" : "dadfedabbadabbed" }\n# ${SHORT}\n`;
  assert.is(claim("broken", script, context)!.mark!.get("A"), 1);
  assert.is(context.lines.length, 3);
  assert.match(context.lines[0]!, /^error: .*\/broken: .*byte 12, .*not in valid chalk JSON/);
  assert.match(context.lines[1]!, /^error: .*Invalid JSON .*expected ':'/);
  const twice = recorder();
  assert.is(claim("twice", '#!/bin/sh\n# { "MAGIC" : "dadfedabbadabbed", "A" : 1, "A" : 2 }', twice)!.mark!.get("A"), 2);
  assert.match(twice.lines.join(), "A occurs twice");
});

test("languages of shebangs", () => {
  const cases: [string, string | undefined][] = [
    ["#!/bin/sh -e", "sh"],
    ["#! /usr/bin/python3", "python3"],
    ["#!/usr/bin/env python3.11 -u", "python"],
    ["#!/usr/bin/env -S A=b /opt/node18 x.js y", "node"],
    ["#!/usr/bin/env", undefined],
    ["#!/usr/bin/env -i", undefined],
    ["#!", undefined],
    ["#!env ruby", "ruby"],
    ["x", undefined],
    ["#!/bin/bash\r", "bash"],
  ];
  for (const [line, language] of cases) assert.is(languageOfShebang(line), language, line);
});

test("what is claimed", () => {
  const claimed = (name: string, content: string | Uint8Array, changes = {}) => {
    const found = claim(name, content, recorder(changes));
    found?.file.close();
    return found?.artifactType;
  };
  const chalking = { chalking: true };
  assert.is(claimed("a.txt", SCRIPT), undefined);
  assert.is(claimed("a.onnx", SCRIPT), "ML model", "left to the codec of models");
  assert.is(claimed("a.ONNX", SCRIPT), "ML model");
  assert.is(claimed("a.TXT", SCRIPT), "sh", "no case folding");
  assert.is(claimed("a.py", "print(1)\n"), "python");
  assert.is(claimed("a.py", "print(1)\n", chalking), undefined);
  assert.is(claimed("a.py", "print(1)\n", { chalking: true, onlyShebangs: false }), "python");
  assert.is(claimed("a.py", "#!/usr/bin/python3\n", chalking), "python3");
  assert.is(claimed("plain", ""), "sh");
  assert.is(claimed("plain", "", chalking), undefined);
  assert.is(claimed("latin", Buffer.from("caf\xe9", "latin1")), undefined);
  assert.is(claimed("cut", Buffer.from(`${"x".repeat(255)}é and more`)), "sh", "the window ends inside a character");
  assert.is(claimed("nul", "abc\0def"), undefined);
  assert.is(claimed("zip", "PK\x03\x04abc"), undefined);
  mkdirSync(path("sub.d"), { recursive: true });
  assert.is(claimed("sub.d/noext", "x"), "sh");
  assert.is(claimed(".py", "x"), "sh", "a name that begins with a dot has no extension");
  assert.is(claimed("exec.sh", SCRIPT, { chalking: true, onlyExecutable: true }), undefined);
  chmodSync(path("exec.sh"), 0o755);
  assert.is(claimed("exec.sh", SCRIPT, { chalking: true, onlyExecutable: true }), "sh");
  writeFileSync(path("m.onnx"), "model");
  assert.is(claimed("m.onnx.chalk", SHORT), undefined, "a sidecar file is no artifact");
  assert.is(claimed("other.onnx.chalk", SHORT), "sh");
  const asked: unknown[] = [];
  const customLogic = (...args: unknown[]) => {
    asked.push(...args.slice(1));
    return false;
  };
  assert.is(claimed("exec.sh", SCRIPT, { customLogic }), undefined);
  assert.equal(asked, ["sh", "sh", true, true]);
});

test("order of codecs: priority, then the fixed order, then name; disabled ones are not asked", () => {
  const names = (changes: Partial<CodecOptions>, codecs?: Codec[]) =>
    codecsInOrder({ ...options, ...changes }, codecs).map((codec) => codec.name);
  assert.equal(names({}), [
    "macho",
    "zip",
    "python_pyc",
    "gguf",
    "safetensors",
    "certs",
    "macos",
    "elf",
    "source",
    "model_sidecar",
    "elf_last_resort",
  ]);
  assert.equal(
    names({ enabled: (name) => name !== "source", priority: (name) => (name === "elf_last_resort" ? 0n : undefined) }),
    ["elf_last_resort", "macho", "zip", "python_pyc", "gguf", "safetensors", "certs", "macos", "elf", "model_sidecar"],
  );
  const some = ["b", "certs", "zip", "a", "macho"].map((name) => ({ name, priority: 1n, claim: () => undefined }));
  assert.equal(names({}, some), ["macho", "zip", "certs", "a", "b"]);
});

test("php is marked only where a comment is a comment", () => {
  const php = (content: string) => {
    const context = recorder({ chalking: true, onlyShebangs: false });
    return [claim("a.php", content, context)?.codec, context.lines.length];
  };
  assert.equal(php("<?php echo 1;\n"), ["source", 0]);
  assert.equal(php("<?php echo 1; ?>\n \n"), [undefined, 1]);
  assert.equal(php("#!/usr/bin/php\nhello\n"), [undefined, 1]);
  assert.equal(php(`<?php # ${PLACEHOLDER}\n?>\n`), ["source", 0]);
});

test("mode is kept, nothing is left over, unreadable files are passed with a warning", () => {
  writeFileSync(path("mode"), SCRIPT);
  chmodSync(path("mode"), 0o6751);
  mark("mode", SHORT);
  assert.is(statSync(path("mode")).mode & 0o7777, 0o6751);
  assert.equal(leftovers(), []);
  const context = recorder();
  assert.is(claim("missing", undefined, context), undefined);
  assert.match(context.lines.join(), /^warn: .*could not open\./);
  assert.is(claim("sub.d", undefined, context), undefined);
});

test("last-resort ELF: big-endian, 32-bit, no section table, the magic in the body", () => {
  const elf = (bits: 1 | 2, order: 1 | 2, table: number, body: string) => {
    const head = Buffer.alloc(64);
    head.set([0x7f, 0x45, 0x4c, 0x46, bits, order, 1]);
    const view = new DataView(head.buffer, head.byteOffset);
    if (bits === 1) view.setUint32(0x20, table, order === 1);
    else view.setBigUint64(0x28, BigInt(table), order === 1);
    return Buffer.concat([head, Buffer.from(body, "latin1")]);
  };
  const OTHER = SHORT.replace("1", "2");
  for (const bits of [1, 2] as const) {
    for (const order of [1, 2] as const) {
      const file = elf(bits, order, 64 + OTHER.length, `${OTHER}TABLE`);
      const found = claim("elf", file)!;
      assert.equal([found.codec, found.mark], ["elf_last_resort", undefined], "a mark before the section table is not looked at");
      assert.is(found.unmarkedHash(), sha256(file));
      mark("elf", SHORT);
      assert.is(Buffer.compare(bytesOf("elf"), Buffer.concat([file, Buffer.from(SHORT)])), 0);
      assert.is(claim("elf")!.unmarkedHash(), sha256(file));
      mark("elf", OTHER);
      assert.is(claim("elf")!.mark!.get("A"), 2);
      mark("elf", undefined);
      assert.is(Buffer.compare(bytesOf("elf"), file), 0);
    }
  }
  assert.is(claim("two", elf(2, 2, 0, `${OTHER}x${SHORT}`))!.mark!.get("A"), 1, "the last of several");
  const context = recorder();
  assert.is(claim("constant", elf(2, 2, 2 ** 40, `dadfedabbadabbed and ${PLACEHOLDER} more`), context)!.mark, undefined);
  assert.match(context.lines.join(), /without JSON start/);
  mark("constant", SHORT);
  assert.match(text("constant"), /more\{ "MAGIC" : "dadfedabbadabbed", "A" : 1 \}$/);
  // Across the borders of the pieces in which the file is read.
  for (const gap of [(1 << 20) - 64 - 20, (1 << 20) - 64 - 5, (1 << 20) - 64 + 3]) {
    assert.is(claim("far", elf(2, 2, 0, `${"\0".repeat(gap)}${SHORT}`))!.mark!.get("A"), 1);
  }
  const long = SHORT.replace("1", `"${"y".repeat(3 << 20)}"`);
  assert.is((claim("long", elf(1, 2, 0, long))!.mark!.get("A") as string).length, 3 << 20);
});

test("long texts are handled in pieces; a flood of broken marks ends the search", () => {
  const long = `#!/bin/sh\n${"x\n".repeat(9 << 20)}`;
  assert.is(claim("long.sh", long)!.unmarkedHash(), sha256(long));
  mark("long.sh", SHORT);
  assert.is(claim("long.sh")!.mark!.get("A"), 1);
  assert.is(claim("long.sh")!.unmarkedHash(), sha256(long));
  mark("long.sh", undefined);
  assert.is(hashOf("long.sh"), sha256(long));
  const context = recorder();
  assert.is(claim("flood", `#!/bin/sh\n${'{"MAGIC":"dadfedabbadabbed","a":['.repeat(200_000)}`, context)!.mark, undefined);
  assert.is(context.lines.length, 100);
});

test("any text: insert and remove restore it, the hash stays", () => {
  const part = fc.constantFrom(
    "#!/bin/sh\n",
    "x",
    "\n",
    "\r\n",
    `# ${SHORT}`,
    SHORT,
    PLACEHOLDER,
    '"MAGIC" : "dadfedabbadabbed"',
    "{",
    "}",
    "é",
    "\xff",
    "# ",
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const content = Buffer.from(`#!/bin/sh\n${parts.join("")}`, "latin1");
      const found = claim("any", content)!;
      const hash = found.unmarkedHash();
      const hadObject = /\{ *"MAGIC" *: *"dadfedabbadabbed"/.test(content.toString("latin1"));
      mark("any", SHORT);
      assert.is(claim("any")!.unmarkedHash(), hash);
      mark("any", undefined);
      if (!hadObject) assert.is(Buffer.compare(readFileSync(path("any")), content), 0);
      else assert.is(hashOf("any"), hash);
    }),
    { numRuns: 200 },
  );
});

test.run();
