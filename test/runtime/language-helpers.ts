/** Runs c4m text in tests: through parser, checker and evaluator, on a host in memory. */
import { createHash } from "node:crypto";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import type { Hashing } from "../../runtime/host/host.js";
import { createMemoryHost, type MemoryHost, type MemoryHostOptions } from "../../runtime/host/memory-host.js";
import { ConfigStack, type StackOptions } from "../../runtime/stack/stack.js";
import { effectiveValue, lookup } from "../../runtime/store.js";
import { nestedText } from "../../runtime/text-form.js";

export const hashing: Hashing = {
  digest: (algorithm, data) => new Uint8Array(createHash(algorithm).update(data).digest()),
  hex: (algorithm, data) => createHash(algorithm).update(data).digest("hex"),
  stream: (algorithm) => {
    const hash = createHash(algorithm);
    return { update: (data) => void hash.update(data), digest: () => new Uint8Array(hash.digest()) };
  },
};

export interface TestRun {
  readonly stack: ConfigStack;
  readonly host: MemoryHost;
  readonly diagnostics: readonly Diagnostic[];
  /** What `echo` printed. */
  readonly output: string;
  /** Text form of an attribute, nested; `<none>` if it doesn't exist. */
  text(path: string): string;
  /** Codes of errors and notes, with lines. */
  readonly problems: readonly string[];
}

export interface TestOptions extends Omit<Partial<StackOptions>, "host"> {
  readonly world?: MemoryHostOptions;
  readonly host?: MemoryHost;
}

/** Runs one or more files of a stack; stops after the first with an error. */
export async function runText(texts: string | readonly string[], options: TestOptions = {}): Promise<TestRun> {
  const { world, host: given, ...rest } = options;
  const host = given ?? createMemoryHost({ hashing, ...world });
  let output = "";
  const stack = new ConfigStack({ ...rest, host, output: (text) => (output += text) });
  const diagnostics: Diagnostic[] = [];
  for (const [i, text] of (typeof texts === "string" ? [texts] : texts).entries()) {
    const result = await stack.run(sourceFromText(`${i + 1}.c4m`, text));
    diagnostics.push(...result.diagnostics);
    if (!result.ok) break;
  }
  return {
    stack,
    host,
    diagnostics,
    output,
    text: (path) => {
      const node = lookup(stack.runtime.store, path.split("."));
      return node?.kind === "attribute" ? nestedText(effectiveValue(node)) : "<none>";
    },
    problems: diagnostics
      .filter((d) => d.severity !== "warning")
      .map((d) => `${d.code.replace("C4M-", "")}:${d.location?.line ?? "?"}`),
  };
}

/** The nested text form of an expression's value, or the code of the first problem. `before` stands above the expression. */
export async function evaluated(expression: string, options: TestOptions & { readonly before?: string } = {}): Promise<string> {
  const { before, ...rest } = options;
  const run = await runText(`${before === undefined ? "" : `${before}\n`}x_ = ${expression}\n`, rest);
  const problem = run.diagnostics.find((d) => d.severity !== "warning");
  return problem === undefined ? run.text("x_") : problem.code.replace("C4M-", "");
}
