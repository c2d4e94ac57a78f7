/**
 * Schemas and configurations made for each other: what a configuration sets and leaves out decides alone whether it is valid, absent fields get their defaults,
 * and validating again changes nothing.
 */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluateText } from "../../runtime/library.js";
import { runs } from "./settings.js";

/** Fields of one type: its text, values that fit, what the values are in JSON, and properties that allow some of them only. */
interface Kind {
  readonly type: string;
  readonly good: readonly (readonly [text: string, json: unknown])[];
  readonly bad: readonly (readonly [text: string, code: string])[];
  readonly constraint?: string;
}
const kinds: readonly Kind[] = [
  {
    type: "int",
    good: [
      ["1", 1],
      ["9", 9],
    ],
    bad: [
      ['"x"', "C4M-S002"],
      ["1.0", "C4M-S002"],
    ],
  },
  {
    type: "int",
    good: [
      ["1", 1],
      ["9", 9],
    ],
    bad: [
      ["0", "C4M-S006"],
      ["10", "C4M-S006"],
    ],
    constraint: "range: (1, 9)",
  },
  {
    type: "string",
    good: [
      ['"a"', "a"],
      ['"b"', "b"],
    ],
    bad: [
      ['"c"', "C4M-S007"],
      ["5", "C4M-S002"],
    ],
    constraint: 'choice: ["a", "b"]',
  },
  {
    type: "list[int]",
    good: [
      ["[]", []],
      ["[1]", [1]],
    ],
    bad: [
      ["[1, 2]", "C4M-S008"],
      ["1", "C4M-S002"],
    ],
    constraint: "max_items: 1",
  },
  {
    type: "Duration",
    good: [
      ["<<1 sec>>", 1_000_000],
      ["<<0 s>>", 0],
    ],
    bad: [['"1 sec"', "C4M-S002"]],
  },
  {
    type: "dict[string, bool]",
    good: [
      ["{}", {}],
      ['{"a": true}', { a: true }],
    ],
    bad: [['{"a": 1}', "C4M-S002"]],
  },
  {
    type: "bool",
    good: [
      ["true", true],
      ["false", false],
    ],
    bad: [["1", "C4M-S002"]],
  },
  {
    type: "int or string",
    good: [
      ["1", 1],
      ['"x"', "x"],
    ],
    bad: [["1.5", "C4M-S002"]],
  },
];

type Presence = "default" | "required" | "optional";
interface Field {
  readonly kind: Kind;
  readonly presence: Presence;
  /** Index of the value that is the default. */
  readonly fallback: number;
  /** What the configuration does with the field. */
  readonly set: { readonly how: "good" | "bad" | "absent" | "unexecuted"; readonly which: number };
}

const field: fc.Arbitrary<Field> = fc.record({
  kind: fc.constantFrom(...kinds),
  presence: fc.constantFrom<Presence>("default", "required", "optional"),
  fallback: fc.integer({ min: 0, max: 1 }),
  set: fc.record({
    how: fc.oneof(
      { weight: 4, arbitrary: fc.constant("good" as const) },
      fc.constantFrom("bad" as const, "absent" as const, "unexecuted" as const),
    ),
    which: fc.nat(5),
  }),
});
const item = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

function schemaOf(fields: readonly Field[], wrapped: boolean): string {
  const body = fields.map(({ kind, presence, fallback }, i) => {
    const rule = presence === "default" ? `default: ${item(kind.good, fallback)[0]}` : `require: ${presence === "required"}`;
    return `  field f${i} {\n    type: ${kind.type}\n    ${rule}\n    ${kind.constraint ?? ""}\n  }\n`;
  });
  const open = wrapped ? "object thing {\n" : "root {\n";
  return `${open}  user_def_ok: false\n${body.join("")}}\n${wrapped ? "root {\n  user_def_ok: false\n  allow thing\n}\n" : ""}`;
}

function configOf(fields: readonly Field[], wrapped: boolean): string {
  const body = fields.map(({ kind, set }, i) => {
    if (set.how === "absent") return "";
    if (set.how === "bad") return `f${i}: ${item(kind.bad, set.which)[0]}\n`;
    const assignment = `f${i}: ${item(kind.good, set.which)[0]}\n`;
    return set.how === "good" ? assignment : `if false { ${assignment} }\n`;
  });
  return wrapped ? `thing one {\n${body.join("")}}\n` : body.join("");
}

test("verdicts and defaults follow from what is set", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 6 }), fc.boolean(), async (fields, wrapped) => {
      const schema = schemaOf(fields, wrapped);
      const config = configOf(fields, wrapped);
      const expected: string[] = [];
      const values: Record<string, unknown> = {};
      for (const [i, { kind, presence, fallback, set }] of fields.entries()) {
        const exists = set.how === "good" || set.how === "bad";
        if (set.how === "bad") expected.push(`${item(kind.bad, set.which)[1]} f${i}`);
        else if (!exists && presence === "required") expected.push(`C4M-S003 f${i}`);
        if (set.how === "good") values[`f${i}`] = item(kind.good, set.which)[1];
        else if (!exists && presence === "default") values[`f${i}`] = item(kind.good, fallback)[1];
      }
      const result = await evaluateText(config, { schema });
      const found = result.diagnostics.map((d) => `${d.code} ${d.path?.split(".").at(-1)}`);
      assert.equal(found.sort(), expected.sort(), `${schema}\n${config}`);
      if (expected.length === 0) {
        const tree = JSON.parse(result.json);
        assert.equal(wrapped ? tree.thing.one : tree, values);
      }
    }),
    runs(600),
  );
});

test("validating once more changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 6 }), fc.boolean(), async (fields, wrapped) => {
      const good = fields.map((each) => ({ ...each, set: { ...each.set, how: "good" as const } }));
      const schema = schemaOf(good, wrapped);
      const text = configOf(good, wrapped);
      const once = await evaluateText([{ name: "1.c4m", text }], { schema });
      const again = await evaluateText(
        [
          { name: "1.c4m", text },
          { name: "2.c4m", text: "\n" },
          { name: "3.c4m", text },
        ],
        { schema },
      );
      assert.equal(once.diagnostics, []);
      assert.equal(again.diagnostics, []);
      assert.is(again.json, once.json);
    }),
    runs(200),
  );
});

test.run();
