/**
 * Runs the shipped configuration as a start of the program would: schema, base files, then, for a given command, terminal and environment, the files
 * that look at them, the scanners, and user files, each checked against the schema to the extent of `configs/README.md`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { builtins } from "../../runtime/builtins/index.js";
import { type ChalkServices, type LogLevel, neutralServices } from "../../runtime/builtins/services.js";
import { callFunction } from "../../runtime/evaluate/evaluate.js";
import { createHost } from "../../runtime/host/create.js";
import type { Host } from "../../runtime/host/host.js";
import { createMemoryHost, type MemoryHost, type MemoryHostOptions } from "../../runtime/host/memory-host.js";
import { type CheckLevel, ConfigStack } from "../../runtime/stack/stack.js";
import { type AttributeNode, effectiveValue, lookup, type SectionNode } from "../../runtime/store.js";
import { schemaValidator } from "../../runtime/validate/config.js";
import { type LoadedSchema, loadSchema } from "../../runtime/validate/load-schema.js";
import { FunctionValue, type Value } from "../../runtime/values.js";

const folder = join(process.cwd(), "configs");

interface Order {
  readonly schema: readonly string[];
  readonly base: readonly string[];
  readonly io: readonly string[];
  readonly tools: readonly string[];
}
export const order = JSON.parse(readFileSync(join(folder, "order.json"), "utf8")) as Order;

export const readConfig = (file: string): string => readFileSync(join(folder, file), "utf8");

export interface Situation extends MemoryHostOptions {
  readonly command?: string;
  readonly arguments?: readonly string[];
  readonly docker?: string;
}

export class Shipped {
  readonly stack: ConfigStack;
  readonly host: MemoryHost;
  readonly diagnostics: Diagnostic[] = [];
  readonly log: [level: LogLevel, message: string][] = [];
  readonly subscriptions: [topic: string, sinkConfig: string][] = [];
  private schema: LoadedSchema | undefined;

  constructor(situation: Situation = {}) {
    const host = createMemoryHost({ ...situation, hashing: createHost().hashing });
    this.host = host;
    const services: ChalkServices = {
      ...neutralServices,
      version: () => "1.2.3",
      commandName: () => situation.command ?? "",
      commandArguments: () => situation.arguments ?? [],
      dockerExecutable: () => situation.docker ?? "",
      log: (level, message) => this.log.push([level, message]),
      subscribe: (topic, sinkConfig) => this.subscriptions.push([topic, sinkConfig]) > 0,
      unsubscribe: (topic, sinkConfig) => {
        const at = this.subscriptions.findIndex(([t, s]) => t === topic && s === sinkConfig);
        return at >= 0 && this.subscriptions.splice(at, 1).length > 0;
      },
    };
    this.stack = new ConfigStack({
      host,
      services,
      validator: (runtime, request) => schemaValidator(this.loadSchema(host))(runtime, request),
    });
  }

  private loadSchema(host: Host): LoadedSchema {
    if (this.schema === undefined) {
      const sources = order.schema.map((file) => ({ file, text: readConfig(file) }));
      const { loaded, diagnostics } = loadSchema(sources, { host, builtins });
      if (loaded === undefined) throw new Error(`the schema does not load: ${JSON.stringify(diagnostics)}`);
      this.schema = loaded;
    }
    return this.schema;
  }

  /** Runs one file; its diagnostics are added to those of the others. */
  async run(file: string, text: string, level: CheckLevel): Promise<boolean> {
    const result = await this.stack.run(sourceFromText(file, text), level);
    this.diagnostics.push(...result.diagnostics);
    return result.ok;
  }

  async base(): Promise<this> {
    const last = order.base.at(-1);
    for (const file of order.base) await this.run(file, readConfig(file), file === last ? "none" : "not even defaults");
    return this;
  }

  async complete(): Promise<this> {
    await this.base();
    for (const file of order.io) await this.run(file, readConfig(file), "not even defaults");
    for (const file of order.tools) await this.run(file, readConfig(file), "none");
    return this;
  }

  /** Only what `ioconfig.c4m` needs, and that file: no keys, no templates, no schema. */
  async start(): Promise<this> {
    for (const file of ["base_init.c4m", "base_sinkconfs.c4m", ...order.io])
      if (!(await this.run(file, readConfig(file), "not even defaults"))) throw new Error(JSON.stringify(this.diagnostics));
    return this;
  }

  /** Only the scanners, with the section that says whether they may install themselves. */
  async scanners(): Promise<this> {
    for (const file of ["base_init.c4m", "base_keyspecs.c4m", ...order.tools.filter((name) => name !== "crashoverride.c4m")])
      if (!(await this.run(file, readConfig(file), "not even defaults"))) throw new Error(JSON.stringify(this.diagnostics));
    return this;
  }

  section(...path: string[]): SectionNode | undefined {
    const node = lookup(this.stack.runtime.store, path);
    return node?.kind === "section" ? node : undefined;
  }
  names(...path: string[]): string[] {
    return [...(this.section(...path)?.members.keys() ?? [])];
  }
  attribute(...path: string[]): AttributeNode | undefined {
    const node = lookup(this.stack.runtime.store, path);
    return node?.kind === "attribute" ? node : undefined;
  }
  value(...path: string[]): Value | undefined {
    const node = this.attribute(...path);
    return node === undefined ? undefined : effectiveValue(node);
  }
  /** Was the attribute written by a file, rather than filled in by the schema? */
  written(...path: string[]): boolean {
    return this.attribute(...path)?.origin.kind === "assigned";
  }
  locked(...path: string[]): boolean {
    return this.attribute(...path)?.lock !== undefined;
  }
  /** Result of a function of the shipped files. */
  call(name: string, ...args: Value[]): Value | undefined {
    const result = callFunction(this.stack.runtime, new FunctionValue(name, undefined), args);
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostic));
    return result.value;
  }
}
