/**
 * The nodes of a builder that runs in containers: what `docker buildx inspect` says about each, and how its BuildKit is configured (`docker.md` 14.6, 17.2).
 */
import type { DockerEngine } from "../docker/engine.js";
import { normalizedRegistry } from "../docker/references.js";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import type { RegistryLog } from "./credentials.js";
import type { BuilderRegistry } from "./endpoints.js";
import { parseToml, TomlError } from "./toml.js";

export interface BuilderNode {
  readonly name: string;
  /** Its part of the information. */
  readonly text: string;
  /** Where its configuration is inside of the container. */
  readonly configPath: string;
  /** The configuration, if the information holds it: builders in debug mode show their files. */
  readonly configText: string | undefined;
}

const containerDriver = "docker-container";
const standardPath = "/etc/buildkit/buildkitd.toml";
const fileHeading = /^File#(.*):\s*$/;

function fieldOf(lines: readonly string[], name: string): string {
  const line = lines.find((candidate) => candidate.toLowerCase().startsWith(`${name}:`));
  return line === undefined ? "" : line.slice(name.length + 1).trim();
}

/** The lines of a file that the information shows. */
function shownFile(lines: readonly string[], name: string): string | undefined {
  const start = lines.findIndex((line) => fileHeading.exec(line)?.[1] === name);
  if (start < 0) return undefined;
  const content: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const shown = /^\s+> ?(.*)$/.exec(line)?.[1];
    if (shown === undefined) break;
    content.push(shown);
  }
  return content.join("\n");
}

/** Reads the information about a builder; empty if it doesn't run in containers. Pure. */
export function readBuilderNodes(info: string): BuilderNode[] {
  const lines = info.split("\n");
  const start = lines.findIndex((line) => /^nodes:\s*$/i.test(line));
  if (start < 0 || fieldOf(lines.slice(0, start), "driver") !== containerDriver) return [];
  const parts: string[][] = [];
  for (const line of lines.slice(start + 1)) {
    if (/^name:/i.test(line)) parts.push([]);
    parts.at(-1)?.push(line);
  }
  return parts.map((part) => {
    const flags = fieldOf(part, "buildkit daemon flags");
    return {
      name: fieldOf(part, "name"),
      text: part.join("\n").trimEnd(),
      configPath: /--config[= ]'?([^\s']+)/.exec(flags)?.[1] ?? standardPath,
      configText: shownFile(part, "buildkitd.toml"),
    };
  });
}

/** The configurations of the builder's nodes, each read once. */
export class BuilderNodes {
  private readonly engine: DockerEngine;
  private readonly log: RegistryLog;
  private list: readonly BuilderNode[] | undefined;
  private readonly configs = new Map<string, JsonObject>();

  constructor(engine: DockerEngine, log: RegistryLog) {
    this.engine = engine;
    this.log = log;
  }

  get nodes(): readonly BuilderNode[] {
    this.list ??= readBuilderNodes(this.engine.builderInfo);
    return this.list;
  }

  /** Empty for a node without a configuration, or with one that cannot be read. */
  config(node: BuilderNode): JsonObject {
    let config = this.configs.get(node.name);
    if (config === undefined) {
      config = this.readConfig(node);
      this.configs.set(node.name, config);
    }
    return config;
  }

  private readConfig(node: BuilderNode): JsonObject {
    const text = node.configText ?? this.engine.readNodeFile(node.name, node.configPath);
    try {
      return parseToml(text ?? "");
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      this.log("warn", `docker: the configuration of builder node ${node.name} is no TOML: ${reasonOf(error)}`);
      return new Map();
    }
  }

  /** What the nodes were told about a registry. */
  registry(registry: string): BuilderRegistry[] {
    return this.nodes.flatMap((node): BuilderRegistry[] => {
      const registries = this.config(node).get("registry");
      if (!isJsonObject(registries)) return [];
      const told = [...registries].find(([name]) => normalizedRegistry(name) === registry)?.[1];
      if (!isJsonObject(told)) return [];
      const authorities = textsOf(told.get("ca")).flatMap((path) => {
        const text = this.engine.readNodeFile(node.name, path);
        return text === undefined ? [] : [{ path, text }];
      });
      return [
        {
          mirrors: textsOf(told.get("mirrors")),
          http: told.get("http") === true,
          insecure: told.get("insecure") === true,
          authorities,
        },
      ];
    });
  }

  /** Values of `_DOCKER_BUILDER_NODES_INFO` and `_DOCKER_BUILDER_NODES_CONFIG`. */
  info(): Map<string, Json> {
    return new Map(this.nodes.map(({ name, text }) => [name, text] as const));
  }

  configurations(): Map<string, Json> {
    return new Map(this.nodes.map((node) => [node.name, this.config(node)] as const));
  }
}

function textsOf(value: Json | undefined): string[] {
  return isJsonList(value) ? value.filter((item) => typeof item === "string") : [];
}
