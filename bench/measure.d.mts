/** Types of `measure.mjs`, for measurements in TypeScript. */
export interface Case {
  readonly command: readonly string[];
  readonly options?: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string };
  readonly before?: () => void;
}
export interface Measured {
  /** Milliseconds, median. */
  readonly wall: number;
  readonly best: number;
  /** MB. */
  readonly memory: number;
}
export function compare(
  cases: readonly Case[],
  options: { readonly runs: number; readonly withMemory?: boolean; readonly rest?: number },
): Measured[];
