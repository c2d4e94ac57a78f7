// A large configuration for measuring the language: sections of five attributes with arithmetic, string building and lists, 125 bytes each.
/** Text of a configuration with so many sections. */
export function generate(sections) {
  const parts = [];
  for (let i = 0; i < sections; i++) {
    parts.push(`unit u${i} {\n  size: ${i} * 3 + 17\n  name: "unit " + "${i}"\n  list: ["a${i}", "b", "c"]\n  on: ${i} > 100\n  sum: (${i} + 4) * 2\n}\n`);
  }
  return parts.join("");
}
