/** Logging, colour, redaction of secrets (`runtime-core.md` 2). */
export { type ColorChoice, defaultColor, useColor } from "./color.js";
export { type BuildIdentity, formatJson, formatPlain, type LogFormat, stripAnsi } from "./format.js";
export { type LogLevel, levelPrefix, type MessageLevel, parseLevel, shows } from "./levels.js";
export { createLogger, isPlainLog, type Logger, type LogListener, type LogSettings } from "./logger.js";
export { createRedactor, isSecretName, redacted, redactHeaders, redactJson } from "./redact.js";
export { redactSource } from "./source-secrets.js";
