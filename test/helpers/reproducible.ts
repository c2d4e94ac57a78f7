/**
 * Property tests try the same cases each time, so that a run says something about the code and not about luck. `PROPERTY_SEED=N` takes others; fast-check
 * prints seed and smallest case of a failure.
 */
import { configureGlobal } from "fast-check";

export const seed = Number(process.env.PROPERTY_SEED ?? 20240517);
configureGlobal({ seed });
