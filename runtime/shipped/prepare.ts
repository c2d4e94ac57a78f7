/**
 * Preparing what ships, when the project is built (DESIGN.md, IR and start-up): compiles and evaluates `configs/` in the order of `configs/order.json` and
 * writes the outcome as one file that `shipped.ts` opens. Any diagnostic of weight is a defect of ours and ends the build.
 *
 * Usage: node prepare-main.js CONFIGS-FOLDER OUTPUT-READ-ALWAYS OUTPUT-READ-SELDOM OUTPUT-SEARCH-PLACES VERSION
 */

import { compileSource, createContext, declareAttribute } from "../../compiler/compile.js";
import type { CheckContext } from "../../compiler/context.js";
import type { ModuleIr } from "../../compiler/ir.js";
import { saveContext } from "../../compiler/serialize.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { decodeSource, type SourceFile } from "../../grammar/source.js";
import { builtins } from "../builtins/index.js";
import { neutralServices } from "../builtins/services.js";
import { buildCommandLine } from "../cmdline/build.js";
import { surroundings } from "../cmdline/port.js";
import type { CommandLineSpec } from "../cmdline/spec.js";
import { evaluate, registerModules } from "../evaluate/evaluate.js";
import { loadModules } from "../evaluate/module.js";
import { createRuntime, type Runtime, type RuntimeOptions } from "../evaluate/runtime.js";
import type { Host } from "../host/host.js";
import { renderText } from "../render/index.js";
import { saveReporting } from "../report/prepared.js";
import { createSettings } from "../settings/create.js";
import { declareStore } from "../stack/declare.js";
import type { SearchPlaces } from "../start/quick.js";
import type { Store } from "../store.js";
import { type LoadedSchema, loadSchema, saveLoadedSchema } from "../validate/load-schema.js";
import { validateStore } from "../validate/validate.js";
import type { Value } from "../values.js";
import { type ShippedContents, splitShipped } from "./shipped.js";
import { saveStore } from "./snapshot.js";

/** `configs/order.json`: the files of each stage. */
interface Order {
  readonly schema: readonly string[];
  readonly base: readonly string[];
  readonly commandLine: readonly string[];
  readonly io: readonly string[];
  readonly tools: readonly string[];
  /** The command line of docker, which nothing else depends on. */
  readonly docker: readonly string[];
}

/** What `chalk help NAME` prints: files in `docs/`, which lies beside `configs/`. */
const documents: Readonly<Record<string, string>> = {
  changelog: "changelog.md",
  language: "language.md",
  "network-heartbeat": "guides/network-heartbeat.md",
  collection: "guides/collection.md",
};

/** A file in `configs/` that does not do what it must: carries the rendered diagnostics. */
export class PreparationError extends Error {}

/** The shipped configuration, evaluated: what the file is made of, and what tests look at. */
export interface Prepared {
  readonly contents: ShippedContents;
  readonly runtime: Runtime;
  readonly schema: LoadedSchema;
  readonly context: CheckContext;
}

class Preparation {
  private readonly folder: string;
  private readonly host: Host;
  private readonly sources = new Map<string, SourceFile>();

  constructor(folder: string, host: Host) {
    this.folder = folder;
    // What is baked in must not depend on who builds.
    this.host = { ...host, processes: { ...host.processes, environment: () => ({}), variable: () => undefined } };
  }

  private read(name: string): SourceFile {
    const { source, diagnostics } = decodeSource(name, this.host.files.readBytes(`${this.folder}/${name}`));
    this.sources.set(name, source);
    this.check(diagnostics);
    return source;
  }

  private check(diagnostics: readonly Diagnostic[]): void {
    const grave = diagnostics.filter((d) => d.severity !== "note");
    if (grave.length > 0) throw new PreparationError(renderText(grave, (file) => this.sources.get(file)?.text, { color: false }));
  }

  private compile(name: string, context: CheckContext): ModuleIr {
    const compiled = compileSource(this.read(name), context);
    this.check(compiled.diagnostics);
    if (compiled.module === undefined) throw new PreparationError(`${name} did not compile`);
    return compiled.module;
  }

  prepare(version: string): Prepared {
    const order = JSON.parse(this.host.files.readText(`${this.folder}/order.json`)) as Order;
    const services = { ...neutralServices, version: () => version };
    const options = { host: this.host, builtins, services };
    const schemaResult = loadSchema(
      order.schema.map((file) => ({ file, text: this.read(file).text })),
      options,
    );
    this.check(schemaResult.diagnostics);
    const schema = schemaResult.loaded;
    if (schema === undefined) throw new PreparationError("the schema did not load");
    const context = createContext(builtins);
    const runtime = createRuntime(options);
    const modules: ModuleIr[] = [];
    const defaults = (files: readonly string[]): void => {
      const created = (path: readonly string[], type: string): void => {
        declareAttribute(context, [...path], type);
      };
      this.check(validateStore(runtime.store, schema.schema, "defaults", { files, created }));
    };
    const run = (files: readonly string[]): void => {
      for (const file of files) {
        const module = this.compile(file, context);
        modules.push(module);
        this.check(
          evaluate(
            loadModules(module, new Map(), (name) => name),
            runtime,
          ),
        );
      }
      defaults(files);
    };
    run(order.base);
    run(order.commandLine);
    const startFiles = order.io.map((file) => this.compile(file, context));
    for (const module of startFiles)
      registerModules(
        runtime,
        loadModules(module, new Map(), (name) => name),
      );
    run(order.tools);
    // Starts rely on it: the context knows all of the store.
    declareStore(context, runtime.store.root);
    const commandLine = this.commandLine("getopts", runtime, schema);
    const dockerCommandLine = this.dockerCommandLine(order.docker, options, schema);
    const contents: ShippedContents = {
      version,
      store: saveStore(runtime.store),
      commandLine,
      dockerCommandLine,
      startFiles,
      functionFiles: modules.filter((module) => module.functions.length > 0 || module.cells.length > 0).map(functionsOnly),
      cells: [...runtime.cells].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      schema: saveLoadedSchema(schema),
      context: JSON.stringify(saveContext(context)),
      documents: this.documents(),
      reporting: saveReporting(createSettings(runtime.store, schema.schema)),
    };
    return { contents, runtime, schema, context };
  }

  private documents(): Record<string, string> {
    const text = (file: string) => this.host.files.readText(`${this.folder}/../docs/${file}`);
    return Object.fromEntries(Object.entries(documents).map(([name, file]) => [name, text(file)]));
  }

  /** In a runtime of its own, so that no start pays for it. */
  private dockerCommandLine(files: readonly string[], options: RuntimeOptions, schema: LoadedSchema): CommandLineSpec {
    const context = createContext(builtins);
    const runtime = createRuntime(options);
    for (const file of files) {
      const modules = loadModules(this.compile(file, context), new Map(), (name) => name);
      this.check(evaluate(modules, runtime));
    }
    return this.commandLine("docker.getopts", runtime, schema);
  }

  private commandLine(path: string, runtime: Runtime, schema: LoadedSchema): CommandLineSpec {
    const built = buildCommandLine(path, surroundings(runtime, schema.schema));
    if (built.spec === undefined || hasErrors(built.diagnostics)) this.check(built.diagnostics);
    return built.spec as CommandLineSpec;
  }
}

/** A module without what only its own evaluation needed. */
function functionsOnly(module: ModuleIr): ModuleIr {
  return { ...module, body: [], declarations: [], parameters: [], uses: [], slots: 0, slotNames: [] };
}

/** Prepares the shipped configuration of a folder. Throws a `PreparationError` with rendered diagnostics if a file is wrong. */
export function prepareShipped(folder: string, version: string, host: Host): Prepared {
  return new Preparation(folder, host).prepare(version);
}

/** Where external configurations are looked for unless somebody says otherwise. */
function searchPlaces({ root }: Store): SearchPlaces {
  const value = (name: string): Value => {
    const node = root.members.get(name);
    if (node?.kind !== "attribute") throw new PreparationError(`${name} is not set`);
    return node.value;
  };
  return { directories: value("config_path") as readonly string[], name: value("config_filename") as string };
}

/** Entry of the build. */
export function prepareMain(args: readonly string[], host: Host): void {
  const [folder, hotOutput, coldOutput, placesOutput, version] = args as readonly [string, string, string, string, string];
  try {
    const prepared = prepareShipped(folder, version, host);
    const { hot, cold } = splitShipped(prepared.contents);
    host.files.write(hotOutput, hot);
    host.files.write(coldOutput, cold);
    host.files.write(placesOutput, JSON.stringify(searchPlaces(prepared.runtime.store)));
  } catch (error) {
    if (!(error instanceof PreparationError)) throw error;
    host.terminal.write(2, `${error.message}\n`);
    host.processes.exit(1);
  }
}
