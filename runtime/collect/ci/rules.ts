/** What the rules of the CI table are made of (`collection.md` 6): a rule gets the job's variables and gives the text of a key, or undefined. */
import type { CollectContext } from "../types.js";

export interface Job {
  readonly context: CollectContext;
  /** A variable of the environment; undefined if it is unset or empty. */
  variable(name: string): string | undefined;
  /** A property of the job from a file of the CI system (TeamCity). */
  property(name: string): string | undefined;
}

export type Rule = (job: Job) => string | undefined;

/** A variable; several: the first that is set. */
export const variable =
  (...names: readonly string[]): Rule =>
  (job) => {
    for (const name of names) {
      const value = job.variable(name);
      if (value !== undefined) return value;
    }
    return undefined;
  };

/** A property of the job. */
export const property =
  (name: string): Rule =>
  (job) =>
    job.property(name);

/** The first rule that gives something. */
export const either =
  (...rules: readonly Rule[]): Rule =>
  (job) => {
    for (const rule of rules) {
      const value = rule(job);
      if (value !== undefined) return value;
    }
    return undefined;
  };

/** The text of a rule, changed. */
export const changed =
  (rule: Rule, change: (text: string) => string | undefined): Rule =>
  (job) => {
    const value = rule(job);
    return value === undefined ? undefined : change(value);
  };

/** Texts one after another; undefined if a rule among them gives nothing. */
export const joined =
  (...parts: readonly (string | Rule)[]): Rule =>
  (job) => {
    let text = "";
    for (const part of parts) {
      const value = typeof part === "string" ? part : part(job);
      if (value === undefined) return undefined;
      text += value;
    }
    return text;
  };

/** A fixed text if a variable is set. */
export const when =
  (name: string, text: string): Rule =>
  (job) =>
    job.variable(name) === undefined ? undefined : text;

/** The same text for everybody. */
export const always =
  (text: string): Rule =>
  () =>
    text;

/** A URL without slashes at its end. */
export const withoutEndSlash = (text: string): string => text.replace(/\/+$/, "");

/** A branch as a full ref, unless it is one already. */
export const asBranchRef = (text: string): string => (text.startsWith("refs/") ? text : `refs/heads/${text}`);

/** The ref of a tag, if there is one, else that of a branch. */
export const tagOrBranch = (tag: string, branch: string): Rule =>
  either(joined("refs/tags/", variable(tag)), joined("refs/heads/", variable(branch)));
