/** All builtins, by category in the order in which help shows them (`builtins.md` 11). */
import type { Builtin } from "./builtin.js";
import { chalkBuiltins } from "./chalk.js";
import { bitBuiltins, dictBuiltins, listBuiltins } from "./containers.js";
import { conversionBuiltins } from "./conversion.js";
import { filesystemBuiltins } from "./filesystem.js";
import { introspectionBuiltins } from "./introspection.js";
import { jsonBuiltins } from "./json.js";
import { networkBuiltins, parsingBuiltins } from "./network.js";
import { characterBuiltins, stringBuiltins } from "./strings.js";
import { posixBuiltins, systemBuiltins } from "./system.js";
import { templateBuiltins } from "./templates.js";

export const builtins: readonly Builtin[] = [
  ...conversionBuiltins,
  ...stringBuiltins,
  ...characterBuiltins,
  ...listBuiltins,
  ...dictBuiltins,
  ...filesystemBuiltins,
  ...systemBuiltins,
  ...bitBuiltins,
  ...parsingBuiltins,
  ...introspectionBuiltins,
  ...networkBuiltins,
  ...posixBuiltins,
  ...chalkBuiltins,
  ...templateBuiltins,
  ...jsonBuiltins,
];
