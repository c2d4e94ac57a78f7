/** What the property tests share: the fixed seed, and `PROPERTY_RUNS=N`, which multiplies the number of cases. */
import type { Parameters } from "fast-check";
import { seed } from "../helpers/reproducible.js";

const factor = Number(process.env.PROPERTY_RUNS ?? 1);

/** Parameters of one property. */
export function runs<T>(count: number): Parameters<T> {
  return { seed, numRuns: Math.ceil(count * factor), endOnFailure: false };
}
