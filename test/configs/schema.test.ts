/**
 * Chalk's own schema against the fact tables (`test/fixtures/facts/schema.json`): every section and field, property by property. What ours changes on purpose
 * (`ours.md` 2, `facts/validators.md`) stands in the tables below and nowhere else.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Constant } from "../../compiler/schema/constant.js";
import { entriesByName, type FieldRule, type Schema, type SectionType } from "../../compiler/schema/schema.js";
import { typeFromText, typeText } from "../../compiler/type-text.js";
import { builtins } from "../../runtime/builtins/index.js";
import { createHost } from "../../runtime/host/create.js";
import { readLiteral } from "../../runtime/literals.js";
import { encodeConstant } from "../../runtime/validate/constants.js";
import { loadSchema } from "../../runtime/validate/load-schema.js";

// biome-ignore lint/suspicious/noExplicitAny: the tables are JSON of many shapes
type Facts = any;
const facts: Facts = JSON.parse(readFileSync(join(process.cwd(), "test/fixtures/facts/schema.json"), "utf8"));
const order = JSON.parse(readFileSync(join(process.cwd(), "configs/order.json"), "utf8")) as { schema: string[] };
const sources = order.schema.map((file) => ({ file, text: readFileSync(join(process.cwd(), "configs", file), "utf8") }));
const { loaded, diagnostics } = loadSchema(sources, { host: createHost(), builtins });

/** Fields with another property than upstream's: `section.field` -> properties. `undefined` removes one. */
const changedFields: Record<string, Record<string, unknown>> = {
  "attestation_key_get.uri": { default: "" },
  "attestation_key_get.auth": { default: "" },
  // "get" without an address is an error.
  "attestation.key_provider": { validator: "key_provider_check" },
  "docker.download_arch_binary_urls": { default: [] },
  "docker.install_binfmt": { default: false },
  "network.partial_traceroute_ips": { default: {} },
  "(root).install_completion_script": { default: false },
  "(root).crashoverride_usage_reporting_url": { default: "" },
  "(root).crashoverride_workspace_id": { default: "" },
  // One choice is no choice for the schema language, so a validator does it.
  "docker_context_upload.mode": { validator: "docker_context_mode_check" },
  "docker_context_upload.strategy": { choice: ["auto", "registry", "local", "disk"] },
  // New commands.
  "(root).valid_chalk_commands": { default: [...facts.constants.valid_chalk_cmds, "completion", "report"] },
};

/** Fields that only ours has. */
const newFields: Record<string, Record<string, unknown>> = {
  "docker.arch_binary_locations": { type: "dict[string, string]", require: false, validator: "arch_binary_locations_check" },
  "docker.runtime_libraries": { type: "string", default: "auto", choice: ["auto", "always", "never"] },
  "network.ipv6_sockets": { type: "bool", default: true },
  "policy.strict_exit_codes": { type: "bool", default: false },
  "policy.install_missing_tools": { type: "bool", default: false },
  "policy.max_steps": { type: "int", default: 10000000, range: [1, { $int: "9223372036854775807" }] },
  "policy.max_call_depth": { type: "int", default: 1000, range: [1, 100000] },
  "policy.component_timeout": { type: "Duration", default: { $lit: "10 seconds", $type: "Duration" } },
};

/** Sections that differ: the name of a report becomes a topic, and `policy` is new. */
const changedSections: Record<string, Record<string, unknown>> = { custom_report: { validator: "custom_report_check" } };
const newSections: Facts[] = [
  {
    name: "policy",
    kind: "singleton",
    user_def_ok: false,
    hidden: false,
    validator: null,
    allow: [],
    require: [],
    exclusions: [],
    fields: [],
  },
];
/** Sections that the root allows in addition; `getopts` comes from getopts.c42spec. */
const newInRoot = ["policy", "getopts"];

/** A value of the tables as a constant. `type` tells an int from a float. */
function constant(value: Facts): Constant {
  if (typeof value === "boolean") return { t: "bool", v: value };
  if (typeof value === "number") return { t: "int", v: String(value) };
  if (typeof value === "string") return { t: "string", v: value };
  if (Array.isArray(value)) return { t: "list", v: value.map(constant) };
  if ("$int" in value) return { t: "int", v: value.$int };
  if ("$lit" in value) {
    const literal = readLiteral(value.$type, value.$lit);
    assert.ok(literal !== undefined, value.$lit);
    return encodeConstant(literal ?? null);
  }
  return { t: "dict", v: Object.entries(value).map(([key, item]) => [constant(key), constant(item)]) };
}

/** A type text in its canonical spelling. */
function canonicalType(text: string): string {
  const type = typeFromText(text.replace("func (", "("));
  return type === undefined ? text : typeText(type);
}

/** What the tables say of a field, in the form of a rule without docs and places. */
function expectedRule(name: string, fact: Facts) {
  return {
    kind: "field",
    name,
    type: fact.type_from_field === undefined ? { text: canonicalType(fact.type) } : { pointer: fact.type_from_field },
    presence: fact.default === undefined ? { require: fact.require } : { default: constant(fact.default) },
    choice: fact.choice?.map(constant),
    range: fact.range?.map(constant),
    minItems: fact.min_items,
    maxItems: fact.max_items,
    validator: fact.validator,
    writeLock: fact.write_lock ?? false,
    stackLimit: fact.stack_limit ?? -1,
    hidden: fact.hidden ?? false,
  };
}

function actualRule(field: FieldRule) {
  const presence = "default" in field.presence ? { default: field.presence.default } : field.presence;
  const { kind, name, type, choice, range, minItems, maxItems, validator, writeLock, stackLimit, hidden } = field;
  return {
    kind,
    name,
    type,
    presence,
    choice,
    range,
    minItems,
    maxItems,
    validator: validator?.name,
    writeLock,
    stackLimit,
    hidden,
  };
}

function fieldsOf(section: Facts): [string, Facts][] {
  const listed: [string, Facts][] = Array.isArray(section.fields)
    ? section.fields.map((field: Facts) => [field.name, field])
    : Object.entries(section.fields);
  return listed;
}

function typeNamed(schema: Schema, name: string): SectionType | undefined {
  return name === "(root)" ? schema.root : schema.types.find((type) => type.name === name);
}

test("the schema loads without any finding", () => {
  assert.equal(
    diagnostics.map((d) => `${d.location?.file}:${d.location?.line}: ${d.code} ${d.message}`),
    [],
  );
});

if (loaded !== undefined) {
  const { schema } = loaded;
  const sections: Facts[] = [...facts.sections, ...newSections];

  for (const section of sections) {
    test(`section ${section.name}`, () => {
      const type = typeNamed(schema, section.name);
      assert.ok(type);
      if (type === undefined) return;
      const changed = { ...section, ...changedSections[section.name] };
      assert.is(type.kind, changed.kind);
      assert.is(type.userDefOk, changed.user_def_ok);
      assert.is(type.hidden, changed.hidden);
      assert.is(type.validator?.name, changed.validator ?? undefined);
      const children = type.entries.filter((entry) => entry.kind === "section");
      const names = (required: boolean) => children.filter((entry) => entry.required === required).map((entry) => entry.name);
      const allowed = [...changed.allow, ...(section.name === "(root)" ? newInRoot : [])];
      assert.equal(names(false).sort(), allowed.sort());
      assert.equal(names(true), changed.require);
      assert.equal(
        type.exclusions.map((pair) => [pair.first, pair.second]),
        changed.exclusions,
      );
      assert.ok(type.shortdoc && type.doc, "documented");
    });

    test(`fields of ${section.name}`, () => {
      const type = typeNamed(schema, section.name);
      if (type === undefined) return;
      const own = Object.entries(newFields).flatMap(([key, fact]): [string, Facts][] => {
        const [owner, name] = key.split(".") as [string, string];
        return owner === section.name ? [[name, fact]] : [];
      });
      const wanted = [...fieldsOf(section), ...own];
      const fields = type.entries.filter((entry) => entry.kind === "field");
      assert.equal(fields.map((field) => field.name).sort(), wanted.map(([name]) => name).sort());
      for (const [name, fact] of wanted) {
        const field = entriesByName(type).get(name) as FieldRule;
        assert.equal(
          actualRule(field),
          expectedRule(name, { ...fact, ...changedFields[`${section.name}.${name}`] }),
          `${section.name}.${name}`,
        );
        assert.ok(field.shortdoc && field.doc, `${section.name}.${name} is documented`);
      }
    });
  }

  test("there is nothing else", () => {
    const known = new Set(sections.map((section) => section.name));
    const getopts = new Set(["getopts", "command", "topics"]);
    const others = schema.types
      .map((type) => type.name)
      .filter((name) => !known.has(name) && !getopts.has(name) && !name.startsWith("flag_"));
    assert.equal(others, []);
  });
}

test.run();
