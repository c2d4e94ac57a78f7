/**
 * The program inside the test's own process, for commands that only print: real files below a temporary home, a terminal of any width that the test
 * reads back. Faster than a child process (`program.ts`), and the terminal can be made up.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "../../runtime/host/create.js";
import type { Host } from "../../runtime/host/host.js";
import { run } from "../../runtime/main.js";
import { shippedPath } from "./program.js";

export interface SessionOptions {
  /** Columns of the terminal on standard output; absent: no terminal. */
  readonly columns?: number;
  /** Text of the external configuration. */
  readonly config?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Looks for an external configuration as a run without flags does. */
  readonly external?: boolean;
}

export interface SessionResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home and working directory for sessions; removed when the process ends. */
export const sessionFolder: string = mkdtempSync(join(tmpdir(), "chalk-session-"));
process.on("exit", () => rmSync(sessionFolder, { recursive: true, force: true }));
mkdirSync(join(sessionFolder, "home"));

/** Puts a file into the working directory; returns its path. */
export function sessionFile(name: string, text: string): string {
  const path = join(sessionFolder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs `chalk ARGS`. Only the given environment is seen; the pager is off. */
export async function runSession(args: readonly string[], options: SessionOptions = {}): Promise<SessionResult> {
  const real = createHost();
  const written: Record<number, string> = { 1: "", 2: "" };
  const variables: Record<string, string> = { CI: "1", NO_COLOR: "1", ...options.environment };
  const flags =
    options.config !== undefined
      ? [`--config-file=${sessionFile("given.c4m", options.config)}`]
      : options.external === true
        ? []
        : ["--no-use-external-config"];
  const argv = [...flags, ...args];
  const host: Host = {
    ...real,
    terminal: {
      ...real.terminal,
      isTerminal: () => false,
      columns: (fd) => (fd === 1 ? options.columns : undefined),
      readAll: () => new TextEncoder().encode(options.input ?? ""),
      write: (fd, data) => {
        written[fd] += typeof data === "string" ? data : new TextDecoder().decode(data);
      },
    },
    processes: {
      ...real.processes,
      argv,
      calledAs: "chalk",
      cwd: () => sessionFolder,
      environment: () => variables,
      variable: (name) => variables[name],
      setVariable: (name, value) => {
        if (value === undefined) delete variables[name];
        else variables[name] = value;
      },
    },
    machine: { ...real.machine, home: () => join(sessionFolder, "home") },
  };
  const status = await run(host, shippedPath());
  return { status, stdout: written[1] as string, stderr: written[2] as string };
}
