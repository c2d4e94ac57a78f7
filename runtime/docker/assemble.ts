/** Putting the new Dockerfile together (`docker.md` 12): the user's lines as they are, with blocks of ours between comment lines. */
import type { Dockerfile } from "./dockerfile/stages.js";

const project = "image wrapping, see docs/guides/network-heartbeat.md";
// Without "=", so that no reader takes them for directives.
export const header = `# {{{ added by chalk - ${project}`;
export const pinHeader = `# {{{ pinned to specific digest by chalk - ${project}`;
export const footer = "# }}}";

export interface Additions {
  /** Stages that come first, each with its lines. */
  readonly helperStages: readonly (readonly string[])[];
  /** New image references of stages, by index. */
  readonly pins: ReadonlyMap<number, string>;
  /** Instructions at the end of the target stage. */
  readonly instructions: readonly string[];
}

/** Is there anything to add? */
export function hasAdditions({ helperStages, pins, instructions }: Additions): boolean {
  return helperStages.length > 0 || pins.size > 0 || instructions.length > 0;
}

/** The text of the new Dockerfile. */
export function assemble(dockerfile: Dockerfile, target: number, additions: Additions): string {
  const { lines, stages } = dockerfile;
  const out: string[] = [];
  const block = (head: string, content: readonly string[]): void => {
    while (out.length > 0 && (out[out.length - 1] as string).trim() === "") out.pop();
    out.push("", head, ...content, footer, "");
  };
  out.push(...lines.slice(0, (stages[0]?.start ?? 1) - 1));
  for (const stage of additions.helperStages) block(header, stage);
  for (const stage of stages) {
    const pin = additions.pins.get(stage.index);
    if (pin === undefined) out.push(...lines.slice(stage.start - 1, stage.end));
    else {
      const original = lines.slice(stage.start - 1, stage.fromEnd).map((line) => `# ${line}`);
      block(pinHeader, [...original, stage.withImage(pin)]);
      out.push(...lines.slice(stage.fromEnd, stage.end));
    }
    if (stage.index === target && additions.instructions.length > 0) block(header, additions.instructions);
  }
  const isBlank = (line: string | undefined): boolean => line !== undefined && line.trim() === "";
  while (isBlank(out[0])) out.shift();
  while (isBlank(out[out.length - 1])) out.pop();
  return `${out.join("\n")}\n`;
}

/** Content of an ignore file that lets our files through; undefined if it does so already (10.2). */
export function amendIgnoreFile(text: string): string | undefined {
  if (text.split("\n").includes(header)) return undefined;
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}\n${header}\n!*.chalk\n${footer}\n`;
}
