/**
 * Everything that an older release knew still loads (README decision 11, `facts/legacy.json`): each entry of the table is written into a configuration,
 * run as a start of the program runs it, and looked at as the linter does. What can be rewritten is, and the result is accepted in turn and has
 * nothing old left in it.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyFindings, type LegacyFinding, modernize } from "../../compiler/legacy/rewrite.js";
import { deprecatedKeys, legacyCommands, legacyFlags } from "../../compiler/legacy/table.js";
import { parse } from "../../grammar/parse.js";
import { sourceFromText } from "../../grammar/source.js";
import { createHost } from "../../runtime/host/create.js";
import { createMemoryHost } from "../../runtime/host/memory-host.js";
import { createLogger } from "../../runtime/log/index.js";
import { openShipped } from "../../runtime/shipped/shipped.js";
import { modernArguments } from "../../runtime/start/old-words.js";
import { start } from "../../runtime/start/start.js";
import { effectiveValue, lookup, type SectionNode } from "../../runtime/store.js";
import type { Value } from "../../runtime/values.js";
import { shippedPath } from "../helpers/program.js";
import { encoded, type Table, table } from "./facts.js";

const legacy = table("legacy");

/** A value of a declared type, as text. */
const samples: Readonly<Record<string, string>> = {
  bool: "true",
  string: '"value"',
  int: "7",
  Duration: "<<3 sec>>",
  "list[string]": '["a"]',
  "dict[string, string]": '{"linux/amd64": "/bin/chalk"}',
};

/** Values that rules other than the type allow. */
const special: Readonly<Record<string, string>> = {
  symlink_behavior: '"clobber"',
  signing_key_location: '"keys/my.key"',
  "attestation.attestation_key_embed.location": '"keys/my.key"',
  "attestation.attestation_key_backup.location": '"./my.pub"',
  "plugin.<name>.artifact_keys": '["X_OWN"]',
};

/** What must stand before an entry for it to make sense. */
const context: Readonly<Record<string, string>> = {
  "plugin.<name>.artifact_keys": "keyspec X_OWN { kind: ChalkTimeArtifact; type: string; }\nplugin mine { enabled: true }\n",
  "tool.<name>.runs_once": "",
};

const instance = (path: string): string => path.replace("<name>", path.startsWith("tool.") ? "syft" : "mine");

/** What a configuration has become. */
interface Loaded {
  value(...path: string[]): Value | undefined;
  section(...path: string[]): SectionNode | undefined;
  names(...path: string[]): string[];
}

interface Outcome {
  readonly shipped: Loaded;
  readonly findings: readonly LegacyFinding[];
  readonly migrated: string;
}

const findingsOf = (text: string): readonly LegacyFinding[] => {
  const source = sourceFromText("user.c4m", text);
  return modernize(parse(source).ast, source).findings;
};

const real = createHost();
const build = { version: "0.1.0", commit: "", date: "" };
const prepared = openShipped(real, shippedPath());

/** Loads a text as a start does; fails with its problems. */
async function load(text: string): Promise<Loaded> {
  const host = createMemoryHost({ hashing: real.hashing, argv: ["version"] });
  const logger = createLogger(host, build);
  const { chalk } = await start(
    { host, shipped: prepared, build, logger, argv: ["version"] },
    { embedded: false, external: false, silent: true, policy: "lint" },
  );
  const result = await chalk.stack.run(sourceFromText("user.c4m", text), "all");
  const problems = result.diagnostics
    .filter((d) => d.severity !== "note")
    .map((d) => `${d.code} ${d.message} at ${d.location?.line}:${d.location?.col}`);
  assert.equal(problems, [], text);
  const node = (path: readonly string[]) => lookup(chalk.stack.runtime.store, path);
  const section = (...path: string[]): SectionNode | undefined => {
    const found = node(path);
    return found?.kind === "section" ? found : undefined;
  };
  return {
    section,
    names: (...path) => [...(section(...path)?.members.keys() ?? [])],
    value: (...path) => {
      const found = node(path);
      return found?.kind === "attribute" ? effectiveValue(found) : undefined;
    },
  };
}

async function accepted(text: string): Promise<Outcome> {
  const shipped = await load(text);
  const findings = findingsOf(text);
  assert.ok(findings.length > 0, `the linter says nothing about\n${text}`);
  const migrated = applyFindings(text, findings);
  if (findings.every((finding) => finding.fix !== undefined)) {
    await load(migrated);
    assert.equal(
      findingsOf(migrated).map((finding) => finding.old),
      [],
      migrated,
    );
  }
  return { shipped, findings, migrated };
}

/** The value at a path, in the encoding of the fact tables. */
const at = (shipped: Loaded, path: string): unknown => encoded(shipped.value(...path.split(".")));

for (const field of legacy["fields"] as Table[]) {
  const path = instance(field["path"]);
  const value = special[field["path"]] ?? (samples[field["type"]] as string);
  const before = context[field["path"]] ?? "";
  if (field["action"] === "keep") {
    test(`field ${field["path"]} stays`, async () => {
      const text = `${path}: ${value}\n`;
      await load(text);
      assert.equal(findingsOf(text), []);
    });
    continue;
  }
  test(`field ${field["path"]}`, async () => {
    const { shipped, findings } = await accepted(`${before}${path}: ${value}\n`);
    assert.ok(
      findings.every((finding) => finding.fix !== undefined),
      "can be rewritten",
    );
    if (field["action"] === "rename" || path === "exec.heartbeat")
      assert.equal(
        at(shipped, instance(field["replacement"])),
        at(await load(`${before}${instance(field["replacement"])}: ${value}\n`), instance(field["replacement"])),
      );
  });
}

test("all fields inside of their sections", async () => {
  const texts = (legacy["fields"] as Table[]).flatMap((field) => {
    const names = instance(field["path"]).split(".");
    if (field["action"] === "keep" || names.length === 1) return [];
    const value = special[field["path"]] ?? (samples[field["type"]] as string);
    const head = ["plugin", "tool", "tech_stack_rule", "linguist_language"].includes(names[0] as string) ? 2 : 1;
    const open = [names.slice(0, head).join(" "), ...names.slice(head, -1)];
    return `${open.map((name, i) => `${"  ".repeat(i)}${name} {\n`).join("")}${"  ".repeat(open.length)}${names.at(-1)}: ${value}\n${open.map((_, i) => `${"  ".repeat(open.length - 1 - i)}}\n`).join("")}`;
  });
  const { findings } = await accepted(
    `keyspec X_OWN { kind: ChalkTimeArtifact; type: string }\nplugin mine { enabled: true }\n${texts.join("")}`,
  );
  const reported = new Set(findings.map((finding) => finding.old));
  for (const field of legacy["fields"] as Table[]) {
    const path = instance(field["path"]);
    const isReported = [...reported].some((old) => path === old || path.startsWith(`${old}.`));
    assert.is(isReported, field["action"] !== "keep" && path.includes("."), path);
  }
});

for (const section of legacy["sections"] as Table[])
  test(`section ${section["path"]}`, async () => {
    const path = instance(section["path"]).split(".");
    const head =
      path[0] === "tech_stack_rule" || path[0] === "linguist_language" ? [`${path[0]} ${path[1]}`, ...path.slice(2)] : path;
    await accepted(`${head.map((name) => `${name} {`).join(" ")} ${head.map(() => "}").join(" ")}\n`);
  });

for (const { path, value, replacement } of legacy["choices"] as Table[])
  test(`choice ${value} of ${path}`, async () => {
    if (value === "add_topic") {
      await load('sink_config mine { sink: "stdout"; filters: ["add_topic"] }\n');
      return;
    }
    if (value === "backup") {
      const { shipped } = await accepted(`${path}: "backup"\n`);
      assert.is(at(shipped, path), replacement);
      return;
    }
    const report = (use: string): string =>
      `custom_report mine {\n  enabled: true\n  report_template: "null"\n  sink_configs: ["json_console_out"]\n  use_when: [${use}]\n}\n`;
    const { shipped, migrated } = await accepted(report(`"insert", "${value}"`));
    assert.equal(at(shipped, "custom_report.mine.use_when"), ["insert"]);
    assert.match(migrated, /use_when: \["insert"\]/);
    // A list that becomes empty disables the report.
    const alone = await accepted(report(`"${value}"`));
    assert.is(at(alone.shipped, "custom_report.mine.enabled"), false);
  });

for (const { key, replacement } of legacy["keys"] as Table[])
  test(`key ${key} in templates`, async () => {
    const body = (form: string): string => `{\n  ${form}\n  key.CHALK_ID.use: true\n}\n`;
    const forms = [body(`key.${key}.use: true`), body(`key ${key} { order: 3 }`)];
    const kinds = key.startsWith("_") ? ["report_template"] : ["report_template", "mark_template"];
    const uses = (kind: string): readonly string[] => (kind === "report_template" ? ["extract", "delete"] : ["insert", "build"]);
    const text = kinds
      .flatMap((kind) => forms.map((form, i) => `${kind} mine${i} ${form}outconf.${uses(kind)[i]}.${kind}: "mine${i}"\n`))
      .join("");
    const { shipped, migrated } = await accepted(text);
    const own = Object.hasOwn(deprecatedKeys, key);
    const wanted = own ? key : replacement;
    for (const kind of kinds)
      for (const name of ["mine0", "mine1"])
        assert.equal(
          [...shipped.names(kind, name, "key")].sort(),
          (wanted === null ? ["CHALK_ID"] : [wanted, "CHALK_ID"]).sort(),
        );
    if (replacement !== null) assert.is(migrated.split(replacement).length - 1, kinds.length * 2, migrated);
    assert.not.match(migrated, new RegExp(`(^|[ .])${key.replace("$", "\\$")}[ .]`, "m"));
  });

test("values for keys that are gone", async () => {
  for (const text of [
    'keyspec TENANT_ID_WHEN_CHALKED { value: "t1" }\n',
    'keyspec._TENANT_ID.value = "t1"\n',
    'keyspec EARLIEST_VERSION.value = "1"\n'.replace("keyspec E", "keyspec.E"),
  ]) {
    const { shipped, migrated } = await accepted(text);
    assert.is(migrated, "");
    assert.not.ok(shipped.names("keyspec").some((name) => text.includes(name)));
  }
  const own = 'keyspec _TENANT_ID { kind: RunTimeHost; type: string; standard: true; value: "t1" }\n';
  assert.ok((await load(own)).names("keyspec").includes("_TENANT_ID"));
  assert.equal(findingsOf(own), []);
});

test("a template that has both the old key and its replacement keeps what it says about the replacement", async () => {
  const { shipped, migrated } = await accepted(
    'report_template mine {\n  key._IMAGE_ID.use: true\n  key._IMAGE_CONFIG_DIGEST.use: false\n}\noutconf.extract.report_template: "mine"\n',
  );
  assert.is(at(shipped, "report_template.mine.key._IMAGE_CONFIG_DIGEST.use"), false);
  assert.not.match(migrated, /_IMAGE_ID/);
  const other = await accepted(
    'report_template mine {\n  key._IMAGE_CONFIG_DIGEST.use: false\n  key._IMAGE_ID.use: true\n}\noutconf.extract.report_template: "mine"\n',
  );
  assert.is(at(other.shipped, "report_template.mine.key._IMAGE_CONFIG_DIGEST.use"), false);
});

for (const { plugin, replacement } of legacy["plugins"] as Table[])
  for (const text of [`plugin ${plugin} { enabled: false }\n`, `plugin.${plugin}.enabled: false\n`])
    test(`plugin ${plugin}: ${text.trim()}`, async () => {
      const { shipped } = await accepted(text);
      if (replacement !== null) assert.is(at(shipped, `plugin.${replacement}.enabled`), false);
    });

for (const { name, replacement } of legacy["templates"] as Table[])
  for (const [text, path] of [
    [`outconf.push.report_template: "${name}"\n`, "outconf.push.report_template"],
    [`outconf push { report_template: "${name}" }\n`, "outconf.push.report_template"],
    [`custom_report mine {\n  report_template: "${name}"\n  sink_configs: []\n}\n`, "custom_report.mine.report_template"],
  ] as const)
    test(`template ${name}: ${text.split("\n")[0]}`, async () =>
      assert.is(at((await accepted(text)).shipped, path), replacement));

test("a template of that name that is changed is the one of today", async () => {
  const { shipped } = await accepted("report_template push_default { key._OP_ARP_TABLE.use: true }\n");
  assert.is(at(shipped, "report_template.insertion_default.key._OP_ARP_TABLE.use"), true);
});

test("reproducible is reproducable", async () => {
  for (const text of [
    'outconf.insert.mark_template: "reproducible"\n',
    'docker.label_template: "reproducible"\n',
    "mark_template reproducible { key.CHALK_PTR.use: true }\n",
  ])
    await accepted(text);
});

for (const { operation } of legacy["outconf"] as Table[])
  for (const text of [`outconf ${operation} { report_template: "null" }\n`, `outconf.${operation}.report_template: "null"\n`])
    test(`outconf ${operation}: ${text.trim()}`, async () =>
      assert.is((await accepted(text)).shipped.section("outconf", operation), undefined));

test("outconf.<op>.chalk is mark_template", async () => {
  const { shipped } = await accepted('outconf insert { chalk: "mark_all" }\n');
  assert.is(at(shipped, "outconf.insert.mark_template"), "mark_all");
});

test("s3 sinks without region", async () => {
  const { shipped, migrated } = await accepted(
    'sink_config mine {\n  sink: "s3"\n  uid: "u"\n  secret: "s"\n  uri: "s3://b/x"\n}\n',
  );
  assert.ok(shipped.value("sink_config", "mine", "region") !== undefined);
  assert.match(migrated, /region: ""/);
  assert.equal(findingsOf('sink_config mine {\n  sink: "s3"\n  region: "eu"\n}\n'), []);
});

test("mappings of values", async () => {
  const embed = "attestation.attestation_key_embed";
  for (const [text, filename, save, get] of [
    ['signing_key_location: "/etc/keys/own.pub"\n', "own.key", "/etc/keys", ["/etc/keys"]],
    ['signing_key_location: "own."\n', "own.key", ".", ["."]],
    [`${embed}.location: "./own"\n`, "own.key", ".", ["."]],
    ['attestation { key_provider: "backup"; attestation_key_backup { location: "k/own.key" } }\n', "own.key", "k", ["k"]],
  ] as const) {
    const { shipped } = await accepted(text);
    assert.is(at(shipped, `${embed}.filename`), filename, text);
    assert.is(at(shipped, `${embed}.save_path`), save, text);
    assert.equal(at(shipped, `${embed}.get_paths`), get, text);
  }
  const off = await accepted("use_secret_manager: false\n");
  assert.is(at(off.shipped, "attestation.key_provider"), "embed");
  assert.match(off.migrated, /attestation\.key_provider: "embed"/);
  const heartbeat = await accepted("exec {\n  heartbeat: true\n  heartbeat_rate: <<2 min>>\n}\n");
  assert.is(at(heartbeat.shipped, "exec.heartbeat.run"), true);
  assert.is(heartbeat.migrated, "exec {\n  heartbeat.run: true\n  heartbeat.rate: <<2 min>>\n}\n");
});

for (const { command, replacement } of legacy["commands"] as Table[])
  test(`command ${command}`, () => {
    if (replacement === null) return;
    const { argv, notes } = modernArguments(["--log-level=info", ...command.split(" "), "x.sh"]);
    assert.equal(argv, ["--log-level=info", ...replacement.split(" "), "x.sh"]);
    assert.is(notes.length, 1);
    assert.ok(Object.hasOwn(legacyCommands, command));
  });

for (const { command, flag, action, kind, replacement } of legacy["flags"] as Table[])
  test(`flag ${flag}`, () => {
    const words = command === "(global)" ? [] : [command];
    const takesValue = kind !== "flag_yn";
    for (const given of takesValue ? [[`${flag}=skip`], [flag, "skip"]] : [[flag]]) {
      const { argv, notes } = modernArguments([...words, ...given]);
      assert.is(notes.length, 1, given.join(" "));
      if (action === "rename")
        assert.ok((argv[words.length] as string).startsWith(replacement.replace("behaviour", "behavior")), argv.join(" "));
      else if (action === "drop") assert.equal(argv, words);
    }
    assert.ok(Object.hasOwn(legacyFlags, flag.slice(2)));
  });

test.run();
