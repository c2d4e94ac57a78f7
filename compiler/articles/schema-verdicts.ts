/** Articles about configurations that do not agree with their schema (family S, up to S018; `schema-language.md`). */
import { defineArticles } from "./article.js";

/** A schema with servers, each with a few fields. */
const servers = (fields: string): string => `object server {
  user_def_ok: false
${fields}}
root {
  user_def_ok: false
  allow server
}
`;
/** A schema with fields at the root. */
const root = (fields: string): string => `root {
  user_def_ok: false
${fields}}
`;
const port = "  field port { type: int; default: 80 }\n";

export const schemaVerdictArticles = defineArticles([
  [
    "C4M-S001",
    "The schema knows no field or section of this name at this place, and the section does not accept names of your own (user_def_ok). Check the spelling and the section that it stands in; close names are suggested. Scratch values belong into variables, assigned with :=, which no schema looks at.",
    { schema: servers(port), config: "server web {\n  prot: 8080\n}\n" },
    { schema: servers(port), config: "server web {\n  port: 8080\n}\n" },
  ],
  [
    "C4M-S002",
    "The value does not have the type that the schema declares for the field. Nothing is converted: an integer is no float, and a string is no duration. Write the literal of the right type, for example 1.0 or <<5 min>>, or a list in brackets around a single value.",
    { schema: servers(port), config: 'server web {\n  port: "8080"\n}\n' },
    { schema: servers(port), config: "server web {\n  port: 8080\n}\n" },
  ],
  [
    "C4M-S003",
    "The schema demands this field in every section of this kind, and nothing that was executed sets it. An assignment in a branch that was not taken does not count.",
    { schema: servers("  field port { type: int; require: true }\n"), config: "server web { }\n" },
    { schema: servers("  field port { type: int; require: true }\n"), config: "server web {\n  port: 80\n}\n" },
  ],
  [
    "C4M-S004",
    "The schema demands this section, and nothing that was executed opens it. Where sections of a kind have names of their own, at least one with a name must exist.",
    { schema: servers(port).replace("allow server", "require server"), config: "\n" },
    { schema: servers(port).replace("allow server", "require server"), config: "server web { }\n" },
  ],
  [
    "C4M-S005",
    "Two fields of the section exclude each other, and the configuration sets both. Keep the one that you mean. Defaults do not count: setting one field keeps the default of the other away.",
    {
      schema: root(
        '  field socket { type: string; require: false }\n  field port { type: int; require: false }\n  exclusions { socket: "port" }\n',
      ),
      config: 'socket: "/run/web"\nport: 80\n',
    },
    {
      schema: root(
        '  field socket { type: string; require: false }\n  field port { type: int; require: false }\n  exclusions { socket: "port" }\n',
      ),
      config: "port: 80\n",
    },
  ],
  [
    "C4M-S006",
    "The value lies outside of the range that the schema allows for this field; both ends of the range are allowed. The message tells the range, and the documentation of the field why it exists.",
    { schema: root("  field port { type: int; default: 80; range: (1, 65535) }\n"), config: "port: 70000\n" },
    { schema: root("  field port { type: int; default: 80; range: (1, 65535) }\n"), config: "port: 7000\n" },
  ],
  [
    "C4M-S007",
    "The field takes one of a few values, which are listed with the message, and this is none of them. Strings are compared exactly, case included.",
    { schema: root('  field mode { type: string; default: "fast"; choice: ["fast", "safe"] }\n'), config: 'mode: "Safe"\n' },
    { schema: root('  field mode { type: string; default: "fast"; choice: ["fast", "safe"] }\n'), config: 'mode: "safe"\n' },
  ],
  [
    "C4M-S008",
    "The list or dict has fewer or more items than the schema allows for this field. The message gives the number and the bounds. If another file of the configuration sets the same field, remember that the last assignment replaces the whole list.",
    { schema: root("  field ports { type: list[int]; require: true; max_items: 2 }\n"), config: "ports: [80, 443, 8080]\n" },
    { schema: root("  field ports { type: list[int]; require: true; max_items: 2 }\n"), config: "ports: [80, 443]\n" },
  ],
  [
    "C4M-S009",
    "The schema declares a section of this name, and the configuration assigns it a value. Open the section with braces and set its fields.",
    {
      schema: `singleton limits {\n  user_def_ok: false\n  field size { type: int; default: 1 }\n}\n${root("  allow limits\n")}`,
      config: "limits: 5\n",
    },
    {
      schema: `singleton limits {\n  user_def_ok: false\n  field size { type: int; default: 1 }\n}\n${root("  allow limits\n")}`,
      config: "limits {\n  size: 5\n}\n",
    },
  ],
  [
    "C4M-S010",
    "The schema declares a field of this name, which takes a value, and the configuration opens a section. Assign the value with = or a colon.",
    { schema: root(port), config: "port {\n  number: 80\n}\n" },
    { schema: root(port), config: "port: 80\n" },
  ],
  [
    "C4M-S011",
    "Sections of this kind each have a name of their own, which is missing here: write the name between the kind and the brace. Without it, the field would belong to all of them.",
    { schema: servers(port), config: "server {\n  port: 80\n}\n" },
    { schema: servers(port), config: "server web {\n  port: 80\n}\n" },
  ],
  [
    "C4M-S012",
    "A validator of the schema, a function that checks values, stopped with an error of its own while it looked at this field. The fault is in the schema, or the value is so unusual that the validator did not expect it. The note shows where it happened.",
    {
      schema: `func share(path: string, n: int) {\n  if 100 % n > 0 { return "must divide 100" }\n  return ""\n}\n${root("  field parts { type: int; default: 1; validator: func share }\n")}`,
      config: "parts: 0\n",
    },
    {
      schema: `func share(path: string, n: int) {\n  if n == 0 { return "must not be 0" }\n  if 100 % n > 0 { return "must divide 100" }\n  return ""\n}\n${root("  field parts { type: int; default: 1; validator: func share }\n")}`,
      config: "parts: 4\n",
    },
  ],
  [
    "C4M-S013",
    "A validator of the schema refuses the value; the message is its own and tells why. Validators check what types and ranges cannot say, such as whether a file exists or two fields agree.",
    {
      schema: `func even(path: string, n: int) {\n  if n % 2 == 1 { return path + " must be even" }\n  return ""\n}\n${root("  field workers { type: int; default: 2; validator: func even }\n")}`,
      config: "workers: 3\n",
    },
    {
      schema: `func even(path: string, n: int) {\n  if n % 2 == 1 { return path + " must be even" }\n  return ""\n}\n${root("  field workers { type: int; default: 2; validator: func even }\n")}`,
      config: "workers: 4\n",
    },
  ],
  [
    "C4M-S014",
    "The last check of the schema, its function final_check, refuses the configuration as a whole; the message is its own. It runs only if everything else is fine.",
    {
      schema: `func final_check() {\n  if attr_get("low", int) > attr_get("high_end", int) { return "low must not exceed high_end" }\n  return ""\n}\n${root("  field low { type: int; default: 1 }\n  field high_end { type: int; default: 9 }\n")}`,
      config: "low: 10\n",
    },
    {
      schema: `func final_check() {\n  if attr_get("low", int) > attr_get("high_end", int) { return "low must not exceed high_end" }\n  return ""\n}\n${root("  field low { type: int; default: 1 }\n  field high_end { type: int; default: 9 }\n")}`,
      config: "low: 5\n",
    },
  ],
  [
    "C4M-S015",
    "The type of this field is told by another field of the same section, which holds a type. That field has no value, so nothing can be said about this one. Set the other field, too.",
    {
      schema: servers('  field kind { type: typespec; require: false }\n  field value { type: "kind"; require: false }\n'),
      config: "server web {\n  value: 80\n}\n",
    },
    {
      schema: servers('  field kind { type: typespec; require: false }\n  field value { type: "kind"; require: false }\n'),
      config: "server web {\n  kind: int\n  value: 80\n}\n",
    },
  ],
  [
    "C4M-S016",
    "The type of this field is told by another field of the same section, and the value has another type. Change one of the two; the note shows where the type is set.",
    {
      schema: servers('  field kind { type: typespec; require: false }\n  field value { type: "kind"; require: false }\n'),
      config: 'server web {\n  kind: int\n  value: "80"\n}\n',
    },
    {
      schema: servers('  field kind { type: typespec; require: false }\n  field value { type: "kind"; require: false }\n'),
      config: "server web {\n  kind: int\n  value: 80\n}\n",
    },
  ],
  [
    "C4M-S017",
    "The program's own configuration sets this field, its schema locks the field once a configuration is read, and your embedded configuration changes it. That works, but the program relies on the value. Leave the field alone, and make a section of your own with another name instead. With chalk load --strict it is an error.",
    {
      schema: servers("  field port { type: int; default: 80; write_lock: true }\n"),
      config: ["server main {\n  port: 443\n}\n", "server main {\n  port: 8443\n}\n"],
      host: { does: "The first file is built into the program.", builtInFiles: 1 },
    },
    {
      schema: servers("  field port { type: int; default: 80; write_lock: true }\n"),
      config: ["server main {\n  port: 443\n}\n", "server mine {\n  port: 8443\n}\n"],
      host: { does: "The first file is built into the program.", builtInFiles: 1 },
    },
  ],
  [
    "C4M-S018",
    "The section stands in a branch that was not executed, so it does not exist: it gets no defaults and does not count as present. con4m 0.2 creates it nevertheless. If you rely on it, open it outside of the branch and set only what differs inside.",
    { schema: servers(port), config: "if false {\n  server web {\n    port: 8080\n  }\n}\n" },
    { schema: servers(port), config: "server web {\n  if false {\n    port: 8080\n  }\n}\n" },
  ],
]);
