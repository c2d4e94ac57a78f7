/**
 * Every form of ENTRYPOINT and CMD with a real engine, by both builders: what an image does with chalk is compared with what the same Dockerfile does
 * without.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerBench } from "../helpers/docker-bench.js";

const bench = await DockerBench.start("forms of ENTRYPOINT and CMD");

const forms: readonly (readonly [lines: string, words?: readonly string[], flags?: readonly string[]])[] = [
  ['FROM base:1\nENTRYPOINT ["echo", "a b"]\nCMD ["c"]'],
  ['FROM base:1\nENTRYPOINT ["echo", "a b"]\nCMD ["c"]', ["d", "--", "-x"]],
  ['FROM base:1\nENTRYPOINT echo $0 "x y"; exit 9'],
  ['FROM base:1\nCMD ["echo", "only"]'],
  ["FROM base:1\nCMD echo shell $((1+2))"],
  ['FROM base:1\nSHELL ["/bin/sh", "-ec"]\nENTRYPOINT echo with; false; echo not'],
  ['FROM base:1\nENTRYPOINT []\nCMD ["echo", "reset"]'],
  ['FROM base:1\nENTRYPOINT ["sh", "-c", "exit 42"]'],
  ["FROM base:1\nUSER web\nWORKDIR /home/web\nENTRYPOINT id -un; pwd; id -g"],
  ['FROM base:1\nRUN echo made > /made\nUSER 1000:1000\nCMD ["cat", "/made"]'],
  ['FROM base:1\nENTRYPOINT ["sh", "-c", "touch /x; echo $?; id -u"]', [], ["--read-only"]],
  [
    'FROM base:1\nENTRYPOINT ["id", "-u"]',
    [],
    ["--user=4321", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"],
  ],
  ['FROM glibc:1\nENV A=b\nENTRYPOINT ["sh", "-c", "echo $A $$; exit 3"]'],
  ["FROM glibc:1\nCMD echo $$; id -u"],
  // The old builder drops an empty shell form, BuildKit runs it.
  ['FROM base:1\nENTRYPOINT \nCMD ["echo", "x"]'],
  ['FROM base:1 AS first\nRUN echo one > /one\nFROM glibc:1\nCOPY --from=first /one /two\nENTRYPOINT ["cat"]\nCMD ["/two"]'],
];

for (const [lines, words = [], flags = []] of forms) {
  bench.check(`${lines.replaceAll("\n", "; ")} with ${JSON.stringify([flags, words])}`, (builder) => {
    bench.buildPlain(builder, "plain:1", `${lines}\n`);
    bench.build(builder, "form:1", `${lines}\n`);
    assert.equal(bench.behaviour([...flags, "form:1", ...words]), bench.behaviour([...flags, "plain:1", ...words]));
    assert.ok(bench.entrypointOf("form:1")?.includes("/chalk"));
  });
}

test.run();
