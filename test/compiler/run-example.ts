/** Runs the examples of articles the way the program would: compile, evaluate, validate, read a command line, on a host in memory. */
import type { Example } from "../../compiler/articles.js";
import { compileSource, lockFunction } from "../../compiler/compile.js";
import { typeFromText } from "../../compiler/type-text.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { parse } from "../../grammar/parse.js";
import { decodeSource, sourceFromText } from "../../grammar/source.js";
import { builtins } from "../../runtime/builtins/index.js";
import { buildCommandLine } from "../../runtime/cmdline/build.js";
import { commitLine, finalize } from "../../runtime/cmdline/commit.js";
import { parseCommandLine } from "../../runtime/cmdline/parse.js";
import { commitPort, surroundings } from "../../runtime/cmdline/port.js";
import { callFunction, configureParameter, registerModules } from "../../runtime/evaluate/evaluate.js";
import type { HttpResponse } from "../../runtime/host/host.js";
import { createMemoryHost } from "../../runtime/host/memory-host.js";
import { ConfigStack, type Validator } from "../../runtime/stack/stack.js";
import { effectiveValue, lookup } from "../../runtime/store.js";
import { validateConfig } from "../../runtime/validate/config.js";
import { loadSchema } from "../../runtime/validate/load-schema.js";
import { protectedValues } from "../../runtime/validate/locks.js";
import type { LoadedSchema } from "../../runtime/validate/saved-schema.js";
import { hashing } from "../runtime/language-helpers.js";

function hostOf(example: Example) {
  const components = Object.entries(example.components ?? {}).map(([name, text]) => [`/work/${name}.c4m`, text] as const);
  const status = example.host?.httpStatus;
  const body = new TextEncoder().encode("port = 80\n");
  const respond = (): HttpResponse => ({ status: status as number, statusText: "", headers: {}, body });
  return createMemoryHost({
    hashing,
    cwd: "/work",
    files: { "/work/.keep": "", ...Object.fromEntries(components) },
    ...(status === undefined ? {} : { respond }),
  });
}

/** A validator that counts the first files as built into the program. */
function validatorOf(loaded: LoadedSchema, builtInFiles: number): Validator {
  let builtIn: ReturnType<typeof protectedValues> = new Map();
  return (runtime, request) => {
    const { module, components } = request.compiled;
    const isBuiltIn = request.files.length <= builtInFiles;
    const found = validateConfig(runtime, loaded, isBuiltIn ? "defaults" : "all", {
      files: request.files,
      modules: [module, ...components.values()],
      builtIn: { values: builtIn, strict: false },
    });
    if (isBuiltIn) builtIn = protectedValues(loaded.schema, runtime.store);
    return request.isComplete ? found : [];
  };
}

function readCommandLine(stack: ConfigStack, argv: readonly string[]): readonly Diagnostic[] {
  const built = buildCommandLine("getopts", surroundings(stack.runtime, undefined));
  if (built.spec === undefined || hasErrors(built.diagnostics) || argv.length === 0) return built.diagnostics;
  const outcome = parseCommandLine(built.spec, argv);
  if (outcome.kind === "error") return [outcome.diagnostic];
  let line = outcome.kind === "parsed" ? outcome.line : undefined;
  if (outcome.kind === "ambiguous") {
    const attribute = lookup(stack.runtime.store, (built.spec.commandAttribute ?? "").split("."));
    const chosen = finalize(outcome, attribute?.kind === "attribute" ? String(effectiveValue(attribute)) : undefined);
    if ("code" in chosen) return [chosen];
    line = chosen;
  }
  const problem = line === undefined ? undefined : commitLine(built.spec, line, commitPort(stack.runtime, undefined));
  return problem === undefined ? [] : [problem];
}

/** Everything that is reported about an example, in order. */
export async function runExample(example: Example): Promise<readonly Diagnostic[]> {
  const { host: extra } = example;
  const diagnostics: Diagnostic[] = [];
  const host = hostOf(example);
  let validator: Validator | undefined;
  if (example.schema !== undefined) {
    const { loaded, diagnostics: faults } = loadSchema([{ file: "schema.c42spec", text: example.schema }], { host, builtins });
    diagnostics.push(...faults);
    if (loaded === undefined) return diagnostics;
    validator = validatorOf(loaded, extra?.builtInFiles ?? 0);
  }
  const stack = new ConfigStack({
    host,
    output: () => {},
    ...(validator === undefined ? {} : { validator }),
    ...(extra?.pureOnly ? { policy: "fold" as const } : {}),
    ...(extra?.refuses === undefined
      ? {}
      : { hook: (path: readonly string[]) => (path.join(".") === extra.refuses ? "it is fixed" : undefined) }),
  });
  const configs = example.config === undefined ? [] : typeof example.config === "string" ? [example.config] : example.config;
  for (const [i, text] of configs.entries()) {
    const name = configs.length === 1 ? "/work/config.c4m" : `/work/${i + 1}.c4m`;
    const bytes = extra?.latin1 ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : new TextEncoder().encode(text);
    const decoded = decodeSource(name, bytes);
    if (extra?.warnsOfGrouping) {
      const context = await stack.context();
      const options = { parse: (source: typeof decoded.source) => parse(source, { warnGrouping: true }) };
      return compileSource(sourceFromText(name, text), context, options).diagnostics;
    }
    if (extra?.parameter !== undefined) {
      const { compiled } = await stack.compile(decoded.source, decoded.diagnostics);
      if (compiled === undefined) throw new Error("the example does not compile");
      const modules = stack.load(compiled);
      registerModules(stack.runtime, modules);
      const { name: parameter, type, value } = extra.parameter;
      const typed = typeFromText(type);
      if (typed === undefined) throw new Error(`${type} is not a type`);
      const problem = configureParameter(stack.runtime, modules, modules.main.key, parameter, value, typed);
      if (problem !== undefined) return [problem];
    }
    const result = await stack.run(decoded.source, "all", decoded.diagnostics);
    diagnostics.push(...result.diagnostics);
    if (!result.ok) return diagnostics;
    if (extra?.locks !== undefined && i === 0) lockFunction(await stack.context(), extra.locks);
  }
  if (extra?.calls !== undefined) {
    const result = callFunction(stack.runtime, extra.calls, []);
    if (!result.ok) diagnostics.push(result.diagnostic);
  }
  if (example.argv !== undefined) diagnostics.push(...readCommandLine(stack, example.argv));
  return diagnostics;
}
