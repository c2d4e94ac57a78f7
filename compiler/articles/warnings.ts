/** Articles about what is allowed and probably not meant (family W). */
import { defineArticles } from "./article.js";

export const warningArticles = defineArticles([
  [
    "C4M-W001",
    "The file contains bytes that are not valid UTF-8; each of them was read as the character of the same number. Most likely the file was saved in an older encoding such as Latin-1. Save it as UTF-8, so that its text means the same everywhere.",
    { config: 'city: "Zürich"\n', host: { does: "The file is encoded in Latin-1.", latin1: true } },
    'city: "Zürich"\n',
  ],
  [
    "C4M-W002",
    "not and ! take everything to their right: not a and b means not (a and b), and not a == b means not (a == b). Many readers expect otherwise. Write parentheses around what you mean; with them, the warning is gone.",
    "usable = not false and false\n",
    "usable = (not false) and false\n",
  ],
  [
    "C4M-W003",
    "A section has the name of a keyword of other languages, such as while or class. c4m knows no such statement: a word, another word and a block make a section with a tag. If you meant a loop or a function, use for or func; if you meant a section, consider another name.",
    "while busy {\n  level = 1\n}\n",
    "state busy {\n  level = 1\n}\n",
  ],
  [
    "C4M-W004",
    "A variable that takes a part of a tuple has the name of a function or an attribute, and hides it for the rest of the block. Reading the name gives the variable from here on. Choose another name.",
    'port = 80\nport, name := (443, "web")\n',
    'port = 80\nnew_port, name := (443, "web")\n',
  ],
  [
    "C4M-W005",
    "This is a subtraction: 2024-01-05 is 2018. Dates are written between << and >>. If you want to subtract, put blanks around the operators.",
    "released = 2024-01-05\n",
    "released = <<2024-01-05>>\n",
  ],
  [
    "C4M-W006",
    "The backslash before this character has no effect: the character stands for itself. The escapes are \\n \\r \\t \\a \\b \\f \\\\ \\\" \\' \\$ and \\x, \\u and \\U with hexadecimal digits. For a backslash, as in regular expressions and Windows paths, write two.",
    'pattern = "\\d+"\n',
    'pattern = "\\\\d+"\n',
  ],
  [
    "C4M-W007",
    "The function returns a value on some ways through it and not on others. If such a call happens, evaluation ends with C4M-E008. Add a return at the end, or set result at the beginning.",
    'func port_of(name: string) {\n  if name == "http" { return 80 }\n}\n',
    'func port_of(name: string) {\n  if name == "http" { return 80 }\n  return 0\n}\n',
  ],
  [
    "C4M-W008",
    "A statement directly after return, break or continue is never executed. Remove it, or move it before.",
    'func port() {\n  return 80\n  echo("done")\n}\n',
    'func port() {\n  echo("done")\n  return 80\n}\n',
  ],
  [
    "C4M-W009",
    "The same key stands twice in a dict. The value that stands last wins, the other is never seen. Remove one.",
    'ports = {"http": 80, "http": 8080}\n',
    'ports = {"http": 80, "https": 443}\n',
  ],
  [
    "C4M-W010",
    "con4m 0.2 computes chains of - and of / from right to left, so that 10 - 3 - 2 is 9 there; here it is 5, as in other languages. The warning is off unless asked for, and helps with configurations that both must read. Parentheses settle it.",
    {
      config: "left = 10 - 3 - 2\n",
      host: { does: "Groupings that differ from con4m 0.2 are reported.", warnsOfGrouping: true },
    },
    {
      config: "left = (10 - 3) - 2\n",
      host: { does: "Groupings that differ from con4m 0.2 are reported.", warnsOfGrouping: true },
    },
  ],
  [
    "C4M-W012",
    "The statement computes a value and throws it away, so it does nothing. A missing = is the usual reason, or a line break before an operator: the expression ended on the line before. Exporting an attribute does nothing either, since attributes are visible everywhere.",
    "level = 1\nlevel\n",
    "level = 1\necho(level)\n",
  ],
  [
    "C4M-W013",
    "slice() of a string counts bytes, and these bounds cut a character of several bytes in two: the result is not valid text. Choose other bounds, or take characters with an index, which counts characters.",
    'start = slice("Zürich", 0, 2)\n',
    'start = slice("Zürich", 0, 3)\n',
  ],
  [
    "C4M-W014",
    "binary_sha256() covers the value of floats, whereas upstream's function ignores it. The two give different results for data that contains floats. If the hash must agree, convert the floats to strings first.",
    "digest = binary_sha256([1.5])\n",
    'digest = binary_sha256(["1.5"])\n',
  ],
]);
