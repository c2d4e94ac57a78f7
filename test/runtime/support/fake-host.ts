/** A host whose files are a table, for collectors: everything else throws, so that a test notices what it did not mean to touch. */
import { type Files, type Host, HostError, type Network, type OpenFile } from "../../../runtime/host/host.js";

export interface FakeMachine {
  /** Path -> content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Path -> target. */
  readonly links?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly executable?: string;
  readonly executables?: readonly string[];
  readonly other?: Partial<Host>;
}

/** How often each file was read. */
export type ReadCounts = Map<string, number>;

export function fakeHost(machine: FakeMachine, reads: ReadCounts = new Map()): Host {
  const content = (path: string): Uint8Array => {
    const found = machine.files?.[path];
    if (found === undefined) throw new HostError("ENOENT", "open", path);
    reads.set(path, (reads.get(path) ?? 0) + 1);
    return typeof found === "string" ? new TextEncoder().encode(found) : found;
  };
  const files: Partial<Files> = {
    readBytes: content,
    readText: (path) => new TextDecoder().decode(content(path)),
    readLink(path) {
      const target = machine.links?.[path];
      if (target === undefined) throw new HostError("ENOENT", "readlink", path);
      return target;
    },
    list(path) {
      const names = new Set<string>();
      for (const file of [...Object.keys(machine.files ?? {}), ...Object.keys(machine.links ?? {})]) {
        if (file.startsWith(`${path}/`)) names.add(file.slice(path.length + 1).split("/")[0]!);
      }
      if (names.size === 0) throw new HostError("ENOENT", "readdir", path);
      return [...names];
    },
    open(path) {
      const bytes = content(path);
      return {
        fd: 9,
        read: (offset, length) => bytes.subarray(offset, offset + length),
        close() {},
      } as Partial<OpenFile> as OpenFile;
    },
    find: (path) => (machine.files?.[path] === undefined ? undefined : ({ kind: "file" } as ReturnType<Files["find"]>)),
    canAccess: (path) => machine.executables?.includes(path) ?? true,
    realPath: (path) => machine.links?.[path] ?? path,
  };
  const network: Partial<Network> = {
    dumpTcpSockets() {
      throw new HostError("ENOSYS", "sock_diag");
    },
  };
  return {
    files,
    network,
    processes: {
      pid: 77,
      executable: machine.executable ?? "/usr/bin/chalk",
      cwd: () => machine.cwd ?? "/work",
      environment: () => ({ ...machine.environment }),
      variable: (name: string) => machine.environment?.[name],
      run: () => ({ status: 127, stdout: new Uint8Array(0), stderr: new Uint8Array(0), failure: "ENOENT" }),
    },
    machine: { home: () => machine.environment?.HOME },
    ...machine.other,
  } as unknown as Host;
}
