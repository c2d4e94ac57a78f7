/**
 * Programs that give a Mach-O file a signature without a key (`marks-and-codecs.md` 11.1): Apple's `codesign`, else `rcodesign`. The file is signed under
 * a temporary name before it takes the place of the old one, so the name that enters the signature is handed over.
 */
import type { Host } from "../../host/host.js";
import type { AdHocSigner } from "../codec.js";

/** What signing needs of the host. */
export type AdHocPrograms = Pick<Host, "files" | "processes">;

const PROGRAMS: readonly (readonly [name: string, words: (path: string, identifier: string) => string[]])[] = [
  ["codesign", (path, identifier) => ["--force", "--sign", "-", "--identifier", identifier, path]],
  ["rcodesign", (path, identifier) => ["sign", "--binary-identifier", identifier, path]],
];
const TIMEOUT = 60_000;

function onPath({ files, processes }: AdHocPrograms, name: string): string | undefined {
  return (processes.variable("PATH") ?? "")
    .split(":")
    .map((folder) => `${folder === "" ? "." : folder}/${name}`)
    .find((path) => {
      try {
        return files.find(path)?.kind === "file" && files.canAccess(path, "execute");
      } catch {
        return false;
      }
    });
}

/** A signer that uses what is installed; it looks for the program when it is first used. Undefined result of `find`: there is none. */
export function adHocSigner(programs: AdHocPrograms): AdHocSigner | undefined {
  for (const [name, words] of PROGRAMS) {
    const program = onPath(programs, name);
    if (program === undefined) continue;
    return (path, identifier) => {
      const result = programs.processes.run(program, words(path, identifier), { timeout: TIMEOUT });
      if (result.failure === undefined && result.status === 0) return undefined;
      const output = new TextDecoder().decode(result.stderr).trim();
      return `${name} failed (${result.failure ?? `status ${result.status}`})${output === "" ? "" : `: ${output}`}`;
    };
  }
  return undefined;
}
