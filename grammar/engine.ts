/**
 * What stands under the grammar rules. They are written in Chevrotain's notation (`RULE`, `CONSUME`, `SUBRULE`, `MANY`, …), and a test puts Chevrotain's
 * own parser class here, which records the rules and checks the grammar. To read a file nothing of it is needed: every choice is made by our own look at the
 * next tokens (`parser-base.ts`), so that no program loads Chevrotain, whose modules alone take as long to evaluate as a file of some thousand lines to parse.
 */
import type { EmbeddedActionsParser } from "chevrotain";

class Reading {
  /** The rules are being recorded, not read by. */
  readonly RECORDING_PHASE: boolean = false;

  /** Something that must not happen while rules are recorded. */
  ACTION<R>(action: () => R): R {
    return action();
  }
}

/** As far as types go it is Chevrotain's class; what is missing is called while rules are recorded only. */
export const Engine = Reading as unknown as typeof EmbeddedActionsParser;
