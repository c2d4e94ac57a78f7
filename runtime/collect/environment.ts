/** `_ENV` and `INJECTOR_ENV`: the environment as far as the configuration lets it be seen (`collection.md` 4.6). */
import type { Json } from "../json.js";
import { redacted } from "../log/redact.js";
import type { Settings } from "../settings/settings.js";

type Action = "show" | "redact" | "ignore";

const actions: Readonly<Record<Action, (value: string) => string | undefined>> = {
  show: (value) => value,
  redact: () => redacted,
  ignore: () => undefined,
};

/** The password of the signing key: no setting makes it visible. */
const password = "CHALK_PASSWORD";

/** The variables that may be reported, in their order. Names are compared as they are, without patterns. */
export function visibleEnvironment(environment: Readonly<Record<string, string>>, settings: Settings): Map<string, Json> {
  const names = (path: string, fallback: readonly string[]) => new Set(settings.strings(path, fallback));
  const never = names("env_never_show", []);
  const redact = names("env_redact", ["AWS_SECRET_ACCESS_KEY"]);
  const always = names("env_always_show", ["PATH", "PWD", "XDG_SESSION_TYPE", "USER", "SSH_TTY"]);
  const otherwise = settings.string("env_default_action", "ignore");
  const found = new Map<string, Json>();
  for (const [name, value] of Object.entries(environment)) {
    const action = never.has(name) ? "ignore" : redact.has(name) ? "redact" : always.has(name) ? "show" : (otherwise as Action);
    const shown = (actions[action] ?? actions.ignore)(value);
    if (shown !== undefined) found.set(name, name === password ? redacted : shown);
  }
  return found;
}
