/** Limits of a rotating log. */
import type { Parameters } from "../parameters.js";
import { SinkConfigurationError } from "../types.js";

export interface RotationLimits {
  /** Size in bytes beyond which the log is cut. */
  readonly max: number;
  /** At least so many bytes go at a time. */
  readonly cut: number;
}

const defaultMax = 10 * 1024 * 1024;
const smallestMax = 1024;

/** Reads `max` and `truncation_amount`. Throws a `SinkConfigurationError` for limits that make no sense. */
export function rotationLimits(parameters: Parameters): RotationLimits {
  const max = parameters.bytes("max", defaultMax);
  if (max < smallestMax) throw new SinkConfigurationError(`max is ${max} bytes; it must be at least ${smallestMax}`);
  const cut = parameters.bytes("truncation_amount", Math.floor(max / 4));
  if (cut >= max) throw new SinkConfigurationError(`truncation_amount (${cut} bytes) must be less than max (${max} bytes)`);
  return { max, cut };
}
