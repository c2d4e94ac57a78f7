/**
 * Rights that are not the user's own (`builtins.md` 0.6): a program installed set-uid gives them up at once (`host/rights.ts`),
 * and runs no configurations: they would fare otherwise than where they were written.
 */
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import type { Host } from "../host/host.js";

/** Why this configuration may not be run by this process; undefined if it may. */
export function privilegeProblem(host: Pick<Host, "machine">, file: string): Diagnostic | undefined {
  const { machine } = host;
  const granted = machine.grantedUser();
  if (granted === undefined) return undefined;
  return diagnostic(
    "C4M-E023",
    { file, line: 1, col: 1, endLine: 1, endCol: 1 },
    `no configuration is run with the rights of another user: user ${machine.uid()} runs chalk as user ${granted}`,
    { hint: "take the set-uid bit off the executable" },
  );
}
