/** The page about metadata keys, by topic (the files of `configs/keyspecs/`). */
import type { Settings } from "../../settings/settings.js";
import { lookup, type Store } from "../../store.js";
import { type KeyDescription, keyKinds, listKeys } from "../keys.js";
import { listed } from "../text.js";
import { anchor, code, page, table } from "./markdown.js";

/** Heading of each topic. */
const topics: Readonly<Record<string, string>> = {
  mark: "The mark and its artifact",
  mark_origin: "When, where and by whom a mark was made",
  source: "Source code: repository, commit, tag, owners",
  build: "The CI job",
  operation: "The operation and its report",
  artifact: "What became of each artifact",
  network: "The network of the host",
  process: "Processes",
  docker_build: "Docker builds",
  image: "Container images",
  container: "Containers: identity, configuration, network",
  container_limits: "Containers: isolation and resources",
  cloud: "Clouds",
  aws: "AWS",
  kubernetes: "Kubernetes",
  certificate: "X.509 certificates",
  self: "chalk's own mark",
};

function topicOf(store: Store, key: string): string {
  const node = lookup(store, ["keyspec", key]);
  const file = node?.kind === "section" ? node.opened[0]?.file : undefined;
  return /keyspecs\/(.*)\.c4m$/.exec(file ?? "")?.[1] ?? "";
}

const meanings: Readonly<Record<string, string>> = {
  system: "set by chalk only",
  conf_as_system: "a configuration may set it",
  codec: "set by the codec of the artifact",
  never_early: "not known before the artifact's own phase",
  required_in_chalk_mark: "in every mark",
  required_in_self_mark: "in every mark of a chalk executable",
  apply_substitutions: "`{chalk_id}`, `{now}`, `{path}`, `{hash}` and `{random}` in it are replaced",
};

function entry(key: KeyDescription): string {
  const facts = [
    `Type ${code(key.type)}`,
    key.collection,
    ...(key.sources.length === 0 ? [] : [`from ${listed(key.sources)}`]),
    ...key.properties.flatMap((property) => (meanings[property] === undefined ? [] : [meanings[property]])),
    ...(key.since === "" ? [] : [`since ${key.since}`]),
  ];
  return [`#### \`${key.name}\``, `${key.title}. *${facts.join("; ")}.*`, key.doc].join("\n\n");
}

/** `docs/reference/keys.md` */
export function keysPage(settings: Settings, store: Store): string {
  const keys = listKeys(settings);
  const sections = Object.entries(topics).map(([topic, title]) => ({
    title,
    keys: keys.filter((key) => topicOf(store, key.name) === topic),
  }));
  const placed = new Set(sections.flatMap((section) => section.keys));
  const rest = keys.filter((key) => !placed.has(key));
  if (rest.length > 0) sections.push({ title: "Others", keys: rest });
  return page([
    "# Metadata keys",
    `The ${keys.length} keys that marks and reports are made of. Templates say which of them are used ([templates](templates.md)); \`chalk config explain KEY\` tells the same on the command line.`,
    table(
      ["Collected", "Constant", "When, and about what"],
      keyKinds.map(([constant, label], i) => [
        label,
        code(constant),
        [
          "once per run, before anything is marked; part of marks if their template says so",
          "for each artifact that is marked",
          "for each artifact, after the operation",
          "once per run, for the report",
        ][i] as string,
      ]),
    ),
    "Keys of your own have names that start with `X_` (chalk time) or `_X_` (run time).",
    ["Contents:", ...sections.map(({ title, keys: own }) => `- [${title}](#${anchor(title)}) (${own.length})`)].join("\n"),
    ...sections.flatMap(({ title, keys: own }) => [
      `## ${title}`,
      table(
        ["Key", "Collected", "Type", "What it is"],
        own.map((key) => [`[\`${key.name}\`](#${anchor(key.name)})`, key.collection, code(key.type), key.title]),
      ),
      ...own.map(entry),
    ]),
  ]);
}
