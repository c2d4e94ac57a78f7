/**
 * All commands: what runs them, and what they do when a configuration is broken (`runtime-core.md` 7.6). Each is loaded when it is called. A
 * command of the specification that isn't in this table says plainly that it isn't there yet.
 */
import type { Chalk } from "../start/chalk.js";

/** Runs a command; the result is the exit code. */
export type Command = (chalk: Chalk) => number | Promise<number>;

/** What a broken configuration means for a command: run without it, run the user's program without us, or refuse. */
export type WhenBroken = "continue" | "pass" | "refuse";

export interface CommandRow {
  readonly load: () => Promise<Command>;
  readonly whenBroken: WhenBroken;
  /** Its memory grows by tens of megabytes at once: it shall have large pages. */
  readonly grows?: true;
}

const row = (whenBroken: WhenBroken, load: () => Promise<Command>): CommandRow => ({ load, whenBroken });
const growing = (whenBroken: WhenBroken, load: () => Promise<Command>): CommandRow => ({ load, whenBroken, grows: true });

/** By dotted name. */
export const commands: Readonly<Record<string, CommandRow>> = {
  version: row("continue", async () => (await import("./version.js")).version),
  help: row("continue", async () => (await import("./help.js")).help),
  load: row("continue", async () => (await import("./load.js")).load),
  setup: row("refuse", async () => (await import("./setup.js")).setup),
  dump: row("continue", async () => (await import("./dump.js")).dump),
  "dump.params": row("continue", async () => (await import("./dump.js")).dumpParams),
  "dump.cache": row("continue", async () => (await import("./dump.js")).dumpCache),
  "dump.all": row("continue", async () => (await import("./dump.js")).dumpEverything),
  insert: row("refuse", async () => (await import("./insert.js")).insert),
  extract: row("refuse", async () => (await import("./extract.js")).extract),
  "extract.images": row("refuse", async () => (await import("./extract.js")).extractImages),
  "extract.containers": row("refuse", async () => (await import("./extract.js")).extractContainers),
  "extract.all": row("refuse", async () => (await import("./extract.js")).extractAll),
  delete: row("refuse", async () => (await import("./delete.js")).deleteMarks),
  env: row("refuse", async () => (await import("./env.js")).env),
  exec: row("pass", async () => (await import("./exec.js")).exec),
  docker: row("pass", async () => (await import("./docker.js")).docker),
  "__.onbuild": row("continue", async () => (await import("./onbuild.js")).onBuild),
  "__.prep_postexec": row("continue", async () => (await import("./prep-postexec.js")).prepPostexec),
  "__.reporter": row("continue", async () => (await import("./exec.js")).reporter),
  "__.selfcheck": row("refuse", async () => (await import("./selfcheck.js")).selfcheck),
  "config.lint": growing("continue", async () => (await import("./config/lint.js")).lint),
  "config.dump": growing("continue", async () => (await import("./config/dump.js")).dump),
  "config.fmt": growing("continue", async () => (await import("./config/format.js")).format),
  "config.ir": growing("continue", async () => (await import("./config/ir.js")).ir),
  "config.migrate": growing("continue", async () => (await import("./config/migrate.js")).migrate),
  config: row("continue", async () => (await import("./config/tables.js")).tables),
  "config.schema": row("continue", async () => (await import("./config/schema.js")).schema),
  "config.keys": row("continue", async () => (await import("./config/keys.js")).keys),
  "config.explain": growing("continue", async () => (await import("./config/explain.js")).explain),
  "config.diff": growing("continue", async () => (await import("./config/diff.js")).diff),
  docgen: row("continue", async () => (await import("./docgen.js")).docgen),
  completion: row("continue", async () => (await import("./completion.js")).completion),
  "report.show": growing("continue", async () => (await import("./report/show.js")).show),
  "report.html": growing("continue", async () => (await import("./report/html.js")).html),

  login: row("continue", async () => (await import("./retired.js")).retired),
  logout: row("continue", async () => (await import("./retired.js")).retired),
};
