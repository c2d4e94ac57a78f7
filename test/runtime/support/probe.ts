/**
 * A small program around `createHost()`, compiled by the tests that need the real executable: most of `runtime/host/` behaves differently there
 * than under Node. `probe COMMAND ARGUMENTS…`; data is printed as JSON unless the command runs another program.
 */
import { createHost } from "../../../runtime/host/create.js";
import { HostError } from "../../../runtime/host/host.js";

const host = createHost();
const { control, processes, terminal } = host;
const [command = "", ...rest] = processes.argv;
const print = (value: unknown) => terminal.write(1, `${JSON.stringify(value)}\n`);

const commands: Readonly<Record<string, () => void | Promise<void>>> = {
  nothing() {},
  identity() {
    print({
      executable: processes.executable,
      launch: processes.launch,
      argv: processes.argv,
      calledAs: processes.calledAs,
      monotonic: host.clock.monotonic(),
      canReplace: control.canReplace,
    });
  },
  replace() {
    print({ failure: control.replace(rest[0]!, rest, processes.environment()) });
  },
  detached() {
    const pid = control.spawnDetached(rest[0]!, rest, { MARK: "1" }, "from the parent");
    terminal.write(1, `${pid}\n`);
  },
  /** A detached process, then the program in our place: what `exec` does. */
  both() {
    control.spawnDetached(processes.launch[0]!, [...processes.launch, "sleeper"], {}, "state");
    control.replace(rest[0]!, rest, processes.environment());
  },
  async sleeper() {
    const text = new TextDecoder().decode(terminal.readAll());
    await host.clock.sleep(300);
    terminal.write(1, `sleeper got ${text}\n`);
  },
  failing() {
    try {
      control.spawnDetached("/nonexistent", ["x"], {});
    } catch (error) {
      print({ code: (error as HostError).code, isHostError: error instanceof HostError });
    }
  },
  async program() {
    const child = control.startProgram(rest[0]!, rest, processes.environment());
    for (const signal of [2, 15]) control.onSignal(signal, (number) => child.kill(number));
    const status = await child.exited;
    processes.exit(status);
  },
  hops() {
    print(host.network.probeHops(rest[0]!, Number(rest[1]), Number(rest[2])) ?? null);
  },
  /** Several programs at once, each with the time limit that comes first. */
  async aside() {
    const [limit, ...scripts] = rest;
    const timeout = Number(limit);
    const outcomes = await Promise.all(scripts.map((script) => processes.runAside("/bin/sh", ["-c", script], { timeout })));
    const missing = await processes.runAside("/nonexistent", []);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    print(
      [...outcomes, missing].map(({ status, stdout, stderr, failure }) => [status, text(stdout), text(stderr), failure ?? null]),
    );
  },
  /** `request URL [TIMEOUT]` */
  async request() {
    const timeout = Number(rest[1] ?? 60_000);
    const wanted = { method: "POST", url: rest[0]!, headers: { "X-Test": "1" }, body: "hello", timeout };
    const outcome = async (action: () => unknown) => {
      try {
        const answer = (await action()) as { status: number; headers: Record<string, string>; body: Uint8Array };
        return { status: answer.status, type: answer.headers["content-type"], body: new TextDecoder().decode(answer.body) };
      } catch (error) {
        return { code: (error as HostError).code };
      }
    };
    print([await outcome(() => host.network.request(wanted)), await outcome(() => host.network.requestSync(wanted))]);
    processes.exit(0);
  },
  /** `https URL [FILE]`: FILE holds the only trusted certificates. */
  async https() {
    const trust = rest[1] === undefined ? {} : { trust: host.files.readText(rest[1]) };
    const wanted = { method: "GET", url: rest[0]!, headers: {}, timeout: 60_000, ...trust };
    try {
      print([(await host.network.request(wanted)).status, host.network.requestSync(wanted).status]);
    } catch (error) {
      print({ code: (error as HostError).code });
    }
    processes.exit(0);
  },
  network() {
    print({ local: host.network.localAddressTowards(rest[0]!), addresses: host.network.interfaceAddresses() });
  },
  attributes() {
    host.files.copyAttributes(rest[0]!, rest[1]!);
  },
  growth() {
    control.expectGrowth();
    // Each region is followed by its facts; the flag "hg" is what was asked for.
    const regions = host.files.readText("/proc/self/smaps").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    print({ large: regions.filter((region) => /^VmFlags:.* hg\b/m.test(region)).map((region) => region.split("\n")[0]) });
  },
  async memory() {
    control.setPriority(7);
    control.releaseMemory();
    print({ resident: control.residentMemory(), nice: host.files.readText("/proc/self/stat").split(") ")[1]!.split(" ")[16] });
  },
  run() {
    const merged = processes.run("sh", ["-c", "echo a; echo b >&2; echo c; exit 3"], { merge: true });
    const timed = processes.run("sleep", ["5"], { timeout: 100 });
    const killed = processes.run("sh", ["-c", "kill -9 $$"]);
    const missing = processes.run("/nonexistent/x", []);
    const fed = processes.run("cat", [], { input: "in" });
    print({
      merged: [merged.status, new TextDecoder().decode(merged.stdout)],
      timed: [timed.status, timed.failure],
      killed: killed.status,
      missing: missing.failure,
      fed: new TextDecoder().decode(fed.stdout),
    });
  },
};

await commands[command]?.();
