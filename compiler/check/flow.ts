/**
 * Whether every path through a function gives it a result (C4M-W007, `language.md` 5.6). Conditions and the number of rounds of a loop are not
 * known here: any branch may be taken, any loop may be skipped.
 */
import type { Block, FunctionDeclaration, Statement } from "../../grammar/ast.js";

/** State after statements: can their end be reached, and has `result` been set on every way there. */
interface Flow {
  readonly reachable: boolean;
  readonly isSet: boolean;
}

/** True if some path ends the function without a result. Only for functions that are not void. */
export function mayEndWithoutResult(declaration: FunctionDeclaration): boolean {
  let found = false;
  const onEnd = (isSet: boolean) => {
    if (!isSet) found = true;
  };
  const end = walkBlock(declaration.body, false, onEnd);
  if (end.reachable) onEnd(end.isSet);
  return found;
}

function walkBlock(block: Block, isSet: boolean, onEnd: (isSet: boolean) => void): Flow {
  let flow: Flow = { reachable: true, isSet };
  for (const item of block.items) {
    if (!flow.reachable) break;
    flow = walkStatement(item, flow, onEnd);
  }
  return flow;
}

function walkStatement(item: Statement, flow: Flow, onEnd: (isSet: boolean) => void): Flow {
  switch (item.kind) {
    case "return":
      onEnd(flow.isSet || item.value !== undefined);
      return { reachable: false, isSet: true };
    case "break":
    case "continue":
      return { reachable: false, isSet: true };
    case "set":
      return item.name.text === "result" ? { reachable: true, isSet: true } : flow;
    case "unpack":
      return item.names.some((name) => name.text === "result") ? { reachable: true, isSet: true } : flow;
    case "bad":
      return { reachable: true, isSet: true };
    case "for":
      walkBlock(item.body, flow.isSet, onEnd);
      return flow;
    case "section":
      return item.body === undefined ? flow : walkBlock(item.body, flow.isSet, onEnd);
    case "if": {
      const ends = item.branches.map((branch) => walkBlock(branch.body, flow.isSet, onEnd));
      ends.push(item.otherwise === undefined ? flow : walkBlock(item.otherwise, flow.isSet, onEnd));
      const open = ends.filter((end) => end.reachable);
      return { reachable: open.length > 0, isSet: open.every((end) => end.isSet) };
    }
    default:
      return flow;
  }
}
