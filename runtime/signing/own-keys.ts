/**
 * The keys in our own executable, for operations that mark (`runtime-core.md` 15.1). What never signs loads nothing but this module: the rest comes when there
 * is a key and somebody wants a signature. Verification is no business of these keys: a mark names the key that it was signed with.
 */
import type { Operation } from "../report/operation.js";
import type { Chalk } from "../start/chalk.js";
import type { Signer } from "./signer.js";

/** Does anybody want signatures in this operation? */
function wantsSignatures(chalk: Pick<Chalk, "settings">, operation: Operation): boolean {
  return chalk.settings.bool("always_try_to_sign", true) || operation.subscribed("SIGNATURE");
}

/**
 * What signs in an operation that marks. Undefined if nothing can: silently while the executable was never loaded nor set up, with a warning if it has no
 * keys, with an error if it has some that cannot be used.
 */
export async function signerFor(chalk: Chalk, operation: Operation): Promise<Signer | undefined> {
  const { host, settings, publisher, logger, build, self } = chalk;
  const { loadCount = 0, publicKey, encryptedPrivateKey } = self?.state ?? {};
  if (loadCount === 0 || !wantsSignatures(chalk, operation)) return undefined;
  if (publicKey === undefined || encryptedPrivateKey === undefined) {
    logger.warn("this chalk has no keys, so marks are not signed; run `chalk setup` to make or import them");
    return undefined;
  }
  const [{ createKeyProvider }, { unlock }, { isKeyProblem }] = await Promise.all([
    import("./providers.js"),
    import("./signer.js"),
    import("./encrypted-key.js"),
  ]);
  const warn = (message: string): void => logger.warn(message);
  const provider = createKeyProvider({ host, settings, warn, version: build.version, auth: (name) => publisher.auth(name) });
  const password = provider.password();
  const signer = typeof password === "string" ? unlock(host, { publicKey, encryptedPrivateKey }, password) : password;
  if (!isKeyProblem(signer)) return signer;
  logger.error(`marks are not signed: ${signer.problem}`);
  return undefined;
}
