/** Why a registry didn't give what was asked for. Messages name hosts and paths; never queries or headers, which may hold secrets. */

/**
 * `unreachable`: no endpoint answered; `refused`: the registry answered with an error; `invalid`: it answered with something that cannot be used, or the
 * reference cannot be asked for at all.
 */
export type RegistryFailure = "unreachable" | "refused" | "invalid";

export class RegistryError extends Error {
  readonly kind: RegistryFailure;
  /** Status of the answer; 0 if there was none. */
  readonly status: number;

  constructor(kind: RegistryFailure, message: string, status = 0) {
    super(message);
    this.name = "RegistryError";
    this.kind = kind;
    this.status = status;
  }
}
