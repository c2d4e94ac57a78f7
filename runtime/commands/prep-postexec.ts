/**
 * `chalk __ prep_postexec` (`docker.md` 9.3): run while an image is built. Looks for the files whose use will be watched when containers of the image start,
 * and writes their paths into a file of the image. Both configurations are switched off for it, so settings that differ from the defaults come as words
 * (`scan_paths=/srv,/etc`). Whatever goes wrong is logged and no more: it must not break a build.
 */
import { prepareScan } from "../artifacts/scan.js";
import { HostError } from "../host/host.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { connectEngine } from "./engine.js";

const section = "exec.postexec.access_watch";

/** Values given as `NAME=VALUE`. */
function givenValues(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const equals = word.indexOf("=");
      return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** Paths of all files that one of the codecs claims; an empty list of codecs stands for all. */
function findFiles(chalk: Chalk, roots: readonly string[], codecs: readonly string[]): string[] {
  const operation = connectEngine(chalk).begin("extract");
  const scan = prepareScan(chalk, operation);
  if ("invalid" in scan) return [];
  const log = (text: string): void => chalk.logger.error(`prep_postexec: ${text}`);
  const reporter = { error: log, warn: log, missing: (path: string) => log(`${path} does not exist`), ourselves: () => false };
  const found = new Set<string>();
  for (const { artifact } of scan.artifacts(roots, reporter, false))
    if (artifact.path !== undefined && (codecs.length === 0 || codecs.includes(artifact.codec ?? ""))) found.add(artifact.path);
  return [...found];
}

/** Runs the command; the exit code is always 0. */
export function prepPostexec(chalk: Chalk): number {
  const { host, settings, logger } = chalk;
  const given = givenValues(commandArguments(chalk));
  const list = (name: string, standard: string): string[] => {
    const text = given.get(name);
    return text === undefined
      ? [...settings.strings(`${section}.${name}`, [standard])]
      : text.split(",").filter((item) => item !== "");
  };
  try {
    const paths = findFiles(chalk, list("scan_paths", "/"), list("scan_codecs", "certs"));
    const target = given.get("prep_tmp_path") ?? settings.string(`${section}.prep_tmp_path`, "/tmp/prep_postexec.txt");
    host.files.makeDirectories(target.slice(0, target.lastIndexOf("/")) || "/");
    host.files.write(target, paths.map((path) => `${path}\n`).join(""));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    logger.error(`prep_postexec: ${error.message}`);
  }
  return 0;
}
