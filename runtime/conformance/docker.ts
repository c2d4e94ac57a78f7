/** Runs the docker corpus (`test/conformance/docker/README.md`): each file holds cases for one or a few functions. */
import { passThroughReason, readDockerCommand } from "../docker/arguments.js";
import { parseChallenges } from "../docker/challenge.js";
import { DockerfileError, readInstructions } from "../docker/dockerfile/lines.js";
import { type Command, readStages, type Setting, type Stage } from "../docker/dockerfile/stages.js";
import { createIgnoreRules, isValidPattern, readIgnoreFile, selectIgnoreFile } from "../docker/ignore.js";
import { containerKeys, imageKeys } from "../docker/inspect.js";
import { environmentName, isValidLabelName, makeLabel } from "../docker/labels.js";
import { normalizedText, parsePlatform, platformArguments, samePlatform } from "../docker/platforms.js";
import {
  apiUrl,
  attestationForms,
  displayForm,
  domainOf,
  inspectForm,
  isPinned,
  manifestForm,
  nameOf,
  parseReference,
  registryOf,
  webUrl,
} from "../docker/references.js";
import { metadataOf, resolveBuildResult } from "../docker/result.js";
import { versionInLine } from "../docker/versions.js";
import { execVector } from "../docker/wrap.js";
import { joinPaths } from "../effects/paths.js";
import type { Host } from "../host/host.js";
import { compact, isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import { type Corpus, jsonDifference } from "./corpus.js";
import { runWrapCase, type WrapCase } from "./docker-wrap.js";

/** A case, as JSON.parse gives it; each check reads its own members. */
// biome-ignore lint/suspicious/noExplicitAny: cases of many forms
type Case = any;
type Check = (test: Case, file: Case) => string | undefined | Promise<string | undefined>;

function toJson(value: unknown): Json {
  const parsed = parseJson(JSON.stringify(value ?? null));
  return "value" in parsed ? parsed.value : null;
}

/** Compares with what a case expects; undefined members don't count. */
function difference(found: unknown, expected: unknown): string | undefined {
  return jsonDifference(toJson(found), toJson(expected));
}

/** The members of `found` that the case names. */
function named(found: Readonly<Record<string, unknown>>, expected: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]]));
}

function commandLine(test: Case): string | undefined {
  const environment: Readonly<Record<string, string>> = test.env ?? {};
  const command = readDockerCommand(test.argv, (name) => environment[name]);
  if (command.command === "other") {
    const expected = { ...test.expect };
    if (expected.reason !== undefined && expected.reason !== "help") delete expected.reason;
    return difference(named({ command: "other", handled: false, reason: command.reason }, expected), expected);
  }
  if (command.command !== "build") {
    const found = {
      command: command.command,
      handled: true,
      image: command.image,
      all_tags_flag: command.allTags,
      remaining_argv: test.argv,
    };
    return difference(named(found, test.expect), test.expect);
  }
  const reason = passThroughReason(command);
  const found: Record<string, unknown> = {
    command: "build",
    handled: reason === undefined,
    buildx: command.buildx,
    context: command.context.text,
    context_kind: command.context.kind,
    git: command.context.git,
    file: command.file ?? "",
    dockerfile: command.dockerfile,
    tags: command.tags,
    all_tags: command.allTags,
    platforms: command.platforms,
    target: command.target,
    builder: command.builder,
    iidfile: command.iidFile,
    metadata_file: command.metadataFile,
    build_args: command.buildArguments,
    labels: command.labels,
    annotations: command.annotations,
    extra_contexts: command.extraContexts,
    secrets: command.secrets,
    push: command.push,
    load: command.load,
    outputs: command.outputs,
    remaining_argv: command.remaining,
    reason,
  };
  // Fields that a case does not name have their empty value, unless they follow from others.
  const empty = {
    tags: [],
    platforms: [],
    target: "",
    builder: "",
    iidfile: "",
    metadata_file: "",
    build_args: {},
    labels: {},
    annotations: {},
    extra_contexts: {},
    secrets: {},
    push: false,
    load: false,
    file: "",
  };
  const expected = test.expect.handled ? { ...empty, ...test.expect } : test.expect;
  return difference(named(found, expected), expected);
}

function stageJson(stage: Stage, stages: readonly Stage[]): Record<string, unknown> {
  const last = <K extends Setting["kind"]>(kind: K): Extract<Setting, { kind: K }> | undefined =>
    stage.settings.findLast((setting) => setting.kind === kind) as never;
  const command = (kind: "entrypoint" | "cmd"): Command | undefined =>
    (stage.settings.findLast((setting) => setting.kind === kind) as { command: Command } | undefined)?.command;
  return {
    name: stage.name,
    image: stage.image,
    from_stage: stage.parent === undefined ? undefined : stages[stage.parent]?.name,
    platform: stage.platform,
    start: stage.start,
    end: stage.end,
    entrypoint: command("entrypoint"),
    cmd: command("cmd"),
    shell: last("shell")?.shell,
    user: last("user")?.user.text,
    copies: stage.copies.length === 0 ? undefined : stage.copies,
  };
}

function dockerfile(test: Case): string | undefined {
  let found: ReturnType<typeof readStages> | undefined;
  try {
    found = readStages(readInstructions(test.dockerfile), {
      buildArguments: test.build_args ?? {},
      platformArguments: test.platform_args ?? {},
    });
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return test.stages === null ? undefined : error.message;
  }
  if (test.stages === null) return "it is accepted";
  const { stages, directives } = found;
  const wrong = test.directives === undefined ? undefined : difference(directives, test.directives);
  if (wrong !== undefined) return wrong;
  const shown = stages.map((stage, i) => {
    const { start, end, ...others } = stageJson(stage, stages);
    return test.stages[i]?.start === undefined ? others : { ...others, start, end };
  });
  if (test.warning !== undefined && found.warnings.length === 0) return "there is no warning";
  return difference(shown, test.stages);
}

function image(test: Case): string | undefined {
  const reference = parseReference(test.ref, test.default_tag);
  const forms = attestationForms(reference);
  const registry = registryOf(reference);
  const found = {
    repo: reference.repository,
    tag: reference.tag,
    digest: reference.digest,
    registry,
    name: nameOf(reference),
    domain: domainOf(registry),
    api_url: apiUrl(reference),
    web_url: webUrl(reference),
    manifest_ref: manifestForm(reference),
    inspect_ref: inspectForm(reference),
    display: displayForm(reference),
    pinned: isPinned(reference),
    oci_attestation_ref: forms?.oci,
    cosign_attestation_ref: forms?.cosign,
  };
  return difference(named(found, test.expect), test.expect);
}

const hostPlatform = (file: Case) => ({
  os: file.host.os as string,
  architecture: file.host.architecture as string,
  variant: "",
});

function platform(test: Case, file: Case): string | undefined {
  const found = parsePlatform(test.input, hostPlatform(file));
  return difference(
    named({ ...found, normalized: normalizedText(found), target_args: platformArguments(found) }, test.expect),
    test.expect,
  );
}

function label(test: Case): string | undefined {
  const value = test.kind === "json" ? (typeof test.value === "string" ? test.value : compact(toJson(test.value))) : test.value;
  const found = makeLabel(test.prefix, test.key, value, test.escape ?? "\\", test.kind !== "json");
  if (found === undefined || test.expect === null) return difference(found === undefined, test.expect === null);
  const quoted = found.line.slice(`LABEL ${found.name}=`.length);
  const stored = readStages(
    readInstructions(`${test.escape === undefined ? "" : `# escape=${test.escape}\n`}FROM scratch\n${found.line}`),
    { buildArguments: {}, platformArguments: {} },
  ).stages[0]?.labels.get(found.name);
  return difference(named({ label: found.name, value_text: quoted, stored }, test.expect), test.expect);
}

function ignored(test: Case): string | undefined {
  return difference(createIgnoreRules(test.patterns).isExcluded(test.path), test.excluded);
}

function inspected(test: Case): string | undefined {
  const options = {
    reportEmpty: test.settings?.["docker.report_empty_fields"] === true,
    overlayfs: test.storage_driver === "overlayfs",
  };
  const json = toJson(test.inspect) as JsonObject;
  const keys = test.kind === "image" ? imageKeys(json, options) : containerKeys(json, options);
  const present = (test.absent ?? []).find((key: string) => keys.has(key));
  if (present !== undefined) return `${present} should not exist`;
  const expected = toJson(test.expect) as JsonObject;
  return jsonDifference(
    new Map([...expected.keys()].flatMap((key) => (keys.has(key) ? [[key, keys.get(key) as Json] as const] : []))),
    expected,
  );
}

function afterBuild(test: Case): string | undefined {
  const { input } = test;
  const metadata = toJson(input.metadata);
  const result = resolveBuildResult({
    iid: input.iidfile,
    metadata: isJsonObject(metadata) ? metadata : metadataOf(undefined),
    overlayfs: input.storage_driver === "overlayfs",
    tags: input.tags,
    existsLocally: (id) => input.local_images.includes(id),
  });
  const found = {
    source: result.source,
    local_id: result.localId,
    config_digest: result.configDigest,
    repos: result.references,
    warning: result.source === "none",
  };
  return difference(named(found, test.expect), test.expect);
}

function vector(test: Case): string | undefined {
  let found: readonly string[] | undefined;
  try {
    found = execVector(test.original ?? []);
  } catch {}
  return test.error === true ? difference(found === undefined, true) : difference(found, test.expect);
}

/** Checks by file and by the list in it. */
const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  "wrap.json": { cases: (test) => runWrapCase(test as WrapCase) },
  "cmdline.json": { cases: commandLine },
  "dockerfile.json": { cases: dockerfile },
  "images.json": {
    cases: image,
    mirror_cases: (test) => difference(apiUrl(parseReference(test.ref), test.registry), test.expect_api_url),
  },
  "platforms.json": {
    cases: platform,
    equal: (test, file) =>
      difference(samePlatform(parsePlatform(test.a, hostPlatform(file)), parsePlatform(test.b, hostPlatform(file))), test.expect),
  },
  "labels.json": {
    cases: label,
    env_names: (test) => difference(environmentName(test.name) ?? null, test.expect),
    custom_label_key_valid: (test) => difference(isValidLabelName(test.key), test.expect),
  },
  "dockerignore.json": {
    cases: ignored,
    file_cases: (test) => difference(readIgnoreFile(test.text), test.patterns),
    validity_cases: (test) => difference(isValidPattern(test.pattern), test.valid),
    descend_cases: (test) => difference(createIgnoreRules(test.patterns).mustDescend(test.directory), test.must_descend),
    selection_cases: (test) =>
      difference(selectIgnoreFile(test.dockerfile, test.context, (path) => test.existing.includes(path)) ?? null, test.expect),
  },
  "keys.json": {
    inspect_cases: inspected,
    after_build_cases: afterBuild,
    exec_vector_cases: vector,
    version_cases: (test) => difference(versionInLine(test.line)?.text ?? null, test.version),
    www_authenticate_cases: (test) =>
      difference(
        parseChallenges(test.header).map(({ scheme, realm, parameters }) => ({
          scheme,
          ...(realm === undefined ? {} : { realm }),
          params: parameters,
        })),
        test.expect,
      ),
  },
};

/** All cases of a folder by name. */
function collect(folder: string, host: Host): Map<string, () => ReturnType<Check>> {
  const cases = new Map<string, () => ReturnType<Check>>();
  for (const name of host.files
    .list(folder)
    .filter((entry) => entry.endsWith(".json"))
    .sort()) {
    const file: Case = JSON.parse(host.files.readText(joinPaths(folder, name)));
    for (const [list, tests] of Object.entries(file)) {
      if (!Array.isArray(tests)) continue;
      const check = checks[name]?.[list];
      tests.forEach((test: Case, i) => {
        cases.set(`${name} ${list} ${test.name ?? i + 1}`, () =>
          check === undefined ? "no check for this list" : check(test, file),
        );
      });
    }
  }
  return cases;
}

let collected: { readonly folder: string; readonly cases: ReturnType<typeof collect> } | undefined;
function casesOf(folder: string, host: Host): ReturnType<typeof collect> {
  if (collected?.folder !== folder) collected = { folder, cases: collect(folder, host) };
  return collected.cases;
}

export const corpus: Corpus = {
  cases: (folder, host) => [...casesOf(folder, host).keys()],
  run: async (folder, name, host) => casesOf(folder, host).get(name)?.(),
};
