// What is known of the shipped configuration since the project was built says the same as the configuration; what somebody has changed is read from there.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Collector } from "../../../runtime/collect/types.js";
import { createHost } from "../../../runtime/host/create.js";
import { createKeyspecs, type Keyspec } from "../../../runtime/report/keyspecs.js";
import { pluginFields, readPlugins } from "../../../runtime/report/plugins.js";
import { openReporting } from "../../../runtime/report/prepared.js";
import { createTemplates, type Template, type TemplateKind } from "../../../runtime/report/templates.js";
import { createSettings } from "../../../runtime/settings/create.js";
import { openShipped } from "../../../runtime/shipped/shipped.js";
import { type AttributeNode, lookup, type Store } from "../../../runtime/store.js";
import type { Value } from "../../../runtime/values.js";
import { shippedPath } from "../../helpers/program.js";

const shipped = openShipped(createHost(), shippedPath());
const prepared = openReporting((name) => shipped.reportingText(name));
const settingsOf = (store: Store) => createSettings(store, undefined);
/** A view of what ships, in which nobody has looked at anything. */
const fresh = () => settingsOf(shipped.store());
const complete = fresh();
const kinds: readonly TemplateKind[] = ["mark_template", "report_template"];
const noCopies = () => [];

const plainKeyspec = (spec: Keyspec) => ({
  ...Object.fromEntries(
    (["name", "kind", "system", "confAsSystem", "codec", "applySubstitutions", "onlyObjectStore", "order"] as const).map(
      (name) => [name, spec[name]],
    ),
  ),
  values: [spec.value, spec.callback, spec.canonicalize],
});

test("every keyspec, plugin and template is the one of the configuration", () => {
  const keyspecs = createKeyspecs(complete);
  const names = complete.sections("keyspec");
  assert.ok(names.length > 500);
  for (const name of names) assert.equal(plainKeyspec(prepared.keyspec(name)!), plainKeyspec(keyspecs.get(name)!), name);
  for (const name of complete.sections("plugin")) assert.equal(prepared.plugin(name), pluginFields(complete, name), name);
  const templates = createTemplates(complete, keyspecs, noCopies, () => {});
  for (const kind of kinds)
    for (const name of complete.sections(kind)) assert.equal(prepared.template(kind, name), templates.get(kind, name), name);
  assert.is(prepared.keyspec("NO_SUCH_KEY"), undefined);
  assert.is(prepared.plugin("toString"), undefined);
  assert.is(prepared.template("report_template", "no_such_template"), undefined);
});

/** Sets an attribute as a user's configuration would, by going through the sections above it. */
function change(store: Store, path: string, value: Value): void {
  const node = lookup(store, path.split(".")) as AttributeNode;
  assert.ok(node !== undefined, path);
  node.value = value;
}

/** Names of the templates, keyspecs and plugins that were taken as prepared while `use` ran. */
function takenWhile(
  store: Store,
  use: (engine: {
    template(name: string): Template | undefined;
    keyspec(name: string): Keyspec | undefined;
    plugins(): void;
  }) => void,
  copies: readonly (readonly [string, string])[] = [],
): string[] {
  const taken: string[] = [];
  const note = <T>(name: string, found: T): T => {
    taken.push(name);
    return found;
  };
  const settings = settingsOf(store);
  const keyspecs = createKeyspecs(settings, (name) => note(name, prepared.keyspec(name)));
  const templates = createTemplates(
    settings,
    keyspecs,
    () => copies,
    () => {},
    (kind, name) => note(name, prepared.template(kind, name)),
  );
  const collectors = ["system", "procfs"].map((name): Collector => ({ name }));
  use({
    template: (name) => templates.get("report_template", name),
    keyspec: (name) => keyspecs.get(name),
    plugins: () => void readPlugins(settings, collectors, (name) => note(name, prepared.plugin(name))),
  });
  return taken;
}

test("nothing changed: everything is taken as prepared", () => {
  const taken = takenWhile(shipped.store(), (engine) => {
    engine.template("heartbeat");
    engine.keyspec("_OPERATION");
    engine.plugins();
  });
  assert.equal(taken, ["heartbeat", "_OPERATION", "system", "procfs"]);
});

test("a changed template is read, its neighbours are not", () => {
  const store = shipped.store();
  change(store, "report_template.heartbeat.key.CHALK_ID.use", false);
  const taken = takenWhile(store, (engine) => {
    assert.not(engine.template("heartbeat")!.keys.has("CHALK_ID"));
    assert.ok(engine.template("audit")!.keys.has("_OPERATION"));
  });
  assert.ok(taken.includes("audit"));
  assert.not(taken.includes("heartbeat"));
});

test("a key of another order changes the templates that have it", () => {
  const store = shipped.store();
  change(store, "keyspec._TIMESTAMP.normalized_order", 1n << 60n);
  takenWhile(store, (engine) => {
    const { sequence } = engine.template("heartbeat")!;
    assert.ok(sequence.indexOf("_TIMESTAMP") > sequence.indexOf("_CHALKS"));
    assert.is(engine.keyspec("_TIMESTAMP")!.order, 1n << 60n);
  });
});

test("a template that keys are copied to is read", () => {
  const taken = takenWhile(shipped.store(), (engine) => assert.ok(engine.template("heartbeat")!.keys.has("_OP_CMD_FLAGS")), [
    ["audit", "heartbeat"],
  ]);
  assert.not(taken.includes("heartbeat"));
});

test("a changed plugin is read", () => {
  const store = shipped.store();
  change(store, "plugin.procfs.enabled", false);
  const taken = takenWhile(store, (engine) => engine.plugins());
  assert.equal(taken, ["system"]);
});

test.run();
