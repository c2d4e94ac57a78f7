/**
 * The `network` collector (`collection.md` 3): the first routers towards addresses that the configuration names; nothing is sent when it names none. Where we may
 * not send probes ourselves, the system's `ping` does, all at the same time, so that a report waits little more than a second.
 */
import { DictValue } from "../values.js";
import { collectTable } from "./tables.js";
import type { CollectContext, Collector } from "./types.js";

/** Whatever happens, the report goes on after that many milliseconds. */
const overallLimit = 2_000;
/** For one probe of our own. */
const defaultPatience = 10;
const mostHops = 30;
const mostProbes = 64;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?=\d)|$)){4}$/;

/** Each argument is `DESTINATION HOP`; what ping says comes out in one piece, after a line that repeats the argument. The payload is `chalk`. */
const script = `for probe; do
  { said=$(LC_ALL=C ping -n -c 1 -W 1 -w 1 -s 5 -p 6368616c6b -t "\${probe#* }" "\${probe% *}" 2>/dev/null); printf '@%s\\n%s\\n' "$probe" "$said"; } &
done
wait`;

interface Probe {
  readonly destination: string;
  readonly hop: number;
}

/** Destinations and how many hops to ask for. */
function destinations(context: CollectContext): Map<string, number> {
  const configured = context.settings.value("network.partial_traceroute_ips");
  const found = new Map<string, number>();
  if (!(configured instanceof DictValue)) return found;
  for (const [destination, hops] of configured.entries.values()) {
    if (typeof destination !== "string" || typeof hops !== "bigint" || hops < 1n) continue;
    if (ipv4.test(destination)) found.set(destination, Math.min(Number(hops), mostHops));
    else context.log("warn", `network.partial_traceroute_ips: '${destination}' is not an IPv4 address; skipped`);
  }
  return found;
}

/** Who answered a probe: the destination, or the router that dropped it. */
export function answerer(said: string): string {
  return /\bfrom (\d+\.\d+\.\d+\.\d+)\b/i.exec(said)?.[1] ?? "";
}

/** Answers by `DESTINATION HOP`, from probes of our own; undefined if we may not send any. */
function ownProbes(context: CollectContext, wanted: ReadonlyMap<string, number>): Map<string, string> | undefined {
  const { clock, network: net } = context.host;
  const perHop = Math.max(1, context.settings.int("network.partial_traceroute_timeout_ms", defaultPatience));
  const end = clock.monotonic() + overallLimit;
  const answers = new Map<string, string>();
  for (const [destination, hops] of wanted) {
    const left = Math.max(0, end - clock.monotonic());
    // Not so many that they could take longer than what is left.
    const found = net.probeHops(destination, Math.min(hops, Math.floor(left / perHop)), perHop);
    if (found === undefined) return undefined;
    for (const [i, address] of found.entries()) answers.set(`${destination} ${i + 1}`, address);
  }
  return answers;
}

/** The same, from the system's `ping`. */
function pings(context: CollectContext, wanted: ReadonlyMap<string, number>): Map<string, string> {
  const probes = [...wanted].flatMap(([destination, hops]) =>
    Array.from({ length: hops }, (_, i): Probe => ({ destination, hop: i + 1 })),
  );
  const words = probes.slice(0, mostProbes).map(({ destination, hop }) => `${destination} ${hop}`);
  const result = context.host.processes.run("sh", ["-c", script, "sh", ...words], { timeout: overallLimit });
  const answers = new Map<string, string>();
  for (const part of new TextDecoder().decode(result.stdout).split(/^@/m)) {
    const [probe = "", ...said] = part.split("\n");
    answers.set(probe, answerer(said.join("\n")));
  }
  return answers;
}

function trace(context: CollectContext): Map<string, readonly string[]> | undefined {
  const wanted = destinations(context);
  if (wanted.size === 0 || context.host.machine.uname().sysname !== "Linux") return undefined;
  const answers = ownProbes(context, wanted) ?? pings(context, wanted);
  const routes = new Map<string, readonly string[]>();
  for (const [destination, hops] of wanted) {
    const route = Array.from({ length: hops }, (_, i) => answers.get(`${destination} ${i + 1}`) ?? "");
    if (route.some((address) => address !== "")) routes.set(destination, route);
    else context.log("trace", `traceroute to ${destination}: nobody answered`);
  }
  return routes;
}

/** The `network` collector. */
export const network: Collector = {
  name: "network",
  collectHost(phase, context) {
    if (phase !== "post_run_keys") return new Map();
    return collectTable({ _NETWORK_PARTIAL_TRACEROUTE_IPS: trace }, context, context);
  },
};
