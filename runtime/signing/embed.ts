/** Key provider `embed`: a pair of files (`NAME.key`, `NAME.pub`) and the environment variable CHALK_PASSWORD (`runtime-core.md` 15.2). */
import { toBase64, utf8 } from "../base64.js";
import { type Host, HostError } from "../host/host.js";
import { directoryOf, resolvePath } from "../paths.js";
import { encryptKey, type KeyProblem } from "./encrypted-key.js";
import type { KeyProvider, ProviderServices, UnlockedPair } from "./providers.js";

const PASSWORD_VARIABLE = "CHALK_PASSWORD";
const PASSWORD_BYTES = 16;
/** The setting stands for the directory of our executable where this word begins a path. */
const OWN_DIRECTORY = "$CHALK";
const SECTION = "attestation.attestation_key_embed";
const MISSING_PASSWORD: KeyProblem = { problem: `${PASSWORD_VARIABLE} is not set` };

interface KeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** The password from the environment, in which it is not left: programs that we start have no use for it. */
function takePassword({ processes }: Host): string | undefined {
  const password = processes.variable(PASSWORD_VARIABLE);
  if (password !== undefined) processes.setVariable(PASSWORD_VARIABLE, undefined);
  return password === "" ? undefined : password;
}

/** Random text in base64url, with padding. */
function newPassword(host: Host): string {
  return toBase64(host.machine.randomBytes(PASSWORD_BYTES)).replaceAll("+", "-").replaceAll("/", "_");
}

function filesIn(host: Host, folder: string, fileName: string): KeyFiles | undefined {
  const own = directoryOf(host.processes.executable);
  const isOwn = folder === OWN_DIRECTORY || folder.startsWith(`${OWN_DIRECTORY}/`);
  const path = resolvePath(host, isOwn ? `${own}${folder.slice(OWN_DIRECTORY.length)}` : folder);
  if (path === undefined) return undefined;
  const stem = `${path === "/" ? "" : path}/${fileName.replace(/\.(key|pub)$/, "")}`;
  return { privateKey: `${stem}.key`, publicKey: `${stem}.pub` };
}

/** Creates a file that nobody else had; removes it again if it cannot be filled. */
function createFile(host: Host, path: string, text: string, permissions: number): void {
  const file = host.files.open(path, "create-new", permissions);
  try {
    file.write(utf8(text), 0);
    // Whatever the umask says.
    host.files.chmod(path, permissions);
    file.sync();
  } catch (error) {
    host.files.remove(path);
    throw error;
  } finally {
    file.close();
  }
}

class EmbedProvider implements KeyProvider {
  private readonly host: Host;
  private readonly services: ProviderServices;
  private readonly fileName: string;
  /** Undefined: not asked for yet. */
  private known: string | KeyProblem | undefined;

  constructor(services: ProviderServices) {
    this.host = services.host;
    this.services = services;
    this.fileName = services.settings.string(`${SECTION}.filename`, "chalk.key");
  }

  password(): string | KeyProblem {
    this.known ??= takePassword(this.host) ?? MISSING_PASSWORD;
    return this.known;
  }

  retrieve(): UnlockedPair | KeyProblem {
    const { host, services } = this;
    const folders = services.settings.strings(`${SECTION}.get_paths`, [".", OWN_DIRECTORY]);
    const found = folders
      .flatMap((folder) => filesIn(host, folder, this.fileName) ?? [])
      .find((files) => host.files.find(files.privateKey) !== undefined && host.files.find(files.publicKey) !== undefined);
    if (found === undefined) return { problem: `there is no pair of key files for ${this.fileName} in ${folders.join(", ")}` };
    const password = this.password();
    if (typeof password !== "string") return { problem: `${found.privateKey}: ${password.problem}` };
    try {
      return {
        encryptedPrivateKey: host.files.readText(found.privateKey),
        publicKey: host.files.readText(found.publicKey),
        password,
      };
    } catch (error) {
      if (error instanceof HostError) return { problem: `the key files cannot be read: ${error.message}` };
      throw error;
    }
  }

  generate(): UnlockedPair | KeyProblem {
    const { host, services } = this;
    const given = this.password();
    if (typeof given !== "string" && !host.terminal.isTerminal(0))
      return { problem: `new keys are only made at a terminal, or with the password in ${PASSWORD_VARIABLE}` };
    const folder = services.settings.string(`${SECTION}.save_path`, ".");
    const files = filesIn(host, folder, this.fileName);
    if (files === undefined) return { problem: `${folder}: the home directory is not known` };
    const existing = Object.values(files).find((path) => host.files.find(path) !== undefined);
    if (existing !== undefined) return { problem: `${existing} exists and is not overwritten` };
    try {
      const password = typeof given === "string" ? given : newPassword(host);
      const { privateKey, publicKey } = host.cryptography.generateSigningKey();
      const encryptedPrivateKey = encryptKey(host, privateKey, password);
      createFile(host, files.privateKey, encryptedPrivateKey, 0o600);
      try {
        createFile(host, files.publicKey, publicKey, 0o644);
      } catch (error) {
        host.files.remove(files.privateKey);
        throw error;
      }
      return { publicKey, encryptedPrivateKey, password, ...(typeof given === "string" ? {} : { announce: true }) };
    } catch (error) {
      if (error instanceof HostError) return { problem: `the key files cannot be written: ${error.message}` };
      throw error;
    }
  }
}

/** Makes the provider. */
export function createEmbedProvider(services: ProviderServices): KeyProvider {
  return new EmbedProvider(services);
}
