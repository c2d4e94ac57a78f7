/**
 * The typed, read-only view of the evaluated configuration: what commands, collectors, reports and sinks use; nobody else reads the raw store
 * (DESIGN.md, data flow). A field that is absent falls back to its schema default, so that a stanza that no file opened cannot break the program
 * (`schema-language.md` 5.1).
 */
import type { Value } from "../values.js";

export interface Settings {
  /** The value in force at a dotted path, or the schema's default for it, or undefined. */
  value(path: string): Value | undefined;
  /** As `value`, converted; throws an internal error if the schema declares another type. The fallback serves fields without default. */
  bool(path: string, fallback?: boolean): boolean;
  int(path: string, fallback?: number): number;
  /** Full 64 bits. */
  bigint(path: string, fallback?: bigint): bigint;
  string(path: string, fallback?: string): string;
  strings(path: string, fallback?: readonly string[]): readonly string[];
  /** Milliseconds (fractions possible). */
  duration(path: string, fallback?: number): number;
  /** Bytes; an int field counts as bytes. */
  size(path: string, fallback?: number): number;
  /** A dict[string, string] field. */
  stringMap(path: string): ReadonlyMap<string, string>;
  /** Names of the sections directly below a path, in order of creation. */
  sections(path: string): readonly string[];
  /** Names of the attributes directly below a path, in order of creation (schema defaults that were applied included). */
  fields(path: string): readonly string[];
  /** Was there an assignment, override, parameter or flag (not just a default)? */
  isSet(path: string): boolean;
  exists(path: string): boolean;
  /** Is the section there, with all that is in it, surely as it was shipped? No if it was ever looked into. */
  isShipped(path: string): boolean;
  /** Calls a function that the configuration defines or refers to; undefined if there is none or it fails (logged, beginning with `what` it is for). */
  call(reference: Value, args: readonly Value[], what?: string): Value | undefined;
}
