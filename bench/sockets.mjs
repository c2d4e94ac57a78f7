// Holds TCP connections on the loopback interface, for measuring snapshots: run by `holdSockets`, in as many processes as descriptors allow.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** Connections of one process: each takes two descriptors, and one address pair has no more ports than about 28,000. */
const mostInOneProcess = 4000;

/** Opens `sockets` TCP sockets (half of them ends of the others' connections) in processes of their own. Returns a function that closes them. */
export async function holdSockets(sockets) {
  const children = [];
  for (let left = Math.floor(sockets / 2); left > 0; left -= mostInOneProcess) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), String(Math.min(left, mostInOneProcess))], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await new Promise((done, fail) => {
      child.stdout.once("data", done);
      child.once("exit", () => fail(new Error("the sockets could not be opened")));
    });
  }
  return () => {
    for (const child of children) child.kill("SIGKILL");
  };
}

async function hold(connections) {
  const held = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    held.push(socket);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", 1024, done));
  const { port } = server.address();
  while (held.length < connections * 2) {
    const before = held.length;
    const batch = Math.min(100, connections - Math.floor(before / 2));
    const opened = await Promise.all(
      Array.from(
        { length: batch },
        () =>
          new Promise((done, fail) => {
            const socket = connect(port, "127.0.0.1", () => done(socket));
            socket.on("error", fail);
          }),
      ),
    );
    held.push(...opened);
    while (held.length < before + batch * 2) await new Promise((done) => setTimeout(done, 1));
  }
  process.stdout.write("ready\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await hold(Number(process.argv[2]));
