/**
 * The values in the shipped configuration against the fact tables, corrected by what ours changes (`facts.ts`): keys, plugins, sinks, templates, output
 * configuration and scanners, property by property.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  changedKeys,
  changedReports,
  changedTemplates,
  encoded,
  newKeys,
  newPluginKeys,
  newSinkParameters,
  newSinks,
  normalReference,
  normalType,
  type Reference,
  type Table,
  table,
  templateCounts,
} from "./facts.js";
import { Shipped } from "./shipped.js";

const shipped = await new Shipped({ terminals: [0, 1, 2] }).complete();

/** What files have written below a section: name -> encoded value. */
const written = (...path: string[]): Table =>
  Object.fromEntries(
    shipped
      .names(...path)
      .filter((name) => shipped.written(...path, name))
      .map((name) => [name, encoded(shipped.value(...path, name))]),
  );
const locked = (...path: string[]): string[] => shipped.names(...path).filter((name) => shipped.locked(...path, name));
const withoutDocs = ({ doc: _doc, shortdoc: _shortdoc, ...rest }: Table): Table => rest;

// ---- keys

const kinds = ["ChalkTimeHost", "ChalkTimeArtifact", "RunTimeArtifact", "RunTimeHost"];
const keyTable = table("keyspecs");
const notes = ["plugins", "other_source", "first_release"];

test("541 keys: those of the table and 7 of ours", () => {
  assert.is(Object.keys(keyTable).length, 534);
  assert.equal(shipped.names("keyspec").sort(), [...Object.keys(keyTable), ...Object.keys(newKeys)].sort());
});

test("every key has the declared properties, and no others", () => {
  for (const [name, facts] of [...Object.entries(keyTable), ...Object.entries(newKeys)]) {
    const wanted: Table = {};
    const lockedFields: string[] = [];
    for (const [property, value] of Object.entries({ ...facts, ...changedKeys[name] }))
      if (property.endsWith("_locked")) lockedFields.push(property.replace("_locked", ""));
      else if (property === "kind") wanted["kind"] = kinds.indexOf(value as string);
      else if (property === "type") wanted["type"] = normalType(value as string);
      else if (property === "callback" || property === "canonicalize") wanted[property] = normalReference(value as Reference);
      else if (!notes.includes(property)) wanted[property] = value;
    assert.equal(withoutDocs(written("keyspec", name)), wanted, name);
    assert.equal(locked("keyspec", name), lockedFields, `${name} locked`);
  }
});

test("every key has a title of its own and a text", () => {
  const titles = new Map<string, string>();
  for (const name of shipped.names("keyspec")) {
    const { shortdoc, doc } = written("keyspec", name) as { shortdoc: string; doc: string };
    assert.ok(shortdoc.length > 2 && shortdoc.length <= 64, `${name}: ${shortdoc}`);
    assert.not(titles.get(shortdoc), `${name} and ${titles.get(shortdoc)}: ${shortdoc}`);
    titles.set(shortdoc, name);
    assert.ok(doc.trim().split(/\s+/).length >= 8, `${name}: ${doc}`);
    assert.match(doc, /^\n[^\n][\s\S]*[.)}]\n$/, name);
  }
});

test("names in texts are names of keys", () => {
  const known = new Set(shipped.names("keyspec"));
  const variables =
    /^(CHALK_CALLER_ATTESTATION|CHALK_K8S_\w+|CHALK_PASSWORD|CI_\w+|GITHUB_\w+|JENKINS_URL|RUNNER_TEMP|DOCKER_DEFAULT_PLATFORM|AWS_LAMBDA_FUNCTION_NAME|SSH_TTY|XDG_SESSION_TYPE|CLOUD_TAG_FETCH_ERROR|DB_HOST|TLS_CERT|CAP_NET_ADMIN|GIT_\w+|IMDS_HOP_LIMIT|PREEMPT_DYNAMIC)$/;
  for (const name of known) {
    const { doc } = written("keyspec", name) as { doc: string };
    for (const [word] of doc.replace(/\n\nSources\.[\s\S]*|`[^`]*`/g, "").matchAll(/\$?_?\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g))
      assert.ok(known.has(word) || variables.test(word), `${name} mentions ${word}`);
  }
});

// ---- plugins

test("plugins: fields, locks and key lists", () => {
  const facts = table("plugins");
  assert.equal(shipped.names("plugin"), Object.keys(facts));
  for (const [name, plugin] of Object.entries(facts)) {
    const wanted: Table = {};
    for (const field of plugin.explicit) wanted[field] = plugin[field];
    for (const list of ["pre_run_keys", "pre_chalk_keys", "post_chalk_keys", "post_run_keys"]) {
      const keys = [...new Set([...plugin[list], ...(newPluginKeys[name]?.[list] ?? [])])];
      if (keys.length > 0) wanted[list] = keys;
    }
    assert.equal(withoutDocs(written("plugin", name)), wanted, name);
    assert.equal(locked("plugin", name).sort(), [...plugin.locked].sort(), `${name} locked`);
    for (const field of ["priority", "codec", "enabled", "ignore", "overrides"])
      assert.equal(encoded(shipped.value("plugin", name, field)), plugin[field], `${name}.${field}`);
    assert.ok(shipped.written("plugin", name, "doc"), `${name} doc`);
  }
});

// ---- sinks and authentication

test("sinks: parameters, all locked", () => {
  const facts = table("sinks")["sinks"];
  const wanted: Table = { ...newSinks };
  for (const [name, sink] of Object.entries<Table>(facts)) {
    const parameters = Object.entries<Table>(sink["parameters"]).map(([parameter, fact]) => [parameter, fact["required"]]);
    wanted[name] = { ...Object.fromEntries(parameters), ...newSinkParameters[name] };
  }
  assert.equal(shipped.names("sink").sort(), Object.keys(wanted).sort());
  for (const [name, parameters] of Object.entries(wanted)) {
    assert.equal(withoutDocs(written("sink", name)), parameters, name);
    assert.equal(locked("sink", name).sort(), Object.keys(parameters).sort(), `${name} locked`);
    assert.ok(shipped.written("sink", name, "shortdoc") && shipped.written("sink", name, "doc"), `${name} documented`);
  }
});

test("authentication: parameters", () => {
  const facts: Table = table("sinks")["auths"];
  assert.equal(shipped.names("auth"), Object.keys(facts));
  for (const [name, auth] of Object.entries(facts)) {
    const parameters = Object.entries<Table>(auth["parameters"]).map(([parameter, fact]) => [parameter, fact["required"]]);
    assert.equal(withoutDocs(written("auth", name)), Object.fromEntries(parameters), name);
  }
});

// ---- templates

for (const kind of ["mark_template", "report_template"])
  test(`${kind}s: keys on, keys off, locks`, () => {
    const facts: Table = table("templates")[kind];
    assert.equal(shipped.names(kind).sort(), Object.keys(facts).sort());
    for (const [name, template] of Object.entries(facts)) {
      const off = new Set<string>([...template["use_false"], ...(changedTemplates[name]?.off ?? [])]);
      const on = [...template["use_true"], ...(changedTemplates[name]?.on ?? [])].filter((key) => !off.has(key));
      const keys = shipped.names(kind, name, "key");
      const used = (value: boolean): string[] => keys.filter((key) => shipped.value(kind, name, "key", key, "use") === value);
      assert.equal(used(true).sort(), on.sort(), `${name} on`);
      assert.equal(used(false).sort(), [...off].sort(), `${name} off`);
      assert.equal([used(true).length, used(false).length], templateCounts[name], `${name} counts`);
      const lockedKeys = keys.filter((key) => shipped.locked(kind, name, "key", key, "use"));
      const wantedLocks = template["locked"] === true ? keys : template["locked"] === false ? [] : template["locked"];
      assert.equal(lockedKeys.sort(), [...wantedLocks].sort(), `${name} locks`);
      for (const key of keys) {
        assert.ok(shipped.section("keyspec", key), `${name}: no key ${key}`);
        assert.not(kind === "mark_template" && key.startsWith("_"), `${name}: ${key} in a mark`);
        assert.not(
          shipped.written(kind, name, "key", key, "order") || shipped.written(kind, name, "key", key, "object_store"),
          `${name}.${key}`,
        );
      }
      assert.ok(shipped.written(kind, name, "shortdoc") && shipped.written(kind, name, "doc"), `${name} documented`);
    }
  });

test("secrets of chalk's own mark are off in every report template", () => {
  const secret = ["$CHALK_ENCRYPTED_PRIVATE_KEY", "$CHALK_SAVED_COMPONENT_PARAMETERS", "$CHALK_PREVIOUS_CONFIG", "$CHALK_IR"];
  for (const name of shipped.names("report_template"))
    for (const key of secret) assert.is.not(shipped.value("report_template", name, "key", key, "use"), true, `${name} ${key}`);
});

// ---- output configuration

for (const kind of ["outconf", "custom_report", "sink_config"])
  test(`${kind}: sections, values, locks`, () => {
    const facts: Table = table("outconf")[kind];
    assert.equal(shipped.names(kind).sort(), Object.keys(facts).sort());
    for (const [name, entry] of Object.entries(facts)) {
      const wanted: Table = { ...entry, ...(kind === "custom_report" ? changedReports[name] : {}) };
      const lockedFields = wanted["_locked"] ?? [];
      for (const field of ["_source", "_locked", "_conditional"]) delete wanted[field];
      const present = written(kind, name);
      if (name === "default_out") {
        assert.is(present["on_write_msg"], "\nFull chalk report appended to: ~/.local/chalk/chalk.log\n");
        delete present["on_write_msg"];
        delete wanted["on_write_msg"];
      }
      assert.equal(present, wanted, name);
      assert.equal(locked(kind, name), lockedFields, `${name} locked`);
    }
  });

// ---- scanners

const amounts: Record<string, number> = { "250mb": 250_000_000 };

test("scanners: fields, values, locks", () => {
  const facts: Table = table("tools")["tools"];
  assert.equal(shipped.names("tool"), Object.keys(facts));
  for (const [name, tool] of Object.entries(facts)) {
    const fields = Object.entries<Table>(tool).filter(([field]) => field !== "_source");
    const value = (fact: Table): unknown =>
      fact["value"]?.$func
        ? normalReference(fact["value"])
        : fact["value"]?.$lit
          ? { $amount: amounts[fact["value"].$lit] }
          : fact["value"];
    assert.equal(written("tool", name), Object.fromEntries(fields.map(([field, fact]) => [field, value(fact)])), name);
    const lockedFields = fields.filter(([, fact]) => fact["locked"]).map(([field]) => field);
    assert.equal(locked("tool", name).sort(), lockedFields.sort(), `${name} locked`);
    assert.equal(encoded(shipped.value("tool", name, "priority")), 50);
    assert.is(shipped.value("tool", name, "enabled"), true);
    assert.is(shipped.value("tool", name, "stop_on_success"), false);
  }
});

test("nothing that ships contacts anybody", () => {
  assert.is(shipped.value("custom_report", "chalk_usage_stats", "enabled"), false);
  assert.is(shipped.value("crashoverride_usage_reporting_url"), "");
  assert.is(shipped.value("policy", "install_missing_tools"), false);
  for (const name of shipped.names("sink_config"))
    assert.ok(["file", "stdout", "stderr"].includes(String(shipped.value("sink_config", name, "sink"))), name);
  assert.equal(encoded(shipped.value("network", "partial_traceroute_ips")), {});
});

test.run();
