/**
 * Capability policies (`builtins.md` 0.5): which classes of builtins really run under which circumstances. `run` is the real thing, `trial` evaluates a
 * candidate configuration without touching anything, `lint` has no host at all, `fold` computes constants at compile time.
 */
import type { Capability } from "../../compiler/context.js";

export type PolicyName = "run" | "trial" | "lint" | "fold";

const lintClasses: readonly Capability[] = ["pure", "config-read", "config-write"];

const allowed: Readonly<Record<Exclude<PolicyName, "run">, ReadonlySet<Capability>>> = {
  trial: new Set<Capability>([...lintClasses, "env-read", "volatile", "fs-read"]),
  lint: new Set(lintClasses),
  fold: new Set<Capability>(["pure"]),
};

/** The first class that the policy doesn't allow; undefined if it allows them all. */
export function deniedClass(
  policy: PolicyName,
  classes: readonly Capability[],
  also: ReadonlySet<Capability> = new Set(),
): Capability | undefined {
  return policy === "run" ? undefined : classes.find((name) => !allowed[policy].has(name) && !also.has(name));
}
