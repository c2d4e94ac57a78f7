/**
 * Reading old spellings as current ones: a pass over the syntax tree of a user's file, before names are resolved. The tree that comes out means what
 * the old text meant; every rewritten place is a finding with the replacement text, which `config lint` shows as a deprecation and `config migrate`
 * applies. Nothing else in the compiler knows that older releases existed.
 */
import type { AttributeAssignment, Block, Expression, FileNode, Name, SectionStatement, Statement } from "../../grammar/ast.js";
import type { SourceFile } from "../../grammar/source.js";
import { locate, type Span } from "../../grammar/span.js";
import { expressionReader } from "./expressions.js";
import type { LegacyFinding } from "./findings.js";
import { keyFileParts } from "./key-file.js";
import { collectMentions, type Mentions } from "./mentions.js";
import { assignment, regionFallback, stringList, stringLiteral } from "./nodes.js";
import { fill, indexOf, mapped, match } from "./patterns.js";
import { deprecatedKeys, type FieldAction, legacyFields, legacyKeys, legacySections, legacyValues } from "./table.js";

export { applyFindings, type LegacyFinding } from "./findings.js";

export interface Modernized {
  readonly ast: FileNode;
  readonly findings: readonly LegacyFinding[];
}

const fieldIndex = indexOf(legacyFields);
const sectionIndex = indexOf(legacySections);
const valueIndex = indexOf(legacyValues);

class Rewriter {
  readonly findings: LegacyFinding[] = [];
  private readonly source: SourceFile;
  /** Absolute path of the section being read, in old and in new names. */
  private oldPath: string[] = [];
  private newPath: string[] = [];
  /** Inside of a section whose unknown members have no effect. */
  private isClosed = false;
  private mentioned: Mentions | undefined;
  private readonly file: FileNode;

  private readonly expression = expressionReader((...finding) => this.find(...finding));

  constructor(file: FileNode, source: SourceFile) {
    this.file = file;
    this.source = source;
  }

  /** What the whole file says, for the few spellings that depend on it. */
  private get mentions(): Mentions {
    this.mentioned ??= collectMentions(this.file);
    return this.mentioned;
  }

  private find(span: Span, old: string, message: string, fix?: { readonly span: Span; readonly text: string }): void {
    this.findings.push({
      location: locate(this.source.table, span),
      old,
      message,
      fix: fix === undefined ? undefined : { ...fix, location: locate(this.source.table, fix.span) },
    });
  }

  /** The statements after rewriting; the same array if none changed, as everywhere here: most files have nothing to rewrite. */
  statements(items: readonly Statement[]): readonly Statement[] {
    let result: Statement[] | undefined;
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as Statement;
      const next = this.statement(item);
      if (result === undefined && next !== item) result = items.slice(0, i);
      if (result === undefined) continue;
      if (Array.isArray(next)) result.push(...(next as readonly Statement[]));
      else result.push(next as Statement);
    }
    return result ?? items;
  }

  private block(block: Block): Block {
    const items = this.statements(block.items);
    return items === block.items ? block : { ...block, items };
  }

  private statement(item: Statement): Statement | readonly Statement[] {
    switch (item.kind) {
      case "assign":
        return this.assignment(item);
      case "section":
        return this.section(item);
      case "set":
      case "unpack":
        return this.withValue(item, this.expression(item.value));
      case "return":
        return item.value === undefined ? item : this.withValue(item, this.expression(item.value));
      case "expression": {
        const expression = this.expression(item.expression);
        return expression === item.expression ? item : { ...item, expression };
      }
      case "if": {
        const branches = mapped(item.branches, (branch) => {
          const condition = this.expression(branch.condition);
          const body = this.block(branch.body);
          return condition === branch.condition && body === branch.body ? branch : { condition, body };
        });
        const otherwise = item.otherwise === undefined ? undefined : this.block(item.otherwise);
        return branches === item.branches && otherwise === item.otherwise ? item : { ...item, branches, otherwise };
      }
      case "for": {
        const [from, to, body] = [this.expression(item.from), this.expression(item.to), this.block(item.body)];
        return from === item.from && to === item.to && body === item.body ? item : { ...item, from, to, body };
      }
      case "function": {
        const body = this.block(item.body);
        return body === item.body ? item : { ...item, body };
      }
      default:
        return item;
    }
  }

  private withValue<S extends { readonly value?: Expression | undefined }>(item: S, value: Expression): S {
    return value === item.value ? item : { ...item, value };
  }

  // ---- sections ------------------------------------------------------------------------------------------------------------------------

  private section(item: SectionStatement): Statement | readonly Statement[] {
    const names = item.tag === undefined ? [item.name] : [item.name, item.tag];
    const entered = [...this.oldPath];
    for (const name of names) {
      entered.push(name.text);
      const known = match(sectionIndex, entered);
      if (known !== undefined && "why" in known.entry) {
        this.find(item.header, entered.join("."), `section '${entered.join(".")}' has no effect: ${known.entry.why}`, {
          span: item.span,
          text: "",
        });
        return [];
      }
    }
    const target = match(sectionIndex, entered);
    let renamed = item;
    let next = [...this.newPath, ...names.map((name) => name.text)];
    if (target !== undefined && "to" in target.entry) {
      const to = target.entry.to.split(".");
      const local = to.slice(to.length - names.length);
      this.find(item.header, entered.join("."), `section '${entered.join(".")}' is called '${target.entry.to}' now`, {
        span: item.header,
        text: local.join(" "),
      });
      renamed = {
        ...item,
        name: { ...item.name, text: local[0] as string },
        tag: item.tag === undefined ? undefined : { ...item.tag, text: local[1] as string },
      };
      next = to;
    } else {
      const key = this.templateKey(
        [...this.newPath, ...names.map((name) => name.text)],
        names[names.length - 1] as Name,
        item.span,
      );
      if (key === null) return [];
      if (key !== undefined && item.tag !== undefined) {
        renamed = { ...item, tag: { ...item.tag, text: key } };
        next = [...next.slice(0, -1), key];
      }
    }
    const saved = [this.oldPath, this.newPath, this.isClosed] as const;
    this.oldPath = entered;
    this.newPath = next;
    this.isClosed = target !== undefined && "to" in target.entry && target.entry.closed === true;
    const rewritten = renamed.body === undefined ? undefined : this.block(renamed.body);
    [this.oldPath, this.newPath, this.isClosed] = saved;
    const body = rewritten === undefined ? undefined : this.withRegion(next, rewritten);
    return renamed === item && body === item.body ? item : { ...renamed, body };
  }

  /**
   * S3 sinks could do without a region up to 0.3.4; it is mandatory now. An empty one makes the sink look for it where it did then (AWS_REGION,
   * AWS_DEFAULT_REGION, us-east-1).
   */
  private withRegion(path: readonly string[], body: Block): Block {
    if (path.length !== 2 || path[0] !== "sink_config") return body;
    const isS3 = (item: Statement): boolean =>
      item.kind === "assign" &&
      item.path.length === 1 &&
      item.path[0]?.text === "sink" &&
      item.value.kind === "literal" &&
      item.value.value === "s3";
    const sink = body.items.find(isS3);
    const place = path.join(".");
    if (sink === undefined || this.mentions.has(`${place}.region`)) return body;
    const end = { start: sink.span.end, end: sink.span.end };
    const lineStart = this.source.text.lastIndexOf("\n", sink.span.start - 1) + 1;
    const before = this.source.text.slice(lineStart, sink.span.start);
    const separator = before.trim() === "" ? `\n${before}` : "; ";
    const message = `sinks of kind s3 need a region now; without one, that of the environment (AWS_REGION) or us-east-1 is taken`;
    this.find(sink.span, `${place}.region`, message, { span: end, text: `${separator}region: ""` });
    return { ...body, items: [...body.items, regionFallback(place, sink.span)] };
  }

  private insideTemplate(firstName: string): boolean {
    const top = this.newPath[0] ?? firstName;
    return top === "report_template" || top === "mark_template";
  }

  /**
   * The new name of a template's key at `….key.NAME`: undefined if the path is no such key or the key is current, null if nothing is to remain of the
   * statement `span`. Keys that are deprecated but still ours keep their name; only the fix renames them.
   */
  private templateKey(path: readonly string[], name: Name, span: Span): string | null | undefined {
    if (path.length === 2 && path[0] === "keyspec") return this.keySpecification(path, name, span);
    if (path.length !== 4 || path[2] !== "key" || (path[0] !== "report_template" && path[0] !== "mark_template"))
      return undefined;
    const old = name.text;
    const twin = Object.hasOwn(deprecatedKeys, old) ? deprecatedKeys[old] : undefined;
    const replacement = Object.hasOwn(legacyKeys, old) ? (legacyKeys[old] as string | null) : undefined;
    const now = twin ?? replacement;
    if (now === undefined) return undefined;
    if (now === null) {
      this.find(name.span, old, `the key '${old}' does not exist any more`, { span, text: "" });
      return null;
    }
    const isThere = this.mentions.has([...path.slice(0, 3), now].join("."));
    const note =
      twin !== undefined
        ? "; both are reported under the name that the template uses"
        : isThere
          ? ", which the template names, too"
          : "";
    this.find(
      name.span,
      old,
      `the key '${old}' is called '${now}' now${note}`,
      isThere ? { span, text: "" } : { span: name.span, text: now },
    );
    if (twin !== undefined) return undefined;
    return isThere ? null : now;
  }

  /** A setting of a key that shipped once, such as a value for it; whoever declares a key of that name anew means their own. */
  private keySpecification(path: readonly string[], name: Name, span: Span): string | null | undefined {
    const now = Object.hasOwn(legacyKeys, name.text) ? legacyKeys[name.text] : undefined;
    if (now === undefined || this.mentions.has(`${path.join(".")}.kind`)) return undefined;
    if (now === null) this.find(name.span, name.text, `the key '${name.text}' does not exist any more`, { span, text: "" });
    else this.find(name.span, name.text, `the key '${name.text}' is called '${now}' now`, { span: name.span, text: now });
    return now;
  }

  // ---- attributes ----------------------------------------------------------------------------------------------------------------------

  private assignment(item: AttributeAssignment): Statement | readonly Statement[] {
    const first = item.path[0] as Name;
    const last = item.path[item.path.length - 1] as Name;
    const value = this.expression(item.value);
    const ordinary =
      !this.isClosed &&
      item.path.length === 1 &&
      !fieldIndex.has(last.text) &&
      !valueIndex.has(last.text) &&
      !this.insideTemplate(first.text);
    if (ordinary) return this.withValue(item, value);
    const pathSpan = { start: first.span.start, end: last.span.end };
    const old = [...this.oldPath, ...item.path.map((name) => name.text)];
    const written = old.join(".");
    const known = match(fieldIndex, old);
    if (known !== undefined) return this.replaced({ ...item, value }, known.entry, known.stars, written, pathSpan);
    const closed = old.length > 1 ? match(sectionIndex, old.slice(0, -1)) : undefined;
    if (closed !== undefined && "to" in closed.entry && closed.entry.closed === true)
      return this.dropped(item, written, pathSpan, "the section that it belonged to does not exist any more");
    // A renamed section on the way: `aws.ec2.x`, `plugin.imdsv2.enabled`.
    for (let length = old.length - 1; length > this.oldPath.length; length--) {
      const section = match(sectionIndex, old.slice(0, length));
      if (section === undefined) continue;
      if ("why" in section.entry) return this.dropped(item, written, pathSpan, section.entry.why);
      return [this.renamed({ ...item, value }, [...section.entry.to.split("."), ...old.slice(length)], written, pathSpan)];
    }
    const absolute = [...this.newPath, ...item.path.map((name) => name.text)];
    const level = absolute[0] === "keyspec" ? 2 : 4;
    const depth = level - this.newPath.length;
    const keyName = depth >= 1 ? item.path[depth - 1] : undefined;
    if (keyName !== undefined) {
      const key = this.templateKey(absolute.slice(0, level), keyName, item.span);
      if (key === null) return [];
      if (key !== undefined)
        return [{ ...item, value, path: item.path.map((name) => (name === keyName ? { ...name, text: key } : name)) }];
    }
    const current = this.values(absolute, value);
    const isEmptied = current.kind === "list" && current.items.length === 0 && value.kind === "list" && value.items.length > 0;
    return isEmptied ? this.switchedOff({ ...item, value: current }) : this.withValue(item, current);
  }

  private dropped(item: AttributeAssignment, written: string, span: Span, why: string): Statement[] {
    this.find(span, written, `'${written}' has no effect: ${why}`, { span: item.span, text: "" });
    return [];
  }

  /** A report that none of today's operations would make is disabled (`facts/legacy.json`, choices). */
  private switchedOff(item: AttributeAssignment): Statement[] {
    const last = item.path[item.path.length - 1] as Name;
    const off: Expression = { kind: "literal", span: item.value.span, raw: "false", type: "bool", value: false };
    return [item, { ...item, path: [...item.path.slice(0, -1), { ...last, text: "enabled" }], value: off }];
  }

  private replaced(
    item: AttributeAssignment,
    action: FieldAction,
    stars: readonly string[],
    written: string,
    span: Span,
  ): Statement[] {
    switch (action.kind) {
      case "rename":
        return [this.renamed(item, currentSection(fill(action.to, stars)), written, span)];
      case "drop":
        return this.dropped(item, written, span, action.why);
      case "key-provider":
        return this.keyProvider(item, action.to, written, span);
      case "key-file":
        return this.keyFile(item, action.section, written, span);
    }
  }

  /** The assignment under its new absolute path, written relative to the section it stands in. */
  private renamed(item: AttributeAssignment, to: readonly string[], written: string, span: Span): AttributeAssignment {
    const local = this.newPath.every((name, i) => to[i] === name) ? to.slice(this.newPath.length) : undefined;
    const path = local ?? to;
    this.find(
      span,
      written,
      `'${written}' is spelled '${to.join(".")}' now`,
      local === undefined ? undefined : { span, text: local.join(".") },
    );
    return { ...item, path: path.map((text) => ({ text, span })), value: this.values(to, item.value) };
  }

  /** `false` chose today's `embed`; `true` a service that is gone, so that whatever the configuration says besides counts. */
  private keyProvider(item: AttributeAssignment, to: string, written: string, span: Span): Statement[] {
    const { value } = item;
    if (value.kind !== "literal" || value.value !== false)
      return this.dropped(item, written, span, "the secret service does not exist any more; supply CHALK_PASSWORD");
    this.find(span, written, `'${written}: false' is spelled '${to}: "embed"' now`, { span: item.span, text: `${to}: "embed"` });
    return [assignment(item, to.split("."), span, stringLiteral("embed", value.span))];
  }

  private keyFile(item: AttributeAssignment, section: string, written: string, span: Span): Statement[] {
    const { value } = item;
    // The key file of the removed provider counts if that was in use and today's is not set up.
    const ofBackup = written.startsWith("attestation.attestation_key_backup.");
    if (ofBackup && !(this.mentions.assigns("attestation.key_provider", "backup") && !this.mentions.has(section)))
      return this.dropped(item, written, span, "the key provider 'backup' does not exist any more");
    if (value.kind !== "literal" || value.type !== "string") {
      this.find(
        span,
        written,
        `'${written}' is set by filename, save_path and get_paths of '${section}' now; a computed value cannot be carried over`,
      );
      return [];
    }
    const { filename, directory } = keyFileParts(value.value);
    const relative = section.split(".").slice(this.newPath.length);
    const fields: readonly [string, string, Expression][] = [
      ["filename", JSON.stringify(filename), stringLiteral(filename, value.span)],
      ["save_path", JSON.stringify(directory), stringLiteral(directory, value.span)],
      ["get_paths", `[${JSON.stringify(directory)}]`, stringList([directory], value.span)],
    ];
    this.find(span, written, `'${written}' is set by filename, save_path and get_paths of '${section}' now`, {
      span: item.span,
      text: fields.map(([name, text]) => `${[...relative, name].join(".")}: ${text}`).join("; "),
    });
    return fields.map(([name, , field]) => assignment(item, [...relative, name], span, field));
  }

  /** String values that have another name now. */
  private values(path: readonly string[], value: Expression): Expression {
    const known = match(valueIndex, path);
    if (known === undefined) return value;
    const replace = (item: Expression): Expression | null => {
      if (item.kind !== "literal" || item.type !== "string" || !Object.hasOwn(known.entry, item.value)) return item;
      const to = known.entry[item.value] as string | null;
      this.find(
        item.span,
        item.value,
        to === null ? `the value '${item.value}' does not exist any more` : `the value '${item.value}' is called '${to}' now`,
        to === null ? undefined : { span: item.span, text: JSON.stringify(to) },
      );
      return to === null ? null : { ...item, value: to, raw: JSON.stringify(to) };
    };
    if (value.kind === "list") {
      const gone = value.items.filter(
        (item) => item.kind === "literal" && item.type === "string" && known.entry[item.value] === null,
      );
      if (gone.length > 0) this.removeItems(path, value, gone);
      return { ...value, items: value.items.filter((item) => !gone.includes(item)).map((item) => replace(item) ?? item) };
    }
    return replace(value) ?? value;
  }

  /** Findings for items that leave a list; each takes the comma between it and its neighbour with it. */
  private removeItems(path: readonly string[], list: Extract<Expression, { kind: "list" }>, gone: readonly Expression[]): void {
    const { items } = list;
    const text = (item: Expression): string => (item.kind === "literal" && item.type === "string" ? item.value : "");
    if (gone.length === items.length) {
      const names = gone.map((item) => `'${text(item)}'`).join(", ");
      const lineStart = this.source.text.lastIndexOf("\n", list.span.start - 1) + 1;
      const before = this.source.text.slice(lineStart, list.span.start);
      const target = /^(\s*)([^\s:=]*?)use_when\s*[:=]\s*$/.exec(before);
      const off = target === null ? "" : `\n${target[1]}${target[2]}enabled: false`;
      const message = `no operation of '${path.join(".")}' exists any more (${names}): the report is never made`;
      this.find(list.span, text(gone[0] as Expression), message, { span: list.span, text: `[]${off}` });
      return;
    }
    const lastKept = items.findLastIndex((item) => !gone.includes(item));
    for (const item of gone) {
      const at = items.indexOf(item);
      const span =
        at < lastKept
          ? { start: item.span.start, end: (items[at + 1] as Expression).span.start }
          : { start: (items[at - 1] as Expression).span.end, end: item.span.end };
      this.find(item.span, text(item), `the value '${text(item)}' does not exist any more`, { span, text: "" });
    }
  }
}

/** The path with the sections on its way called as they are now: the field of `plugin.cloudMetadata.artifact_keys` and its section were both renamed. */
function currentSection(path: readonly string[]): readonly string[] {
  for (let length = path.length - 1; length > 0; length--) {
    const section = match(sectionIndex, path.slice(0, length));
    if (section !== undefined && "to" in section.entry) return [...section.entry.to.split("."), ...path.slice(length)];
  }
  return path;
}

/** Reads a file's old spellings as current ones. The tree is the same object if there are none. */
export function modernize(ast: FileNode, source: SourceFile): Modernized {
  const rewriter = new Rewriter(ast, source);
  const items = rewriter.statements(ast.items);
  return rewriter.findings.length === 0 ? { ast, findings: [] } : { ast: { ...ast, items }, findings: rewriter.findings };
}
