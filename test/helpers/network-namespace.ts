/**
 * A network namespace of a test's own with addresses, routes and neighbours that the test knows, and sockets held by a Python program.
 *
 *     const made = makeNamespace("sockets");            // a namespace, or why there is none
 *     await made.hold(3);                               // sockets; see `program`
 *     made.run("ss", "-tan");                           // inside
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

const setUp = `
set -e
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up; ip link set v1 up
ip addr add 192.0.2.1/24 dev v0
ip addr add 2001:db8:1::1/64 dev v0 nodad
ip route add 198.51.100.0/24 via 192.0.2.254 dev v0 metric 77 advmss 1360
ip route add default via 192.0.2.254 dev v0
ip -6 route add 2001:db8:2::/48 via 2001:db8:1::2 dev v0 metric 1234
ip neigh add 192.0.2.254 lladdr 52:54:00:aa:bb:cc dev v0 nud permanent
`;

/** Link-local addresses come some time after their link is up, and are then tried out; before that nothing about the network stays as it is. */
const settle = `
i=0
while [ "$(ip -6 addr show scope link | grep -c inet6)" -lt 2 ] || [ "$(ip -6 addr show tentative | grep -c inet6)" -gt 0 ]; do
  i=$((i+1)); if [ $i -gt 600 ]; then echo "no link-local addresses" >&2; exit 1; fi
  sleep 0.1
done
`;

/** Runs until its standard input is closed. With it end the sockets, also when the test is killed. */
const program = (body: string): string => `
import resource, socket, sys
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
keep = []
${body}
print("ready", flush=True)
sys.stdin.read()
`;

export class NetworkNamespace {
  readonly name: string;
  readonly #release: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
    process.on("exit", () => {
      this.release();
      spawnSync("ip", ["netns", "del", name]);
    });
  }

  /** Runs a program inside. */
  run(...words: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    return spawnSync("ip", ["netns", "exec", this.name, ...words], { encoding: "utf8", maxBuffer: 1 << 28 });
  }

  /** Has a Python program keep sockets (in a list `keep`) until `release`; throws if it fails. `words` are its arguments. */
  async hold(body: string, ...words: readonly string[]): Promise<void> {
    const child = spawn("ip", ["netns", "exec", this.name, "python3", "-c", program(body), ...words], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#release.push(() => {
      child.kill("SIGKILL");
      child.stdin.destroy();
    });
    const isReady = await new Promise<boolean>((done) => {
      child.stdout.once("data", () => done(true));
      child.once("close", () => done(false));
    });
    if (!isReady) throw new Error("the program that holds sockets has ended");
  }

  /** Ends what holds sockets; it would keep the test's process alive. */
  release(): void {
    for (const end of this.#release.splice(0)) end();
  }
}

/** Makes a namespace that is ready for use; the reason if that isn't possible. It's removed when the process ends. */
export function makeNamespace(purpose: string): NetworkNamespace | string {
  if (spawnSync("python3", ["--version"]).status !== 0) return "no python3";
  const name = `chalk-${purpose}-${randomBytes(4).toString("hex")}`;
  const made = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (made.status !== 0) return made.stderr?.trim() || "no iproute2";
  const namespace = new NetworkNamespace(name);
  for (const script of [setUp, settle]) {
    const { status, stderr } = namespace.run("sh", "-c", script);
    if (status !== 0) return stderr.trim().split("\n").at(-1) || "no veth interfaces";
  }
  return namespace;
}
