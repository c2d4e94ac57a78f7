/**
 * Making an image start through chalk (`docker.md` 8, 9): from the effective ENTRYPOINT and CMD to the instructions that are added at the end of the target
 * stage, or the reason why the image is left as it is.
 */
import { type Effective, type EffectiveCommand, isRoot } from "./effective.js";

/** How chalk is started in the image (10.7). */
export const plainLaunch: readonly string[] = ["/chalk"];
/** The same, in images that get the loader and libraries. */
export const loaderLaunch: readonly string[] = ["/chalk.d/ld", "--library-path", "/chalk.d", "/chalk"];

export interface WrapSettings {
  readonly wrapCmd: boolean;
  readonly commandNameFromArguments: boolean;
  /** Arguments for the preparation for post-exec; undefined: none is wanted. */
  readonly preparation: readonly string[] | undefined;
  readonly logFormat: "plain" | "json";
}

export interface WrapPlan {
  /** The vector was there already: only binary and ONBUILD lines are added. */
  readonly alreadyWrapped: boolean;
  /** Instructions after the one that copies the binary. Throws `NotWrapped`. */
  readonly instructions: (launch: readonly string[]) => readonly string[];
}

/** Why an image is not wrapped. */
export class NotWrapped extends Error {}

const sameList = (left: readonly string[] | undefined, right: readonly string[] | undefined): boolean =>
  left === right || (left !== undefined && right !== undefined && JSON.stringify(left) === JSON.stringify(right));

/** The vector that starts a program through `chalk exec`. Throws `NotWrapped` if its first element cannot name a program. */
export function execVector(original: readonly string[], launch: readonly string[] = plainLaunch): string[] {
  if (original.length === 0 || (original.length === 1 && original[0] === "")) return [...launch, "exec", "--"];
  const [first, ...rest] = original as readonly [string, ...string[]];
  if (first.trim() === "") throw new NotWrapped("the first element of its ENTRYPOINT is blank");
  return [...launch, "exec", "--exec-command-name", first, "--", ...rest];
}

const oldShellForm = /^\s*(?:exec\s+)?\/chalk exec /;

/**
 * The launch vector of a command that starts through chalk; undefined if it doesn't. `"text"`: in the shell form of old releases.
 * @param least how many elements must follow "exec"
 */
function launchOf(command: EffectiveCommand, least: 0 | 1): readonly string[] | "text" | undefined {
  const { command: given } = command;
  if (given.form === "shell") return oldShellForm.test(given.value) ? "text" : undefined;
  for (const launch of [plainLaunch, loaderLaunch])
    if (given.value.length > launch.length + least && sameList(given.value.slice(0, launch.length + 1), [...launch, "exec"]))
      return launch;
  return given.value.length > 1 && oldShellForm.test(given.value[given.value.length - 1] as string) ? "text" : undefined;
}

/** The vector that docker makes of a command; `emptyIsNone`: the legacy builder drops empty shell forms. */
function vectorOf({ command, shell }: EffectiveCommand, emptyIsNone: boolean): readonly string[] {
  if (command.form === "exec") return command.value;
  if (command.value === "" && emptyIsNone) return [];
  if (shell === undefined)
    throw new NotWrapped(
      "its ENTRYPOINT is in shell form, and the base image, which decides about the shell, cannot be inspected",
    );
  return [...shell, command.value];
}

/** The instruction that sets the same CMD again; `emptyIsNone` as above. */
function restatedCmd(
  { command, shell }: EffectiveCommand,
  finalShell: readonly string[] | undefined,
  emptyIsNone: boolean,
): string {
  if (command.form === "exec") return `CMD ${JSON.stringify(command.value)}`;
  if (sameList(shell, finalShell) && !/[\\`]$/.test(command.value)) return `CMD ${command.value}`.trimEnd();
  if (command.value === "" && emptyIsNone) return "CMD []";
  if (shell === undefined)
    throw new NotWrapped("its CMD is in shell form, and the base image, which decides about the shell, cannot be inspected");
  return `CMD ${JSON.stringify([...shell, command.value])}`;
}

const internalFlags = (logFormat: string): string[] => [
  "--no-use-embedded-config",
  "--no-use-external-config",
  `--log-format=${logFormat}`,
];

/** `ONBUILD` lines: none if the user, who must be restored, isn't known. */
function onBuildLines(user: string | undefined, settings: WrapSettings, launch: readonly string[]): string[] {
  if (user === undefined) return [];
  const run = `ONBUILD RUN ${JSON.stringify([...launch, ...internalFlags(settings.logFormat), "__", "onbuild"])}`;
  return isRoot(user) ? [run] : ["ONBUILD USER 0:0", run, `ONBUILD USER ${user}`];
}

function preparationLines(user: string | undefined, settings: WrapSettings, launch: readonly string[]): string[] {
  if (settings.preparation === undefined || user === undefined) return [];
  const run = `RUN ${JSON.stringify([...launch, ...internalFlags(settings.logFormat), ...settings.preparation])}`;
  return isRoot(user) ? [run] : ["USER 0:0", run, `USER ${user}`];
}

/**
 * Decides how an image is wrapped. Throws `NotWrapped` with the reason if it isn't.
 * @param target index of the target stage
 * @param buildKit false: the legacy builder builds
 */
export function planWrapping(image: Effective, target: number, buildKit: boolean, settings: WrapSettings): WrapPlan {
  const { entrypoint, cmd, user } = image;
  if (!settings.commandNameFromArguments) throw new NotWrapped("exec.command_name_from_args is false");
  if (entrypoint === "unknown") throw new NotWrapped("its base image, which may set an ENTRYPOINT, cannot be inspected");
  if (entrypoint === undefined && cmd === undefined) throw new NotWrapped("it has neither ENTRYPOINT nor CMD");
  if (cmd === "unknown") throw new NotWrapped("its base image, which may set a CMD, cannot be inspected");
  const before = entrypoint === undefined ? launchOf(cmd as EffectiveCommand, 0) : launchOf(entrypoint, 1);
  if (entrypoint === undefined && before === undefined && !settings.wrapCmd)
    throw new NotWrapped("it has only a CMD, and docker.wrap_cmd is false");
  const frame = (launch: readonly string[], commands: readonly string[]): readonly string[] => [
    ...onBuildLines(user, settings, launch),
    ...commands,
    ...preparationLines(user, settings, launch),
  ];
  const restated = cmd === undefined ? [] : [cmd];
  const commands = (launch: readonly string[]): string[] => {
    if (before !== undefined) {
      // Old shell forms and CMDs name /chalk itself; only a vector can be given another launch.
      if (before === "text" || entrypoint === undefined || sameList(before, launch)) return [];
      const vector = (entrypoint.command.value as readonly string[]).slice(before.length);
      return [
        `ENTRYPOINT ${JSON.stringify([...launch, ...vector])}`,
        ...restated.map((command) => restatedCmd(command, image.shell, !buildKit)),
      ];
    }
    const vector = entrypoint === undefined ? [] : vectorOf(entrypoint, !buildKit);
    const keepsOwnCmd = entrypoint === undefined && cmd?.stage === target;
    return [
      `ENTRYPOINT ${JSON.stringify(execVector(vector, launch))}`,
      ...(keepsOwnCmd ? [] : restated.map((command) => restatedCmd(command, image.shell, !buildKit))),
    ];
  };
  return { alreadyWrapped: before !== undefined, instructions: (launch) => frame(launch, commands(launch)) };
}

/** Do two platforms' images start alike, as far as wrapping sees it? */
export function startsAlike(left: Effective, right: Effective): boolean {
  return JSON.stringify([left.entrypoint, left.cmd, left.shell]) === JSON.stringify([right.entrypoint, right.cmd, right.shell]);
}
