/**
 * A Docker engine of a test's own: private socket, data and processes, no network, nothing pulled; base images are imported from directories. It needs root
 * and Debian's docker.io, and is only started if asked for (CHALK_TEST_ENGINE=1), since it takes seconds and disk space.
 *
 *     const started = await startEngine();
 *     if (typeof started === "string") …   // why there is none
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { until } from "./sandbox.js";

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which builder builds: the engine's old one, or BuildKit, which the client of docker.io 20.10 speaks without the buildx plugin. */
export type Builder = "classic" | "buildkit";

const busybox = ["/bin/busybox", "/usr/bin/busybox"].find(existsSync);

/** Why no engine can be started here; undefined if one may. */
function hindrance(): string | undefined {
  if (process.env["CHALK_TEST_ENGINE"] !== "1") return "CHALK_TEST_ENGINE=1 is not set";
  if (process.getuid?.() !== 0) return "not root";
  if (busybox === undefined) return "no busybox-static";
  if (spawnSync("setpriv", ["--version"]).status !== 0) return "no setpriv";
  return spawnSync("dockerd", ["--version"]).status === 0 ? undefined : "no dockerd";
}

/** Removes an engine's directory, also if the engine left something mounted there. */
function remove(home: string): void {
  const mounted = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .filter((path) => path.startsWith(`${home}/`));
  for (const path of mounted.reverse()) spawnSync("umount", ["-l", path]);
  try {
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
  } catch (error) {
    console.log(`${home} stays: ${(error as Error).message}`);
  }
}

export class OwnEngine {
  readonly home: string;
  readonly socket: string;
  /** The client that builds with BuildKit; undefined if none can. */
  readonly buildkitClient: string | undefined;
  readonly #daemon: ChildProcess;

  constructor(home: string, daemon: ChildProcess) {
    this.home = home;
    this.socket = `unix://${home}/docker.sock`;
    this.#daemon = daemon;
    const clients = (process.env["PATH"] ?? "").split(":").map((directory) => join(directory, "docker"));
    this.buildkitClient = clients.filter(existsSync).find((client) => {
      const words = ["build", "-q", "-f", "-", mkdtempSync(join(home, "empty-"))];
      const env = { ...process.env, DOCKER_HOST: this.socket, DOCKER_BUILDKIT: "1" };
      return spawnSync(client, words, { env, input: "FROM scratch\nLABEL a=b\n" }).status === 0;
    });
  }

  /** What chalk and docker need in their environment to use this engine with a builder. */
  environment(builder: Builder = "classic"): Record<string, string> {
    const client = builder === "buildkit" ? this.buildkitClient : undefined;
    const path = client === undefined ? "" : `${dirname(client)}:`;
    return {
      DOCKER_HOST: this.socket,
      DOCKER_BUILDKIT: builder === "buildkit" ? "1" : "0",
      PATH: `${path}${process.env["PATH"]}`,
    };
  }

  /** Runs docker to its end, whatever that is. */
  try(words: readonly string[], builder?: Builder): Ran {
    return spawnSync("docker", words, { encoding: "utf8", env: { ...process.env, ...this.environment(builder) } });
  }

  /** Runs docker, which must succeed; its output. */
  docker(words: readonly string[], builder?: Builder): string {
    const { status, stdout, stderr } = this.try(words, builder);
    if (status !== 0) throw new Error(`docker ${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Makes an image of a directory. */
  import(tag: string, directory: string, ...changes: readonly string[]): void {
    const words = ["docker", "import", ...changes.flatMap((change) => ["-c", change]), "-", tag];
    const { status, stderr } = spawnSync("sh", ["-c", 'tar -C "$0" -c . | "$@"', directory, ...words], {
      encoding: "utf8",
      env: { ...process.env, ...this.environment() },
    });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  }

  /** `base:1`: busybox with its programs, a user `web`, CMD sh. */
  importBusybox(): void {
    const root = mkdtempSync(join(this.home, "busybox-"));
    for (const folder of ["bin", "etc", "home/web", "root", "tmp"]) mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(busybox!, join(root, "bin/busybox"));
    const users = "root:x:0:0::/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\n";
    const script = `cd "$0/bin" && for name in $(./busybox --list); do [ -e $name ] || ln -s busybox $name; done; printf '${users}' > ../etc/passwd; chown 1000 ../home/web`;
    spawnSync("sh", ["-c", script, root]);
    this.import("base:1", root, 'CMD ["sh"]');
  }

  /** `glibc:1`: a few programs of this machine with the libraries they need, as a small Debian would have them. */
  importGlibc(): void {
    const root = mkdtempSync(join(this.home, "glibc-"));
    const programs = ["sh", "sleep", "cat", "id", "echo"].map((name) => {
      const found = spawnSync("sh", ["-c", `readlink -f "$(command -v ${name} || echo /bin/${name})"`], { encoding: "utf8" });
      const path = found.stdout.trim();
      return { name, path: existsSync(path) ? path : `/bin/${name}` };
    });
    const libraries = new Set(
      programs.flatMap(({ path }) =>
        [...spawnSync("ldd", [path], { encoding: "utf8" }).stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!),
      ),
    );
    for (const name of ["libm.so.6", "libpthread.so.0", "libdl.so.2"]) {
      const beside = [...libraries].find((path) => path.endsWith("/libc.so.6"));
      if (beside !== undefined && existsSync(join(dirname(beside), name))) libraries.add(join(dirname(beside), name));
    }
    for (const folder of ["usr/bin", "etc", "root"]) mkdirSync(join(root, folder), { recursive: true });
    symlinkSync("usr/bin", join(root, "bin"));
    for (const { name, path } of programs) copyFileSync(path, join(root, "usr/bin", name));
    for (const path of libraries) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      copyFileSync(path, join(root, path));
      chmodSync(join(root, path), 0o755);
    }
    this.import("glibc:1", root, "ENV PATH=/usr/bin:/bin");
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#daemon.on("exit", done));
    this.#daemon.kill("SIGTERM");
    await ended;
    remove(this.home);
  }
}

/** Starts an engine; the reason if that isn't possible. */
export async function startEngine(): Promise<OwnEngine | string> {
  const missing = hindrance();
  if (missing !== undefined) return missing;
  let reason = "";
  // The socket's path must be short. Layers that share files are fast; where the file system cannot do that, plain copies do.
  for (const driver of ["overlay2", "vfs"]) {
    const home = mkdtempSync("/tmp/chalk-engine-");
    const log = openSync(join(home, "log"), "w");
    const words = [
      `--storage-driver=${driver}`,
      "--iptables=false",
      "--ip6tables=false",
      "--bridge=none",
      `--data-root=${home}/data`,
      `--exec-root=${home}/exec`,
      `--pidfile=${home}/pid`,
      "-H",
      `unix://${home}/docker.sock`,
    ];
    // A test that is killed takes its engine along.
    const daemon = spawn("setpriv", ["--pdeathsig", "TERM", "dockerd", ...words], { stdio: ["ignore", log, log] });
    const env = { ...process.env, DOCKER_HOST: `unix://${home}/docker.sock` };
    try {
      await until(
        "the engine answers",
        () => daemon.exitCode !== null || spawnSync("docker", ["version"], { env }).status === 0,
        180,
      );
      if (daemon.exitCode === null) return new OwnEngine(home, daemon);
    } catch {
      daemon.kill("SIGKILL");
    }
    // Engines need more rights than a container of a CI may have.
    reason = `dockerd doesn't start: ${readFileSync(join(home, "log"), "utf8").trim().split("\n").at(-1)}`;
    remove(home);
  }
  return reason;
}
