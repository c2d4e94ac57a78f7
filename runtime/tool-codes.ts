/**
 * The codes of findings that are chalk's own rather than the language's (`CHK-NNN`, `ours.md` 9): the one table of them, assigned in order, never reused.
 * `docs/errors.md` is generated from it and from `grammar/catalogue.ts`.
 */
import type { Diagnostic, DiagnosticDetails, Severity } from "../grammar/diagnostic.js";
import type { Location } from "../grammar/span.js";

export interface ToolCode {
  readonly severity: Severity;
  readonly title: string;
  /** Two to five sentences: what it means and what to do. */
  readonly explanation: string;
  readonly wrong: string;
  readonly right: string;
}

const entries = {
  "CHK-001": {
    severity: "warning",
    title: "old spelling",
    explanation:
      "The file uses a name of an older release. It still means what it meant, and will for ever; nothing breaks if you leave it. `chalk config migrate --write FILE` replaces old spellings by current ones and leaves comments and layout alone. A few need a decision of yours, or have lost their effect; the message says which.",
    wrong: "exec.heartbeat_rate: <<10 minutes>>\n",
    right: "exec.heartbeat.rate: <<10 minutes>>\n",
  },
  "CHK-002": {
    severity: "note",
    title: "template that nothing refers to",
    explanation:
      "A template of this configuration is named by no outconf section, no custom_report and not by docker.label_template, so it has no influence. Perhaps the section that should name it is missing, or spells it differently. A template that copy_report_template_keys reads counts as used.",
    wrong: "report_template small {\n  key._OPERATION.use: true\n}\n",
    right: 'report_template small {\n  key._OPERATION.use: true\n}\n\noutconf extract {\n  report_template: "small"\n}\n',
  },
  "CHK-003": {
    severity: "warning",
    title: "fault in a template that nothing refers to",
    explanation:
      "A template names a key that is not declared, or, if it is a mark template, a key that marks cannot hold because it is known at run time only. Since nothing refers to the template, chalk runs all the same; as soon as something does, this becomes an error.",
    wrong: "report_template small {\n  key._OPERATIO.use: true\n}\n",
    right: "report_template small {\n  key._OPERATION.use: true\n}\n",
  },
  "CHK-004": {
    severity: "warning",
    title: "key of a configuration that calls itself standard",
    explanation:
      "The key specification sets `standard: true`, which exempts its name from the rule that keys of your own start with X_ or _X_. A later release may define a key of that name with another meaning. Rename the key and leave out `standard`.",
    wrong: 'keyspec RACK {\n  kind: ChalkTimeHost\n  type: string\n  standard: true\n  value: "r7"\n}\n',
    right: 'keyspec X_RACK {\n  kind: ChalkTimeHost\n  type: string\n  value: "r7"\n}\n',
  },
  "CHK-005": {
    severity: "warning",
    title: "unusual name of a key file",
    explanation:
      "The name of the file with the signing key should have a stem and end in .key or .pub. chalk derives the names of both files of the pair from it, and works with this one, too, but others may not find the files. Choose a name such as chalk.key.",
    wrong: 'attestation.attestation_key_embed.filename: "secret"\n',
    right: 'attestation.attestation_key_embed.filename: "secret.key"\n',
  },
  "CHK-006": {
    severity: "warning",
    title: "callback of another type than its key",
    explanation:
      "The function that computes the value of a key returns another type than the key specification declares. Values of the wrong type are dropped from marks and reports, so the key will be missing. Change the function, or the type of the key.",
    wrong:
      "func rack(where: string) { return 7 }\nkeyspec X_RACK {\n  kind: ChalkTimeHost\n  type: string\n  callback: func rack(string) -> int\n}\n",
    right:
      'func rack(where: string) { return "r7" }\nkeyspec X_RACK {\n  kind: ChalkTimeHost\n  type: string\n  callback: func rack(string) -> string\n}\n',
  },
  "CHK-007": {
    severity: "warning",
    title: "value for a key that only chalk sets",
    explanation:
      "The configuration gives a value or a callback to a key that is reserved for the plugins of chalk, so it is ignored. Only keys with the property conf_as_system take values from configurations. Declare a key of your own, with X_ or _X_ in front of its name.",
    wrong: 'keyspec _OP_EXE_NAME {\n  value: "mine"\n}\n',
    right: 'keyspec _X_EXE_NAME {\n  kind: RunTimeHost\n  type: string\n  value: "mine"\n}\n',
  },
  "CHK-008": {
    severity: "warning",
    title: "subscription that cannot be made",
    explanation:
      "A call of subscribe or unsubscribe names a topic or a sink configuration that does not exist when the call is made, so nothing will be sent there. Sink configurations are read at the moment of the call: write the section above it. Topics are chalk's own, such as report and logs, and the names of custom_report sections.",
    wrong: 'subscribe("report", "archive")\n',
    right: 'sink_config archive {\n  sink: "stdout"\n}\n\nsubscribe("report", "archive")\n',
  },
  "CHK-009": {
    severity: "warning",
    title: "name that means nothing to chalk",
    explanation:
      "The configuration sets up a plugin or an operation that chalk does not have, which has no influence on anything. Plugins and operations are part of the program; a configuration can only change how they work. Probably the name is misspelled: `chalk config explain plugin` and `chalk config explain outconf` list them. The same goes for names that a configuration refers to and that are in no file: the `auth` of a sink, the arguments of `auth_headers` and `copy_report_template_keys`; what needs them fails when a report is sent.",
    wrong: 'outconf extrcat {\n  report_template: "report_default"\n}\n',
    right: 'outconf extract {\n  report_template: "report_default"\n}\n',
  },
} as const satisfies Readonly<Record<`CHK-${string}`, ToolCode>>;

export type ToolCodeName = keyof typeof entries;

/** All codes of the tool, in order. */
export const toolCodes: Readonly<Record<ToolCodeName, ToolCode>> = entries;

/** Makes a finding; its severity comes from the table. */
export function toolDiagnostic(
  code: ToolCodeName,
  location: Location | undefined,
  message: string,
  details: Omit<DiagnosticDetails, "severity" | "phase"> = {},
): Diagnostic {
  return { code, severity: toolCodes[code].severity, phase: "tool", message, location, ...details };
}

/** The entry of a code as people type it (`chk-1`, `CHK-001`), or undefined. */
export function findToolCode(name: string): readonly [ToolCodeName, ToolCode] | undefined {
  const match = /^CHK-?0*(\d{1,3})$/.exec(name.trim().toUpperCase());
  const code = match === null ? undefined : (`CHK-${(match[1] as string).padStart(3, "0")}` as ToolCodeName);
  return code === undefined || !Object.hasOwn(entries, code) ? undefined : [code, entries[code]];
}
