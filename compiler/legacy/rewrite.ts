/**
 * Reading old spellings as current ones: a pass over the syntax tree of a user's file, before names are resolved. The tree that comes out means what
 * the old text meant; every rewritten place is a finding with the replacement text, which `config lint` shows as a deprecation and `config migrate`
 * applies. Nothing else in the compiler knows that older releases existed.
 */
import type { AttributeAssignment, Block, Expression, FileNode, Name, SectionStatement, Statement } from "../../grammar/ast.js";
import type { SourceFile } from "../../grammar/source.js";
import { type Location, locate, type Span } from "../../grammar/span.js";
import { deprecatedKeys, type FieldAction, legacyFields, legacyKeys, legacySections, legacyValues } from "./table.js";

/** One use of an old spelling. */
export interface LegacyFinding {
  readonly location: Location;
  /** What was written, for instance `exec.heartbeat_rate`. */
  readonly old: string;
  readonly message: string;
  /** Replacement of `span` in the source text, if the new spelling can stand there. */
  readonly fix: { readonly span: Span; readonly location: Location; readonly text: string } | undefined;
}

export interface Modernized {
  readonly ast: FileNode;
  readonly findings: readonly LegacyFinding[];
}

/** A pattern of a table, split into its parts. */
interface Pattern<T> {
  readonly parts: readonly string[];
  readonly stars: boolean;
  readonly entry: T;
}

/** The patterns of a table by their last part, plain ones first: almost every path of a configuration is told apart by its last name. */
type PatternIndex<T> = ReadonlyMap<string, readonly Pattern<T>[]>;

function indexOf<T>(table: Readonly<Record<string, T>>): PatternIndex<T> {
  const index = new Map<string, Pattern<T>[]>();
  for (const [text, entry] of Object.entries(table)) {
    const parts = text.split(".");
    const pattern: Pattern<T> = { parts, stars: parts.includes("*"), entry };
    const last = parts[parts.length - 1] as string;
    const known = index.get(last) ?? [];
    index.set(last, pattern.stars ? [...known, pattern] : [pattern, ...known]);
  }
  return index;
}

const fieldIndex = indexOf(legacyFields);
const sectionIndex = indexOf(legacySections);
const valueIndex = indexOf(legacyValues);

/** The pattern that fits a path, and the names that its stars stand for. Patterns never end with a star. */
function match<T>(
  index: PatternIndex<T>,
  path: readonly string[],
): { readonly entry: T; readonly stars: readonly string[] } | undefined {
  const candidates = index.get(path[path.length - 1] as string);
  if (candidates === undefined) return undefined;
  for (const { parts, stars, entry } of candidates) {
    if (parts.length !== path.length || !parts.every((part, i) => part === "*" || part === path[i])) continue;
    return { entry, stars: stars ? path.filter((_, i) => parts[i] === "*") : [] };
  }
  return undefined;
}

/** `items.map(change)`, but the same array if nothing changed. */
function mapped<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let result: T[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as T;
    const next = change(item);
    if (result === undefined && next !== item) result = items.slice(0, i);
    result?.push(next);
  }
  return result ?? items;
}

function fill(pattern: string, stars: readonly string[]): string[] {
  let next = 0;
  return pattern.split(".").map((part) => (part === "*" ? (stars[next++] as string) : part));
}

class Rewriter {
  readonly findings: LegacyFinding[] = [];
  private readonly source: SourceFile;
  /** Absolute path of the section being read, in old and in new names. */
  private oldPath: string[] = [];
  private newPath: string[] = [];

  constructor(source: SourceFile) {
    this.source = source;
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
      const key = this.templateKey([...this.newPath, ...names.map((name) => name.text)], names[names.length - 1] as Name);
      if (key === null) {
        this.find(item.header, entered.join("."), `the key '${entered[entered.length - 1]}' does not exist any more`, {
          span: item.span,
          text: "",
        });
        return [];
      }
      if (key !== undefined && item.tag !== undefined) {
        renamed = { ...item, tag: { ...item.tag, text: key } };
        next = [...next.slice(0, -1), key];
      }
    }
    const saved = [this.oldPath, this.newPath] as const;
    this.oldPath = entered;
    this.newPath = next;
    const body = renamed.body === undefined ? undefined : this.block(renamed.body);
    [this.oldPath, this.newPath] = saved;
    return renamed === item && body === item.body ? item : { ...renamed, body };
  }

  /**
   * The new name of a template's key at `….key.NAME`: undefined if the path is no such key or the key is current, null if the key is gone.
   * Keys that are deprecated but still ours are only reported.
   */
  private insideTemplate(firstName: string): boolean {
    const top = this.newPath[0] ?? firstName;
    return top === "report_template" || top === "mark_template";
  }

  private templateKey(path: readonly string[], name: Name): string | null | undefined {
    if (path.length !== 4 || path[2] !== "key" || (path[0] !== "report_template" && path[0] !== "mark_template"))
      return undefined;
    const twin = deprecatedKeys[name.text];
    if (twin !== undefined)
      this.find(
        name.span,
        name.text,
        `the key '${name.text}' is called '${twin}' now; both are reported under the name that the template uses`,
        { span: name.span, text: twin },
      );
    const replacement = Object.hasOwn(legacyKeys, name.text) ? (legacyKeys[name.text] as string | null) : undefined;
    if (typeof replacement === "string")
      this.find(name.span, name.text, `the key '${name.text}' is called '${replacement}' now`, {
        span: name.span,
        text: replacement,
      });
    return replacement;
  }

  // ---- attributes ----------------------------------------------------------------------------------------------------------------------

  private assignment(item: AttributeAssignment): Statement | readonly Statement[] {
    const first = item.path[0] as Name;
    const last = item.path[item.path.length - 1] as Name;
    const value = this.expression(item.value);
    const ordinary =
      item.path.length === 1 && !fieldIndex.has(last.text) && !valueIndex.has(last.text) && !this.insideTemplate(first.text);
    if (ordinary) return this.withValue(item, value);
    const pathSpan = { start: first.span.start, end: last.span.end };
    const old = [...this.oldPath, ...item.path.map((name) => name.text)];
    const written = old.join(".");
    const known = match(fieldIndex, old);
    if (known !== undefined) return this.replaced({ ...item, value }, known.entry, known.stars, written, pathSpan);
    // A renamed section on the way: `aws.ec2.x`, `plugin.imdsv2.enabled`.
    for (let length = old.length - 1; length > this.oldPath.length; length--) {
      const section = match(sectionIndex, old.slice(0, length));
      if (section === undefined) continue;
      if ("why" in section.entry) {
        this.find(pathSpan, written, `'${written}' has no effect: ${section.entry.why}`, { span: item.span, text: "" });
        return [];
      }
      return [this.renamed({ ...item, value }, [...section.entry.to.split("."), ...old.slice(length)], written, pathSpan)];
    }
    const absolute = [...this.newPath, ...item.path.map((name) => name.text)];
    const depth = 4 - this.newPath.length;
    const keyName = depth >= 1 ? item.path[depth - 1] : undefined;
    if (keyName !== undefined) {
      const key = this.templateKey(absolute.slice(0, 4), keyName);
      if (key === null) {
        this.find(keyName.span, keyName.text, `the key '${keyName.text}' does not exist any more`, { span: item.span, text: "" });
        return [];
      }
      if (key !== undefined)
        return [{ ...item, value, path: item.path.map((name) => (name === keyName ? { ...name, text: key } : name)) }];
    }
    return this.withValue(item, this.values(absolute, value));
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
        return [this.renamed(item, fill(action.to, stars), written, span)];
      case "drop":
        this.find(span, written, `'${written}' has no effect: ${action.why}`, { span: item.span, text: "" });
        return [];
      case "key-provider": {
        this.find(span, written, `'${written}' has no effect: keys are embedded; supply CHALK_PASSWORD`, {
          span: item.span,
          text: "",
        });
        return [];
      }
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
    return { ...item, path: path.map((text) => ({ text, span })) };
  }

  private keyFile(item: AttributeAssignment, section: string, written: string, span: Span): Statement[] {
    const { value } = item;
    if (value.kind !== "literal" || value.type !== "string") {
      this.find(
        span,
        written,
        `'${written}' is set by filename, save_path and get_paths of '${section}' now; a computed value cannot be carried over`,
      );
      return [];
    }
    const slash = value.value.lastIndexOf("/");
    const directory = slash < 0 ? "." : value.value.slice(0, slash) || "/";
    const stem = value.value.slice(slash + 1).replace(/\.(key|pub)?$/, "");
    const text = (content: string): Expression => ({
      kind: "literal",
      span: value.span,
      raw: JSON.stringify(content),
      type: "string",
      value: content,
      pieces: 1,
    });
    const relative = section.split(".").slice(this.newPath.length);
    const fields: [string, Expression][] = [
      ["filename", text(`${stem}.key`)],
      ["save_path", text(directory)],
      ["get_paths", { kind: "list", items: [text(directory)], span: value.span }],
    ];
    const replacement = fields
      .map(
        ([name, field]) =>
          `${[...relative, name].join(".")}: ${field.kind === "list" ? `[${JSON.stringify(directory)}]` : field.kind === "literal" ? field.raw : ""}`,
      )
      .join("; ");
    this.find(span, written, `'${written}' is set by filename, save_path and get_paths of '${section}' now`, {
      span: item.span,
      text: replacement,
    });
    return fields.map(([name, field]) => ({
      ...item,
      path: [...relative, name].map((part) => ({ text: part, span })),
      value: field,
    }));
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
    if (value.kind === "list")
      return { ...value, items: value.items.map(replace).filter((item): item is Expression => item !== null) };
    return replace(value) ?? value;
  }

  // ---- reading attributes --------------------------------------------------------------------------------------------------------------

  /** Dotted path of a chain of members, if it is one. */
  private chain(node: Expression): string[] | undefined {
    if (node.kind === "name") return [node.name];
    if (node.kind !== "member") return undefined;
    const base = this.chain(node.object);
    return base === undefined ? undefined : [...base, node.member.text];
  }

  private readonly expression = (node: Expression): Expression => {
    switch (node.kind) {
      case "member": {
        const path = this.chain(node);
        const known = path === undefined ? undefined : match(fieldIndex, path);
        if (path !== undefined && known?.entry.kind === "rename") {
          const to = fill(known.entry.to, known.stars);
          this.find(node.span, path.join("."), `'${path.join(".")}' is spelled '${to.join(".")}' now`, {
            span: node.span,
            text: to.join("."),
          });
          const [head, ...rest] = to as [string, ...string[]];
          return rest.reduce<Expression>(
            (object, text) => ({ kind: "member", object, member: { text, span: node.span }, span: node.span }),
            { kind: "name", name: head, span: node.span },
          );
        }
        if (path !== undefined) return node;
        const object = this.expression(node.object);
        return object === node.object ? node : { ...node, object };
      }
      case "index": {
        const [object, index] = [this.expression(node.object), this.expression(node.index)];
        return object === node.object && index === node.index ? node : { ...node, object, index };
      }
      case "call": {
        const args = mapped(node.args, this.expression);
        return args === node.args ? node : { ...node, args };
      }
      case "method": {
        const [receiver, args] = [this.expression(node.receiver), mapped(node.args, this.expression)];
        return receiver === node.receiver && args === node.args ? node : { ...node, receiver, args };
      }
      case "unary": {
        const operand = this.expression(node.operand);
        return operand === node.operand ? node : { ...node, operand };
      }
      case "binary": {
        const [left, right] = [this.expression(node.left), this.expression(node.right)];
        return left === node.left && right === node.right ? node : { ...node, left, right };
      }
      case "paren": {
        const inner = this.expression(node.inner);
        return inner === node.inner ? node : { ...node, inner };
      }
      case "tuple":
      case "list": {
        const items = mapped(node.items, this.expression);
        return items === node.items ? node : { ...node, items };
      }
      case "dict": {
        const entries = mapped(node.entries, (entry) => {
          const [key, value] = [this.expression(entry.key), this.expression(entry.value)];
          return key === entry.key && value === entry.value ? entry : { key, value };
        });
        return entries === node.entries ? node : { ...node, entries };
      }
      default:
        return node;
    }
  };
}

/** Reads a file's old spellings as current ones. The tree is the same object if there are none. */
export function modernize(ast: FileNode, source: SourceFile): Modernized {
  const rewriter = new Rewriter(source);
  const items = rewriter.statements(ast.items);
  return rewriter.findings.length === 0 ? { ast, findings: [] } : { ast: { ...ast, items }, findings: rewriter.findings };
}

/** Applies the fixes of findings to a source text, last first; statements that vanish take their line with them. */
export function applyFindings(text: string, findings: readonly LegacyFinding[]): string {
  const fixes = findings
    .flatMap((finding) => (finding.fix === undefined ? [] : [finding.fix]))
    .sort((a, b) => b.span.start - a.span.start);
  let result = text;
  let limit = Number.POSITIVE_INFINITY;
  for (const { span, text: replacement } of fixes) {
    if (span.end > limit) continue;
    let { start, end } = span;
    if (replacement === "") {
      const lineStart = result.lastIndexOf("\n", start - 1) + 1;
      const lineEnd = result.indexOf("\n", end);
      if (
        result.slice(lineStart, start).trim() === "" &&
        (lineEnd < 0 ? result.slice(end) : result.slice(end, lineEnd)).replace(/^[ \t;]*(#.*|\/\/.*)?/, "").trim() === ""
      ) {
        start = lineStart;
        end = lineEnd < 0 ? result.length : lineEnd + 1;
      }
    }
    result = result.slice(0, start) + replacement + result.slice(end);
    limit = start;
  }
  return result;
}
