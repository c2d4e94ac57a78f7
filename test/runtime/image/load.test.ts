// What load and dump do to the embedded state (runtime-core.md 4.8, 7.1, 7.4, 7.6).
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dumpAll, dumpConfiguration, dumpParameters } from "../../../runtime/image/dump.js";
import {
  componentText,
  conflictingOptions,
  loadAll,
  loadComponent,
  loadDefault,
  loadPrevious,
  loadSource,
  rememberPrevious,
  type Transition,
  useLine,
} from "../../../runtime/image/load.js";
import { mergeParameters, readParameterRows, reconcileParameters } from "../../../runtime/image/parameters.js";
import {
  EMPTY_STATE,
  keysOfState,
  type SavedParameter,
  type SelfState,
  stateForCopy,
  stateOfMark,
} from "../../../runtime/image/state.js";
import { compact, Float, type Json } from "../../../runtime/json.js";

const DEFAULT = "# The default configuration is in force.\n";
const PARAMETER: SavedParameter = { isAttribute: false, url: "/srv/cfg/site", symbol: "team", type: "string", value: "blue" };
const LOADED: SelfState = {
  ...EMPTY_STATE,
  config: 'use site from "/srv/cfg"',
  cache: new Map([["/srv/cfg/site", "parameter var team { }\n"]]),
  parameters: [PARAMETER],
  memoize: new Map([["m", 1]]),
  loadCount: 2,
  publicKey: "pem",
};
const home = (user?: string) => (user === undefined ? "/home/me" : user === "you" ? "/home/you" : undefined);
const state = (transition: Transition): SelfState => {
  if ("error" in transition) throw new Error(transition.error);
  return transition.state;
};

test("what the argument names", () => {
  const source = (argument: string) => {
    const result = loadSource(argument, "/work/dir", home);
    if ("error" in result) return "error";
    return result.kind === "component" ? `${useLine(result.location)} | ${result.location.file}` : result.kind;
  };
  const cases: [string, string][] = [
    ["default", "default"],
    ["previous", "previous"],
    ["./default", 'use default from "/work/dir" | /work/dir/default.c4m'],
    ["previous.c4m", 'use previous from "/work/dir" | /work/dir/previous.c4m'],
    ["foo", 'use foo from "/work/dir" | /work/dir/foo.c4m'],
    ["sub/../x/foo.c4m", 'use foo from "/work/dir/x" | /work/dir/x/foo.c4m'],
    ["/foo.c4m", 'use foo from "/" | /foo.c4m'],
    ["~/foo", 'use foo from "/home/me" | /home/me/foo.c4m'],
    ["~you/foo", 'use foo from "/home/you" | /home/you/foo.c4m'],
    ["~nobody/foo", "error"],
    ["https://example.com/a/foo.c4m", 'use foo from "https://example.com/a" | https://example.com/a/foo.c4m'],
    ["https://example.com/foo", 'use foo from "https://example.com" | https://example.com/foo.c4m'],
    ["https://foo", "error"],
    ["http://example.com/foo", "error"],
    ["", "error"],
    ["dir/", "error"],
    ["my-config.c4m", "error"],
    ["if.c4m", "error"],
    ["1x", "error"],
    ['a"b/foo', 'use foo from "/work/dir/a\\"b" | /work/dir/a"b/foo.c4m'],
  ];
  for (const [argument, expected] of cases) assert.is(source(argument), expected, argument);
});

test("a file whose name use cannot write: what it could be called", () => {
  const message = (argument: string) => {
    const result = loadSource(argument, "/work/dir", home);
    return "error" in result ? result.error : "";
  };
  assert.match(message("my-config.c4m"), /rename the file, for example to my_config\.c4m/);
  assert.match(message("1x"), /to _1x\.c4m/);
  assert.not.match(message("dir/"), /rename/);
  assert.not.match(message("if.c4m"), /rename/);
});

test("the text after loading a component", () => {
  const result = loadSource("/srv/cfg/site.c4m", "/", home);
  assert.ok("kind" in result && result.kind === "component");
  const { location } = result;
  const line = 'use site from "/srv/cfg"';
  const text = (current: string | undefined, inUse = false, replace = false) =>
    componentText(current, location, { inUse, replace });
  assert.is(text(undefined), line);
  assert.is(text('log_level: "info"\n\n'), `log_level: "info"\n${line}`);
  assert.is(text(text(text("x: 1"))), `x: 1\n${line}`, "loading n times yields one line");
  assert.is(text("x: 1\n", true), "x: 1", "in use already, by another spelling");
  assert.is(text(`  ${line}\nx: 1`), `${line}\nx: 1`);
  assert.is(text("x: 1", true, true), line, "--replace");
});

test("load default", () => {
  const result = loadDefault(LOADED);
  assert.ok("changed" in result && result.changed);
  assert.equal(
    state(result),
    { ...LOADED, config: undefined, cache: new Map(), parameters: [] },
    "memoised values and keys stay",
  );
  const again = loadDefault(state(result));
  assert.ok("changed" in again && !again.changed);
  const unmarked = loadDefault(EMPTY_STATE);
  assert.ok("changed" in unmarked && unmarked.changed, "an unmarked binary gets its mark");
  const paramsOnly = loadDefault({ ...EMPTY_STATE, loadCount: 0, parameters: [PARAMETER] });
  assert.ok("changed" in paramsOnly && paramsOnly.changed);
});

test("load previous swaps, and swaps back", () => {
  assert.match((loadPrevious(LOADED) as { error: string }).error, "no previous");
  const first = rememberPrevious({ ...EMPTY_STATE, loadCount: 1 }, LOADED, true);
  assert.equal(first.previous, { config: undefined, cache: new Map(), parameters: [], loadCount: 1 });
  const back = rememberPrevious(first, state(loadPrevious(first)), true);
  assert.is(back.config, undefined);
  assert.is(back.previous?.config, LOADED.config);
  const forth = rememberPrevious(back, state(loadPrevious(back)), true);
  assert.is(forth.config, LOADED.config);
  assert.equal(forth.cache, LOADED.cache);
  assert.is(forth.previous?.config, undefined);
  assert.equal(stateOfMark(keysOfState(forth)).previous, forth.previous, "absent members stay absent through the mark");
});

test("what is remembered", () => {
  const other = { ...LOADED, config: "x: 1" };
  assert.is(rememberPrevious(LOADED, other, true).previous?.config, LOADED.config);
  const older = { ...LOADED, previous: { config: "old", cache: new Map(), parameters: [], loadCount: 0 } };
  assert.is(
    rememberPrevious(older, { ...other, previous: older.previous }, false).previous?.config,
    "old",
    "a broken one is not remembered",
  );
  assert.is(rememberPrevious(older, { ...older, memoize: new Map() }, true).previous?.config, "old", "nothing of it changed");
});

test("load component: written only if something changed", () => {
  const same = loadComponent(LOADED, { config: LOADED.config, cache: new Map(LOADED.cache), parameters: [{ ...PARAMETER }] });
  assert.ok("changed" in same && !same.changed);
  const changed = loadComponent(LOADED, {
    config: LOADED.config,
    cache: LOADED.cache,
    parameters: [{ ...PARAMETER, value: "red" }],
  });
  assert.ok("changed" in changed && changed.changed);
  assert.is(state(changed).publicKey, "pem");
});

test("dump, and load --replace --all of it", () => {
  assert.is(dumpConfiguration(LOADED, DEFAULT), 'use site from "/srv/cfg"\n');
  assert.is(dumpConfiguration(EMPTY_STATE, DEFAULT), DEFAULT);
  assert.is(dumpParameters(LOADED), '[[false, "/srv/cfg/site", "team", "string", "blue"]]');
  assert.is(dumpParameters(EMPTY_STATE), "[]");
  const text = dumpAll(LOADED, DEFAULT);
  assert.is(
    text,
    '{ "$CHALK_COMPONENT_CACHE" : { "/srv/cfg/site" : "parameter var team { }\\n" }, "$CHALK_CONFIG" : "use site from \\"/srv/cfg\\"", "$CHALK_MEMOIZE" : { "m" : 1 }, "$CHALK_SAVED_COMPONENT_PARAMETERS" : [[false, "/srv/cfg/site", "team", "string", "blue"]] }',
  );
  const same = loadAll(LOADED, `${text}\n`, DEFAULT);
  assert.ok("changed" in same && !same.changed, "compared before anything is deleted");
  const fresh = loadAll({ ...EMPTY_STATE, loadCount: 0 }, new TextEncoder().encode(text), DEFAULT);
  assert.ok("changed" in fresh && fresh.changed);
  assert.is(dumpAll(state(fresh), DEFAULT), text, "an identical one");
  const empty = { ...EMPTY_STATE, loadCount: 0 };
  const emptyAgain = loadAll(empty, dumpAll(empty, DEFAULT), DEFAULT);
  assert.ok("changed" in emptyAgain && !emptyAgain.changed);
  assert.is(state(emptyAgain).config, undefined);
});

test("load --replace --all refuses what dump all did not print", () => {
  const bad: [string, RegExp][] = [
    ["", /invalid JSON at 0/],
    ["[]", /not a JSON object/],
    ["{}", /\$CHALK_CONFIG is missing/],
    ['{"$CHALK_CONFIG":"x"}', /\$CHALK_SAVED_COMPONENT_PARAMETERS is missing/],
    ['{"$CHALK_CONFIG":"x","$CHALK_SAVED_COMPONENT_PARAMETERS":[]}', /\$CHALK_COMPONENT_CACHE is missing/],
    ['{"$CHALK_CONFIG":1,"$CHALK_SAVED_COMPONENT_PARAMETERS":[],"$CHALK_COMPONENT_CACHE":{}}', /\$CHALK_CONFIG$/],
    [
      '{"$CHALK_CONFIG":"","$CHALK_SAVED_COMPONENT_PARAMETERS":[[1]],"$CHALK_COMPONENT_CACHE":{"a":1}}',
      /\$CHALK_COMPONENT_CACHE a, \$CHALK_SAVED_COMPONENT_PARAMETERS\[0\]/,
    ],
    ['{"$CHALK_CONFIG":"","$CHALK_SAVED_COMPONENT_PARAMETERS":[],"$CHALK_COMPONENT_CACHE":{},"$CHALK_MEMOIZE":1}', /MEMOIZE/],
    ["{} x", /follows/],
  ];
  for (const [text, message] of bad) {
    const result = loadAll(LOADED, text, DEFAULT);
    assert.ok("error" in result, text);
    assert.match(result.error, message);
  }
});

test("options that exclude each other", () => {
  const none = { replace: false, all: false, params: false };
  assert.is(conflictingOptions("component", none), undefined);
  assert.is(conflictingOptions("component", { ...none, replace: true, all: true }), undefined);
  assert.match(conflictingOptions("component", { ...none, all: true })!, "--replace");
  assert.is(conflictingOptions("default", { ...none, replace: true }), undefined);
  for (const option of ["replace", "all", "params"]) assert.ok(conflictingOptions("previous", { ...none, [option]: true }));
});

test("parameters: rows, merging, reconciling", () => {
  assert.equal(readParameterRows(dumpParameters(LOADED)), [PARAMETER]);
  for (const bad of ["", "{}", "[1]", "[[true]]", '[["x","u","s","t",1]]', "[] 1"])
    assert.ok("error" in readParameterRows(bad), bad);
  const second = { ...PARAMETER, isAttribute: true, value: 2n ** 60n };
  const merged = mergeParameters(
    [PARAMETER, second],
    [
      { ...PARAMETER, value: "red" },
      { ...PARAMETER, symbol: "new" },
    ],
  );
  assert.equal(
    merged.map((row) => row.value),
    ["red", 2n ** 60n, "blue"],
  );
  const { kept, warnings } = reconcileParameters(
    [PARAMETER, { ...PARAMETER, symbol: "gone" }, { ...PARAMETER, symbol: "odd" }, { ...PARAMETER, url: "/other" }],
    (row) =>
      row.url === "/other"
        ? "unknown component"
        : row.symbol === "gone"
          ? "not declared"
          : row.symbol === "odd"
            ? "other type"
            : "fits",
  );
  assert.equal(
    kept.map((row) => `${row.url} ${row.symbol}`),
    ["/srv/cfg/site team", "/other team"],
  );
  assert.is(warnings.length, 2);
});

test("state to mark and back; nonsense counts as absent", () => {
  const full: SelfState = {
    ...LOADED,
    encryptedPrivateKey: "secret",
    other: new Map<string, Json>([["$CHALK_DATA_API_KEY", "k"]]),
    parameters: [PARAMETER, { ...PARAMETER, symbol: "f", value: new Float(1) }],
  };
  assert.equal(stateOfMark(keysOfState(full)), full);
  assert.equal([...keysOfState({ ...EMPTY_STATE, loadCount: 0 }).keys()], ["$CHALK_IMPLEMENTATION_NAME", "$CHALK_LOAD_COUNT"]);
  const problems: string[] = [];
  const odd = stateOfMark(
    new Map<string, Json>([
      ["$CHALK_CONFIG", 1],
      ["$CHALK_COMPONENT_CACHE", []],
      ["$CHALK_SAVED_COMPONENT_PARAMETERS", [1, [true, "u", "s", "t", null]]],
      ["$CHALK_LOAD_COUNT", -1],
      ["$CHALK_MEMOIZE", "x"],
      ["$CHALK_PREVIOUS_CONFIG", 1],
      ["$CHALK_PUBLIC_KEY", 1],
    ]),
    (key) => problems.push(key),
  );
  assert.is(problems.length, 7);
  assert.equal(odd, { ...EMPTY_STATE, parameters: [{ isAttribute: true, url: "u", symbol: "s", type: "t", value: null }] });
});

test("copy for another platform or an image", () => {
  const source: SelfState = {
    ...LOADED,
    encryptedPrivateKey: "secret",
    previous: { ...EMPTY_STATE },
    parameters: [PARAMETER, { ...PARAMETER, symbol: "password" }],
  };
  const copy = stateForCopy(source, { ...EMPTY_STATE, loadCount: 7 }, (row) => row.symbol === "password");
  assert.equal(
    [copy.loadCount, copy.previous, copy.encryptedPrivateKey, copy.publicKey, copy.config],
    [7, undefined, undefined, "pem", LOADED.config],
  );
  assert.is(compact(copy.parameters.map((row) => row.symbol)), '["team"]');
});

test.run();
