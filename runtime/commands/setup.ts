/**
 * `chalk setup` (`runtime-core.md` 15.2): finds a key pair, or makes one, and puts both halves into the executable, the private one as encrypted as it came.
 * The password is kept nowhere; a new one is shown once.
 */
import { KEY, type SelfState } from "../image/state.js";
import { isJsonObject } from "../json.js";
import { isKeyProblem, type KeyProblem } from "../signing/encrypted-key.js";
import { createKeyProvider, type KeyProvider, type UnlockedPair } from "../signing/providers.js";
import { type Signer, unlock } from "../signing/signer.js";
import type { Chalk } from "../start/chalk.js";
import { writeConfiguration } from "./write-self.js";

const RULER = "-".repeat(60);

interface Ready {
  readonly pair: UnlockedPair;
  readonly signer: Signer;
}

/** Tries a pair out before it is trusted. */
function tried(chalk: Chalk, pair: UnlockedPair | KeyProblem): Ready | KeyProblem {
  if (isKeyProblem(pair)) return pair;
  const signer = unlock(chalk.host, pair, pair.password);
  return isKeyProblem(signer) ? signer : { pair, signer };
}

/** Finds or makes a pair, as the form of the command allows: `gen` never looks for one, `load` never makes one. */
function findKeys(chalk: Chalk, provider: KeyProvider): Ready | KeyProblem {
  const { logger, setupForm } = chalk;
  const found = setupForm === "gen" ? undefined : tried(chalk, provider.retrieve());
  if (found !== undefined && !isKeyProblem(found)) {
    logger.info("existing keys for signing are used");
    return found;
  }
  if (setupForm === "load" || provider.generate === undefined)
    return found ?? { problem: "the key provider cannot make new keys" };
  const made = tried(chalk, provider.generate());
  if (isKeyProblem(made)) return found === undefined ? made : { problem: `${found.problem}; ${made.problem}` };
  logger.info("new keys for signing were made");
  return made;
}

/** The only time that anybody gets to see it. */
function showPassword({ host }: Chalk, password: string): void {
  const text = [
    RULER,
    `CHALK_PASSWORD=${password}`,
    RULER,
    "Keep this password: chalk signs only when it is in the environment, and it is stored nowhere.",
  ];
  host.terminal.write(1, `${text.join("\n")}\n`);
}

/** Runs the command; the result is the exit code. */
export async function setup(chalk: Chalk): Promise<number> {
  const { host, settings, publisher, logger, build, self } = chalk;
  if (self === undefined) {
    logger.error("setup: this executable cannot hold keys");
    return 1;
  }
  const warn = (message: string): void => logger.warn(message);
  const provider = createKeyProvider({ host, settings, warn, version: build.version, auth: (name) => publisher.auth(name) });
  const keys = findKeys(chalk, provider);
  if (isKeyProblem(keys)) {
    logger.error(`setup: ${keys.problem}`);
    return 1;
  }
  const { pair, signer } = keys;
  if (pair.announce === true) showPassword(chalk, pair.password);
  const { publicKey, encryptedPrivateKey } = pair;
  const state: SelfState = { ...self.state, publicKey, encryptedPrivateKey };
  const ir = self.mark?.get(KEY.ir);
  return writeConfiguration(chalk, self, {
    operation: "setup",
    signer,
    state,
    changed: true,
    ir: isJsonObject(ir) ? ir : undefined,
    validate: true,
    isSettled: true,
    foreign: false,
  });
}
