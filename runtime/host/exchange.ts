/**
 * One HTTP exchange, written so that its text can also run in a worker thread: `requestSync` must block the caller (components and builtins are
 * evaluated synchronously) although both engines only have asynchronous HTTP. So `exchange` refers to nothing outside itself but its parameters.
 */
import type * as http from "node:http";
import type * as https from "node:https";
import { builtin } from "./attempt.js";
import { HostError, type HttpRequest, type HttpResponse } from "./host.js";
import { isUnknownIssuer, withTrust } from "./roots.js";

/** What crosses the thread boundary: a response, or the code and text of a transport failure, and whether the other side was reached at all. */
type Outcome = { response: HttpResponse } | { code: string; message: string; reached: boolean };

interface Modules {
  readonly http: Pick<typeof http, "request">;
  readonly https: Pick<typeof https, "request">;
}

/** Never rejects. No redirect is followed, no connection kept. */
function exchange(modules: Modules, request: HttpRequest): Promise<Outcome> {
  return new Promise((done) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reached = false;
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      done(outcome);
    };
    const fail = (error: { code?: unknown; message?: unknown } | undefined) => {
      const raw = String(error?.code ?? "EIO");
      // Bun's own names for the two most common failures.
      const code = raw === "ConnectionRefused" ? "ECONNREFUSED" : raw === "ConnectionClosed" ? "ECONNRESET" : raw;
      finish({ code, message: String(error?.message ?? code), reached });
    };
    /**
     * A variable that programs in containers often have tells the engine to verify no certificates, and to say so on stderr. It is meant for the program, not for us.
     */
    const withoutLaxity = <R>(open: () => R): R => {
      const variable = "NODE_TLS_REJECT_UNAUTHORIZED";
      const value = process.env[variable];
      delete process.env[variable];
      try {
        return open();
      } finally {
        if (value !== undefined) process.env[variable] = value;
      }
    };
    try {
      const url = new URL(request.url);
      const headers: Record<string, string | number> = { ...request.headers };
      const body = request.body === undefined ? undefined : Buffer.from(request.body as string);
      const given = (name: string) => Object.keys(headers).some((key) => key.toLowerCase() === name);
      if (body !== undefined && !given("content-length")) headers["Content-Length"] = body.length;
      const options: https.RequestOptions = { method: request.method, headers, agent: false };
      if (request.trust !== undefined) options.ca = request.trust;
      options.rejectUnauthorized = request.unverified !== true;
      const client = withoutLaxity(() => (url.protocol === "https:" ? modules.https : modules.http).request(url, options));
      client.on("response", (answer) => {
        const pieces: Uint8Array[] = [];
        let received = 0;
        answer.on("data", (piece: Uint8Array) => {
          pieces.push(piece);
          received += piece.length;
          if (request.limit === undefined || received <= request.limit) return;
          finish({ code: "EMSGSIZE", message: `the answer is longer than ${request.limit} bytes`, reached: true });
          client.destroy();
        });
        answer.on("error", fail);
        answer.on("aborted", () => fail({ code: "ECONNRESET" }));
        answer.on("end", () => {
          const found: Record<string, string> = {};
          for (const [name, value] of Object.entries(answer.headers)) {
            if (value !== undefined) found[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
          }
          finish({
            response: {
              status: answer.statusCode ?? 0,
              statusText: answer.statusMessage ?? "",
              headers: found,
              body: new Uint8Array(Buffer.concat(pieces)),
            },
          });
        });
      });
      client.on("error", fail);
      client.on("socket", (socket) => socket.once("connect", () => (reached = true)));
      if (request.timeout !== undefined && request.timeout > 0) {
        timer = setTimeout(() => {
          finish({ code: "ETIMEDOUT", message: `no complete answer within ${request.timeout} ms`, reached });
          client.destroy();
        }, request.timeout);
      }
      client.end(body);
    } catch (error) {
      fail(error as { code?: unknown; message?: unknown });
    }
  });
}

function unwrap(outcome: Outcome, url: string): HttpResponse {
  if ("response" in outcome) return outcome.response;
  throw new HostError(outcome.code, outcome.reached ? "request" : "connect", url, outcome.message);
}

const isRefused = (outcome: Outcome): boolean => !("response" in outcome) && isUnknownIssuer(outcome.code);

/** One exchange; rejects with a `HostError` for transport failures. */
export async function request(wanted: HttpRequest): Promise<HttpResponse> {
  const modules = { http: builtin("node:http"), https: builtin("node:https") };
  const ways = withTrust(wanted);
  let outcome = await exchange(modules, ways[0]!);
  for (const way of ways.slice(1)) if (isRefused(outcome)) outcome = await exchange(modules, way);
  return unwrap(outcome, wanted.url);
}

const workerText = `
const { workerData } = require("node:worker_threads");
const { signal, port, request } = workerData;
(${exchange.toString()})({ http: require("node:http"), https: require("node:https") }, request).then((outcome) => {
  port.postMessage(outcome);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
`;

/** Beyond the request's own time limit, for a worker that dies without a word. */
const graceMilliseconds = 10_000;

/** The same, blocking. */
export function requestSync(wanted: HttpRequest): HttpResponse {
  const ways = withTrust(wanted);
  let outcome = exchangeAside(ways[0]!);
  for (const way of ways.slice(1)) if (isRefused(outcome)) outcome = exchangeAside(way);
  return unwrap(outcome, wanted.url);
}

/** A worker does the exchange while this thread waits. */
function exchangeAside(wanted: HttpRequest): Outcome {
  const { Worker, MessageChannel, receiveMessageOnPort } = builtin("node:worker_threads");
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(workerText, {
    eval: true,
    workerData: { signal, port: port2, request: wanted },
    transferList: [port2],
  });
  worker.unref();
  Atomics.wait(signal, 0, 0, wanted.timeout ? wanted.timeout + graceMilliseconds : undefined);
  const outcome = receiveMessageOnPort(port1)?.message as Outcome | undefined;
  port1.close();
  void worker.terminate();
  return outcome ?? { code: "EIO", message: "the worker gave no answer", reached: false };
}
