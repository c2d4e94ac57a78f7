/**
 * What the property tests share. The seed is fixed, so that a run says something about the code and not about luck; `PROPERTY_SEED=N` takes another one and
 * `PROPERTY_RUNS=N` multiplies the number of cases. fast-check prints seed and smallest case of a failure.
 */
import type { Parameters } from "fast-check";

const seed = Number(process.env.PROPERTY_SEED ?? 20240517);
const factor = Number(process.env.PROPERTY_RUNS ?? 1);

/** Parameters of one property. */
export function runs<T>(count: number): Parameters<T> {
  return { seed, numRuns: Math.ceil(count * factor), endOnFailure: false };
}
