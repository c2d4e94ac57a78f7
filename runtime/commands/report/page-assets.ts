/** Style and script of the page. The script only shows the reports that the page carries as data; charts and tables work without it. */

export const style = `
:root { color-scheme: light dark; --paper: #f7f8fa; --card: #fff; --ink: #1c2430; --soft: #5d6b7e; --line: #e1e6ee; --out: #2f6fed; --in: #0f9d84; --local: #98a3b3; --warn: #b4541a; --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --card: #1a2029; --ink: #e6ebf2; --soft: #97a4b8; --line: #2b3441; --out: #6ea0ff; --in: #34c7ab; --local: #6d7a8c; --warn: #f0a064; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1216px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 0 0 4px; }
p.lead, p.hint { margin: 4px 0 0; color: var(--soft); }
p.hint { margin-bottom: 14px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; margin-top: 20px; }
dl.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; }
dl.numbers div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 18px; display: flex; flex-direction: column-reverse; }
dl.numbers dd { margin: 0; font-size: 28px; font-weight: 650; font-variant-numeric: tabular-nums; }
dl.numbers dt { color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; }
svg.chart { display: block; width: 100%; min-width: 860px; height: auto; font-size: 13px; }
svg text { fill: var(--ink); }
svg .label { font-family: var(--mono); font-size: 12.5px; }
svg .host { font-weight: 650; font-size: 14px; }
svg .port, svg .tick, svg .note, svg .detail, svg .column { fill: var(--soft); font-size: 12px; }
svg .port { text-anchor: end; }
svg .tick, svg .c1 { text-anchor: middle; }
svg .c2 { text-anchor: end; }
svg .grid { stroke: var(--line); }
svg .lane { stroke: var(--line); stroke-dasharray: 2 4; }
svg rect.out { fill: var(--out); } svg rect.in { fill: var(--in); } svg rect.local { fill: var(--local); }
svg .node rect { fill: var(--paper); stroke: var(--line); }
svg .node .name { font-family: var(--mono); font-size: 12.5px; }
svg .own rect { fill: var(--card); stroke: var(--ink); stroke-width: 1.5; }
svg .own .name { font-weight: 650; }
svg .edge { fill: none; opacity: 0.45; } svg .edge:hover { opacity: 1; }
svg .edge.out { stroke: var(--out); } svg .edge.in { stroke: var(--in); }
.legend { display: flex; gap: 18px; flex-wrap: wrap; color: var(--soft); font-size: 13px; margin-bottom: 12px; }
.legend i { display: inline-block; width: 18px; height: 10px; border-radius: 4px; margin-right: 6px; }
.legend .out { background: var(--out); } .legend .in { background: var(--in); } .legend .local { background: var(--local); }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:last-child { width: 99%; }
tbody tr:last-child td { border-bottom: 0; }
details > summary { cursor: pointer; color: var(--soft); margin-bottom: 8px; }
#list details { border-bottom: 1px solid var(--line); }
#list summary { display: flex; gap: 18px; padding: 6px 0; margin: 0; color: var(--ink); font-size: 13.5px; font-variant-numeric: tabular-nums; list-style: none; }
#list summary::before { content: "▸"; color: var(--soft); }
#list details[open] summary::before { content: "▾"; }
#list summary span:nth-child(1) { min-width: 170px; } #list summary span:nth-child(2) { min-width: 100px; } #list summary span:nth-child(3) { min-width: 50px; }
pre { font: 12.5px/1.45 var(--mono); background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; overflow: auto; max-height: 480px; margin: 4px 0 14px; }
input, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 6px 12px; }
input { width: 100%; max-width: 420px; margin-bottom: 12px; }
button { margin-top: 12px; cursor: pointer; }
@media print { section { break-inside: avoid; } }
`;

export const script = `
"use strict";
const { rows, lines } = JSON.parse(document.getElementById("data").textContent);
const list = document.getElementById("list"), filter = document.getElementById("filter"), more = document.getElementById("more"), count = document.getElementById("count");
// Indents the text as it is, so that numbers of any size stay what they are.
function pretty(text) {
  const parts = text.match(/"(?:[^"\\\\]|\\\\.)*"|[\\[\\]{},:]|[^\\s\\[\\]{},:"]+/g) || [];
  let out = "", depth = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i], line = "\\n" + "  ".repeat(depth);
    if (part === "[" || part === "{") {
      // Short lists of plain values, such as sockets, stay on one line.
      let end = i + 1;
      while (end < parts.length && !/^[\\[\\]{}]$/.test(parts[end])) end++;
      const inner = parts.slice(i + 1, end).map((one) => (one === "," ? ", " : one)).join("");
      const closed = parts[end] === "]" || parts[end] === "}";
      if (closed && (inner === "" || (part === "[" && inner.length <= 110))) { out += part + inner + parts[end]; i = end; }
      else { depth++; out += part + line + "  "; }
    }
    else if (part === "]" || part === "}") { depth--; out += "\\n" + "  ".repeat(depth) + part; }
    else out += part === "," ? "," + line : part === ":" ? ": " : part;
  }
  return out;
}
let found = rows, shown = 0;
function add() {
  for (const end = Math.min(shown + 100, found.length); shown < end; shown++) {
    const row = found[shown], entry = document.createElement("details"), head = document.createElement("summary");
    for (const text of row.cells) { const cell = document.createElement("span"); cell.textContent = text; head.append(cell); }
    entry.append(head);
    entry.addEventListener("toggle", () => {
      if (!entry.open || entry.childElementCount > 1) return;
      const body = document.createElement("pre");
      body.textContent = row.line === null ? "This report is not part of the page, which would be too large." : pretty(lines[row.line]);
      entry.append(body);
    });
    list.append(entry);
  }
  more.hidden = shown >= found.length;
  count.textContent = found.length === rows.length ? rows.length + " reports" : found.length + " of " + rows.length + " reports";
}
function search() {
  const wanted = filter.value.toLowerCase();
  found = wanted === "" ? rows : rows.filter((row) => row.cells.some((text) => text.toLowerCase().includes(wanted)) || (row.line !== null && lines[row.line].toLowerCase().includes(wanted)));
  list.replaceChildren(); shown = 0; add();
}
filter.addEventListener("input", search);
more.addEventListener("click", add);
add();
`;
