/** The network, as far as it is not an HTTP exchange: routing questions, names, datagrams. Every module is loaded by the call that needs it. */
import * as fs from "node:fs";
import { builtin, toHostError } from "./attempt.js";
import { clock } from "./clock.js";
import { request, requestSync } from "./exchange.js";
import type { Network } from "./host.js";
import { HostError } from "./host.js";
import { probeHops } from "./icmp.js";
import { libc } from "./libc.js";
import { dumpTcpSockets } from "./socket-dump.js";

const [inet, datagram, closeOnExec] = [2, 2, 0o2000000];

/** `struct sockaddr_in` for an address and port. */
function socketAddress(address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, inet, true);
  view.setUint16(2, port, false);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

/** Asks the kernel: a datagram socket that is "connected" has the address that packets would leave from, and sends none. */
function localAddressBySocket(native: NonNullable<ReturnType<typeof libc>>, address: string): string | undefined {
  const fd = native.call("socket", inet, datagram | closeOnExec, 0);
  if (fd < 0) return undefined;
  try {
    const target = socketAddress(address, 53);
    if (native.call("connect", fd, native.pointer(target), target.length) !== 0) return undefined;
    const own = new Uint8Array(16);
    const length = new Uint32Array([own.length]);
    if (native.call("getsockname", fd, native.pointer(own), native.pointer(length)) !== 0) return undefined;
    const text = own.subarray(4, 8).join(".");
    return text === "0.0.0.0" ? undefined : text;
  } finally {
    native.call("close", fd);
  }
}

const number = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
/** `/proc/net/route` prints network-order words as host-order numbers; both our platforms are little-endian. */
const routeWord = (hex: string) => Number.parseInt(hex.replace(/(..)(..)(..)(..)/, "$4$3$2$1"), 16);

/** Without sockets that can be asked synchronously (plain Node): the routing table and the addresses of the device it names. */
function localAddressByRoutes(address: string): string | undefined {
  let best: { device: string; mask: number; metric: number } | undefined;
  let table = "";
  try {
    table = fs.readFileSync("/proc/net/route", "latin1");
  } catch {
    return undefined;
  }
  for (const line of table.split("\n").slice(1)) {
    const [device, destination, , flags, , , metricText, maskText] = line.split(/\s+/);
    if (maskText === undefined || (Number.parseInt(flags!, 16) & 1) === 0) continue;
    const [mask, metric] = [routeWord(maskText), Number(metricText)];
    if ((number(address) & mask) >>> 0 !== routeWord(destination!)) continue;
    if (best === undefined || mask > best.mask || (mask === best.mask && metric < best.metric))
      best = { device: device!, mask, metric };
  }
  if (best === undefined) return undefined;
  return builtin("node:os")
    .networkInterfaces()
    [best.device]?.find((entry) => entry.family === "IPv4")?.address;
}

function exchangeDatagram(
  address: string,
  port: number,
  payload: Uint8Array,
  timeout: number,
  accept: (answer: Uint8Array) => boolean = () => true,
): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    const socket = builtin("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
    const finish = (action: () => void) => {
      clearTimeout(timer);
      socket.close();
      action();
    };
    const timer = setTimeout(() => finish(() => fail(new HostError("ETIMEDOUT", "recvfrom", address))), timeout);
    socket.once("error", (error) => finish(() => fail(toHostError(error, "sendto", address))));
    socket.on("message", (answer, from) => {
      // Anybody may send us something. IPv6 addresses have several spellings.
      const isAsked = from.port === port && (address.includes(":") || from.address === address);
      if (isAsked && accept(new Uint8Array(answer))) finish(() => done(new Uint8Array(answer)));
    });
    socket.send(payload, port, address);
  });
}

/** The `Network` of this machine. */
export const network: Network = {
  request,
  requestSync,
  localAddressTowards(address) {
    const native = libc();
    return native === undefined ? localAddressByRoutes(address) : localAddressBySocket(native, address);
  },
  async resolve(name, family) {
    const { lookup } = builtin("node:dns").promises;
    try {
      return (await lookup(name, { all: true, family: family === "any" ? 0 : family })).map((entry) => entry.address);
    } catch (error) {
      throw toHostError(error, "resolve", name);
    }
  },
  exchangeDatagram,
  probeHops: (destination, hops, timeout) => probeHops(destination, hops, timeout, clock.monotonic),
  dumpTcpSockets,
  interfaceAddresses() {
    const rows: { device: string; address: string; prefix: number }[] = [];
    for (const [device, entries] of Object.entries(builtin("node:os").networkInterfaces())) {
      for (const entry of entries ?? []) {
        if (entry.family !== "IPv4") continue;
        rows.push({ device, address: entry.address, prefix: Number(entry.cidr?.split("/")[1] ?? 32) });
      }
    }
    return rows;
  },
};
