/**
 * The digest of a large file, computed by a worker thread while this one goes on. As in `exchange.ts` the function is written so that its text can run
 * there: it refers to nothing outside itself but its parameters. The thread reads through our descriptor, so that it sees the file that we have opened.
 */
import type * as fs from "node:fs";
import { builtin, toHostError } from "./attempt.js";
import type { HashAlgorithm, HashedPiece, OpenFile, PendingDigest } from "./host.js";

interface Work {
  readonly algorithm: HashAlgorithm;
  readonly fd: number;
  readonly pieces: readonly HashedPiece[];
}

type Outcome = { readonly digest: string } | { readonly code: string; readonly message: string };

interface Hasher {
  update(data: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** Never throws. */
function digestOf(readSync: typeof fs.readSync, createHash: (algorithm: string) => Hasher, work: Work): Outcome {
  try {
    const bun = (globalThis as { Bun?: { CryptoHasher: new (algorithm: string) => Hasher } }).Bun;
    const hash = bun === undefined ? createHash(work.algorithm) : new bun.CryptoHasher(work.algorithm);
    const buffer = new Uint8Array(1 << 18);
    for (const piece of work.pieces) {
      if (piece instanceof Uint8Array) hash.update(piece);
      else {
        for (let offset = piece.start; offset < piece.end; ) {
          const count = readSync(work.fd, buffer, 0, Math.min(buffer.length, piece.end - offset), offset);
          if (count === 0) break;
          hash.update(buffer.subarray(0, count));
          offset += count;
        }
      }
    }
    return { digest: hash.digest("hex") };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return { code: String(code ?? "EIO"), message: String(message) };
  }
}

const workerText = `
const { workerData, parentPort } = require("node:worker_threads");
const createHash = (algorithm) => require("node:crypto").createHash(algorithm);
parentPort.postMessage((${digestOf.toString()})(require("node:fs").readSync, createHash, workerData));
`;

/** `Hashing.beside`. */
export function digestBeside(algorithm: HashAlgorithm, file: OpenFile, pieces: readonly HashedPiece[]): PendingDigest {
  const { Worker } = builtin("node:worker_threads");
  const worker = new Worker(workerText, { eval: true, workerData: { algorithm, fd: file.fd, pieces } });
  const result = new Promise<string>((resolve, reject) => {
    worker.once("error", (error) => reject(toHostError(error, "read")));
    worker.once("message", (outcome: Outcome) => {
      if ("digest" in outcome) resolve(outcome.digest);
      else reject(toHostError(outcome, "read"));
    });
  });
  // Whoever asks for it hears of a failure; before that it is nobody's.
  result.catch(() => undefined);
  return { result, cancel: () => void worker.terminate() };
}
