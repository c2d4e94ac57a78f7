/**
 * The whole program in a child process, for end-to-end tests: plain Node on the transpiled tree, with the shipped configuration prepared once per state of
 * the sources. HOME and working directory are temporary; nothing outside of them is touched.
 *
 *     const place = createPlace();                     // a directory with a home
 *     const result = runChalk(place, ["insert", "x"]); // status, stdout, stderr, reports
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { removeAtExit } from "./temporary.js";

/** The project's root (tests run there), and the transpiled tree that this file is part of. */
const root = process.cwd();
const transpiled = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;

function hashTree(directory: string, hash: ReturnType<typeof createHash>): void {
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) hashTree(path, hash);
    else hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  }
}

const ONE_HOUR = 3_600_000;

/** Removes what earlier states of the sources left behind. */
function forgetOld(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!/^chalk-shipped-[0-9a-f]{32}\.bin$/.test(name)) continue;
    const path = join(tmpdir(), name);
    try {
      if (Date.now() - statSync(path).mtimeMs > ONE_HOUR) rmSync(path, { force: true });
    } catch {
      // Somebody else removed it, or it's somebody else's.
    }
  }
}

let shipped: string | undefined;

/** Path of the prepared configuration; made if the sources have changed since somebody made it. */
export function shippedPath(): string {
  if (shipped !== undefined) return shipped;
  const hash = createHash("sha256");
  for (const folder of ["configs", "grammar", "compiler", "runtime"]) hashTree(join(root, folder), hash);
  const path = join(tmpdir(), `chalk-shipped-${hash.digest("hex").slice(0, 32)}.bin`);
  if (!existsSync(path)) {
    const temporary = `${path}.${process.pid}`;
    const module = (name: string) => JSON.stringify(pathToFileURL(join(transpiled, name)).href);
    const script = [
      `import { prepareShipped } from ${module("runtime/shipped/prepare.js")};`,
      `import { writeShipped } from ${module("runtime/shipped/shipped.js")};`,
      `import { createHost } from ${module("runtime/host/create.js")};`,
      "const host = createHost();",
      "const [folder, output, version] = host.processes.argv;",
      "host.files.write(output, writeShipped(prepareShipped(folder, version, host).contents));",
    ].join("\n");
    const file = `${temporary}.mjs`;
    writeFileSync(file, script);
    const made = spawnSync(process.execPath, [file, join(root, "configs"), temporary, version], { encoding: "utf8" });
    rmSync(file);
    if (made.status !== 0) throw new Error(`the shipped configuration could not be prepared:\n${made.stderr}`);
    renameSync(temporary, path);
    forgetOld();
  } else if (statSync(path).uid === process.getuid?.()) utimesSync(path, new Date(), new Date());
  shipped = path;
  return path;
}

/** A directory to work in, with a home of its own; removed when the test ends. */
export interface Place {
  readonly directory: string;
  readonly home: string;
  /** The script that is started as chalk. */
  readonly program: string;
}

export function createPlace(): Place {
  const base = mkdtempSync(join(tmpdir(), "chalk-e2e-"));
  removeAtExit(base);
  const [directory, home] = [join(base, "work"), join(base, "home")];
  mkdirSync(directory);
  mkdirSync(home);
  const program = join(base, "chalk.mjs");
  const main = pathToFileURL(join(transpiled, "runtime/main.js")).href;
  writeFileSync(program, `import { main } from ${JSON.stringify(main)};\nawait main(${JSON.stringify(shippedPath())});\n`);
  return { directory, home, program };
}

// biome-ignore lint/suspicious/noExplicitAny: reports are looked into freely
export type Report = Record<string, any>;

export interface ProgramResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Report objects that this run appended to the default log. */
  readonly reports: Report[];
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Text of the external configuration. */
  readonly config?: string;
}

const logOf = (place: Place): string => join(place.home, ".local/chalk/chalk.log");

/** A shell script for `exec` that goes on until the default log has grown: until its run has been reported. At most a minute. */
export function untilReported(place: Place): string {
  const size = `$(cat '${logOf(place)}' 2>/dev/null | wc -c)`;
  return `before=${size}; i=0; while [ ${size} = $before ] && [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done`;
}

function reportLines(place: Place): string[] {
  const log = logOf(place);
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
}

/** Runs chalk. Messages of all levels from `info` on are in `stderr`, as plain text. */
export function runChalk(place: Place, args: readonly string[], options: ProgramOptions = {}): ProgramResult {
  const before = reportLines(place).length;
  const words = [...args];
  if (options.config !== undefined) {
    const file = join(place.home, "test.c4m");
    writeFileSync(file, options.config);
    words.splice(0, 0, `--config-file=${file}`);
  } else words.splice(0, 0, "--no-use-external-config");
  const result = spawnSync(process.execPath, [place.program, "--log-level=info", "--skip-summary-report", ...words], {
    cwd: options.cwd ?? place.directory,
    env: { PATH: process.env.PATH ?? "", HOME: place.home, CI: "1", NO_COLOR: "1", ...options.environment },
    input: options.input ?? "",
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const reports = reportLines(place)
    .slice(before)
    .flatMap((line) => JSON.parse(line) as Report | Report[]);
  return { status: result.status, stdout: result.stdout, stderr: result.stderr, reports };
}
