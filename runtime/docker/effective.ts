/**
 * How the image that a Dockerfile builds starts (`docker.md` 4.6, 7.4): ENTRYPOINT, CMD, SHELL and USER by docker's own rules, from the base image through
 * the stages to the target. A base image that cannot be inspected leaves open what it alone could tell, and only that.
 */
import { DockerfileError, readInstructions } from "./dockerfile/lines.js";
import { type Command, type Setting, type Stage, settingOf, type User } from "./dockerfile/stages.js";

/** What inspection tells about a base image. Undefined members: not set. */
export interface BaseConfig {
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  readonly shell?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly onBuild?: readonly string[] | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** ENTRYPOINT or CMD with the shell in force where it was written; the shell is undefined if nobody knows it. */
export interface EffectiveCommand {
  readonly command: Command;
  readonly shell: readonly string[] | undefined;
  /** Which stage wrote it; undefined: the base image. */
  readonly stage: number | undefined;
}

export interface Effective {
  /** Undefined: the image has none. `unknown`: only the base image could tell. */
  readonly entrypoint: EffectiveCommand | "unknown" | undefined;
  readonly cmd: EffectiveCommand | "unknown" | undefined;
  /** In force at the end of the target stage. */
  readonly shell: readonly string[] | undefined;
  /** Undefined: not known. */
  readonly user: string | undefined;
}

const defaultShell: readonly string[] = ["/bin/sh", "-c"];

/** A user who can be named on a line of our own; other texts, which base images are free to hold, count as unknown. */
function restatable(user: string | undefined): string | undefined {
  return user === undefined || /[\s"'`$\\\p{Cc}]/u.test(user) ? undefined : user;
}

/** The shell that a base image brings; undefined if it couldn't be inspected. */
function shellOfBase(base: BaseConfig | undefined): readonly string[] | undefined {
  if (base === undefined) return undefined;
  return base.shell === undefined || base.shell.length === 0 ? defaultShell : base.shell;
}

/** The triggers of a base image, which run as the first instructions of the stage. */
function triggersOf(base: BaseConfig | undefined, expandUser: (text: string) => User): Setting[] {
  return (base?.onBuild ?? []).flatMap((line) =>
    readInstructions(line).instructions.flatMap(({ keyword, text }) => settingOf(keyword, text, expandUser) ?? []),
  );
}

/**
 * Evaluates a chain of stages.
 * @param chain from `ancestry`
 * @param base configuration of the base image; empty for `scratch`; undefined if it cannot be inspected
 */
export function effective(chain: readonly Stage[], base: BaseConfig | undefined): Effective {
  let entrypoint: EffectiveCommand | undefined;
  let cmd: EffectiveCommand | undefined;
  let user: User | undefined;
  let shell = shellOfBase(base);
  for (const [i, stage] of chain.entries()) {
    let ownEntrypoint: EffectiveCommand | undefined;
    let ownCmd: EffectiveCommand | undefined;
    const triggers = i === 0 ? triggersOf(base, (text) => ({ text, resolved: !text.includes("$") })) : [];
    for (const [position, setting] of [...triggers, ...stage.settings].entries()) {
      const origin = position < triggers.length ? undefined : stage.index;
      if (setting.kind === "shell") shell = setting.shell;
      else if (setting.kind === "user") user = setting.user;
      else if (setting.kind === "cmd") ownCmd = { command: setting.command, shell, stage: origin };
      else ownEntrypoint = { command: setting.command, shell, stage: origin };
    }
    if (ownEntrypoint !== undefined) {
      entrypoint = ownEntrypoint;
      cmd = undefined;
    }
    cmd = ownCmd ?? cmd;
  }
  const fromBase = (list: readonly string[] | undefined): EffectiveCommand | undefined =>
    list === undefined ? undefined : { command: { form: "exec", value: list }, shell: undefined, stage: undefined };
  const found = { entrypoint: entrypoint !== undefined, cmd: cmd !== undefined };
  const userText = restatable(
    user === undefined ? (base === undefined ? undefined : (base.user ?? "")) : user.resolved ? user.text : undefined,
  );
  if (base === undefined)
    return { entrypoint: entrypoint ?? "unknown", cmd: found.entrypoint || found.cmd ? cmd : "unknown", shell, user: userText };
  return {
    entrypoint: entrypoint ?? fromBase(base.entrypoint),
    cmd: found.entrypoint || found.cmd ? cmd : fromBase(base.cmd),
    shell,
    user: userText,
  };
}

/** Does the user have all rights (`docker.md` 9.1)? */
export function isRoot(user: string): boolean {
  return ["", "root", "0"].includes(user.split(":")[0] as string);
}

export { DockerfileError };
