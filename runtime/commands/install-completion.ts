/**
 * Installing the completion script of bash where `install_completion_script` asks for it (`runtime-core.md` 1.7). The script carries a chalk mark, which
 * tells an up-to-date one from an old one. Nothing that goes wrong here may disturb the command: it is a warning.
 */
import type { Host } from "../host/host.js";
import { buildMark } from "../marks/build.js";
import { chalkIdOfHash, hexOfBytes } from "../marks/identifiers.js";
import { locateMark } from "../marks/locate.js";
import { validateMark } from "../marks/validate.js";
import { reasonOf } from "../reason.js";
import { type Chalk, commandOf } from "../start/chalk.js";
import { completionText } from "./completion.js";

/** They run in somebody else's environment, or are no commands of people. */
const never = /^(exec|docker|__)(\.|$)/;
const place = ".local/share/bash_completion/completions";
const name = "chalk.bash";

/** What shells read at their start, by system, and the lines that make them read the script. */
const shellFiles: Readonly<Record<string, { readonly file: string; readonly lines: (path: string) => readonly string[] }>> = {
  Linux: { file: ".bash_completion", lines: (path) => [`. ${path}`] },
  Darwin: {
    file: ".zshrc",
    lines: (path) => ["autoload -Uz compinit && compinit", "autoload -Uz bashcompinit && bashcompinit", `source ${path}`],
  },
};

const encode = (text: string) => new TextEncoder().encode(text);

function sha256(host: Host, data: Uint8Array): string {
  return hexOfBytes(host.hashing.digest("sha256", data));
}

/** The script with its mark, as the codec for scripts would write it. */
function marked(chalk: Chalk, script: string, hash: string): string {
  const artifact = new Map<string, string>([
    ["CHALK_ID", chalkIdOfHash(hash)],
    ["CHALK_VERSION", chalk.build.version],
    ["HASH", hash],
  ]);
  const order = ["MAGIC", "CHALK_ID", "CHALK_VERSION"];
  const orderOf = (key: string) => (order.includes(key) ? BigInt(order.indexOf(key)) : undefined);
  const mark = buildMark({ host: new Map(), artifact, uses: () => true, orderOf }, chalk.host.hashing);
  return `${script}# ${mark.text}\n`;
}

/** Is the file the script of this release, unharmed? */
function isCurrent(host: Host, path: string, script: string, hash: string): boolean {
  const bytes = host.files.readBytes(path);
  const mark = locateMark(bytes).found?.object;
  if (mark === undefined || mark.get("HASH") !== hash) return false;
  const unmarked = sha256(host, bytes.subarray(0, encode(script).length));
  return !validateMark(mark, { hashing: host.hashing, hash: unmarked, signable: false }).failed;
}

/** Makes shells read the script, by lines at the end of the file that they read. */
function connect(host: Host, home: string, path: string): void {
  const shell = shellFiles[host.machine.uname().sysname];
  if (shell === undefined) return;
  const file = `${home}/${shell.file}`;
  const text = host.files.find(file) === undefined ? "" : host.files.readText(file);
  const present = text.split("\n").map((line) => line.trim());
  const missing = shell.lines(path).filter((line) => !present.includes(line));
  if (missing.length > 0) host.files.append(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`);
}

function install(chalk: Chalk, home: string): void {
  const { host, logger } = chalk;
  const path = `${home}/${place}/${name}`;
  const script = completionText(chalk, "bash");
  const hash = sha256(host, encode(script));
  const exists = host.files.find(path) !== undefined;
  if (exists && isCurrent(host, path, script, hash)) return;
  host.files.makeDirectories(`${home}/${place}`);
  host.files.replace(path, marked(chalk, script, hash));
  if (!exists) connect(host, home, path);
  logger.info(`${path}: the completion script of bash is ${exists ? "brought up to date" : "installed"}`);
}

/** Installs the script if the configuration wants it and somebody sits at a terminal. */
export function installCompletion(chalk: Chalk): void {
  const { host, settings, logger } = chalk;
  if (!settings.bool("install_completion_script", false) || never.test(commandOf(chalk))) return;
  if (!host.terminal.isTerminal(0) || host.processes.variable("CHALK_BUILD") !== undefined) return;
  const home = host.machine.home();
  if (home === undefined) return;
  try {
    install(chalk, home.replace(/\/+$/, ""));
  } catch (error) {
    logger.warn(`the completion script cannot be installed: ${reasonOf(error)}`);
  }
}
