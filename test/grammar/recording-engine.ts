/** In place of `grammar/engine.ts`: the parser class of Chevrotain, which records and checks the rules. */
export { EmbeddedActionsParser as Engine } from "chevrotain";
