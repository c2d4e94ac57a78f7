/** An image registry of a test's own: Debian's `docker-registry` on the loopback interface, with its data in a temporary directory. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { until } from "./sandbox.js";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}

/** Debian's `docker-registry` on the loopback interface. */
export class RealRegistry {
  readonly #home: string;
  readonly #server: ChildProcess;
  /** Host and port. */
  readonly name: string;

  private constructor(home: string, server: ChildProcess, name: string) {
    this.#home = home;
    this.#server = server;
    this.name = name;
  }

  /** The registry, or why there is none. */
  static async start(): Promise<RealRegistry | string> {
    if (spawnSync("docker-registry", ["--version"]).status !== 0) return "no docker-registry";
    let outcome: RealRegistry | string = "";
    // Somebody else may take the port before the registry does.
    for (let attempt = 0; attempt < 5; attempt++) {
      outcome = await RealRegistry.#try();
      if (outcome instanceof RealRegistry) break;
    }
    return outcome;
  }

  static async #try(): Promise<RealRegistry | string> {
    const home = mkdtempSync("/tmp/chalk-registry-");
    const name = `localhost:${await freePort()}`;
    const settings = `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${home}/data\nhttp:\n  addr: ${name}\n`;
    writeFileSync(join(home, "config.yml"), settings);
    const log = openSync(join(home, "log"), "w");
    const server = spawn("docker-registry", ["serve", join(home, "config.yml")], { stdio: ["ignore", log, log] });
    const registry = new RealRegistry(home, server, name);
    let answers = false;
    const asking = setInterval(
      () =>
        fetch(`http://${name}/v2/`).then(
          ({ headers }) => (answers = headers.has("docker-distribution-api-version")),
          () => false,
        ),
      50,
    );
    try {
      await until("the registry answers", () => answers || server.exitCode !== null, 180);
      if (server.exitCode === null) return registry;
      throw new Error("it has ended");
    } catch {
      await registry.stop();
      return "docker-registry doesn't answer";
    } finally {
      clearInterval(asking);
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#server.on("exit", done));
    if (this.#server.kill("SIGTERM")) await ended;
    rmSync(this.#home, { recursive: true, force: true });
  }
}
