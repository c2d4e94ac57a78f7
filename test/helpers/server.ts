/** An HTTP server on the loopback interface that gives prepared answers and remembers what it received. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A status, an answer with headers and body, or none at all. */
export type Answer = number | { status: number; headers?: Record<string, string>; body?: string } | "hang";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  stop(): Promise<void>;
}

/** Starts a server that gives the answers one after the other, then 200, and keeps every request. */
export async function startServer(answers: Answer[]): Promise<TestServer> {
  const left = [...answers];
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push({ method: request.method ?? "", path: request.url ?? "", headers, body: bytes.toString(), bytes });
    const answer = left.shift() ?? 200;
    if (answer === "hang") return;
    const { status, headers: extra = {}, body = "" } = typeof answer === "number" ? { status: answer } : answer;
    response.writeHead(status, extra);
    response.end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
