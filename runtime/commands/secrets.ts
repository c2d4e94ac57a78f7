/** What no command may print: saved values of parameters that their declarations call sensitive (`ours.md` 4). */
import type { Chalk } from "../start/chalk.js";

/** Texts that are secret; empty if no component declares a sensitive parameter. */
export function sensitiveValues(chalk: Pick<Chalk, "stack">): readonly string[] {
  const secrets: string[] = [];
  for (const module of chalk.stack.runtime.modules) {
    for (const parameter of module.ir.parameters) {
      if (parameter.sensitive !== true) continue;
      const value = chalk.stack.runtime.parameters.get(module.key)?.get(parameter.path.join("."))?.value;
      if (typeof value === "string" && value !== "") secrets.push(value);
    }
  }
  return secrets;
}
