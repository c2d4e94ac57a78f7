/** Articles about expressions and blocks that are not well-formed (family P, first half; `language.md` 2). */
import { defineArticles } from "./article.js";

export const syntaxArticles = defineArticles([
  [
    "C4M-P001",
    "An expression was expected here and something else stands in its place. Often the right-hand side of an assignment is missing, an operator has nothing to its right, or a comma is followed by another. Write the value, or remove the operator.",
    "limit = 3 *\n",
    "limit = 3 * 4\n",
  ],
  [
    "C4M-P002",
    "The statement is complete, yet something follows it on the same line. Statements are separated by line ends or semicolons. A missing operator looks like this too, as does a missing quote or a bracket that was closed too early.",
    "limit = 3 4\n",
    "limit = 3; other = 4\n",
  ],
  [
    "C4M-P003",
    "The header of an if, for, func or section is followed by a block in braces, and none begins here. c4m always wants the braces, also around a single statement. For another condition write elif: else if is not a form of c4m.",
    "if 1 < 2\n  level = 1\n",
    "if 1 < 2 {\n  level = 1\n}\n",
  ],
  [
    "C4M-P004",
    "This brace opens a block that is never closed. The place shown is the opening brace; the missing one belongs somewhere below it. If the indentation is right, the formatter shows where the block really ends: run chalk config fmt after adding a brace.",
    "server {\n  port = 80\n",
    "server {\n  port = 80\n}\n",
  ],
  [
    "C4M-P005",
    "A parenthesis that was opened, around an expression, the arguments of a call or the parameters of a function type, is not closed where it should be. Check for a missing comma between arguments as well: two values side by side end the list.",
    "limit = (3 + 4\n",
    "limit = (3 + 4)\n",
  ],
  [
    "C4M-P006",
    "A square bracket after a value holds exactly one index, and after list, dict or tuple the types of what it contains; it is not closed here. There are no slices with a colon: use slice(text, from, to).",
    "names := [1, 2, 3]\nfirst = names[0\n",
    "names := [1, 2, 3]\nfirst = names[0]\n",
  ],
  [
    "C4M-P007",
    "In a dict every key is followed by a colon and its value. Braces in an expression always make a dict; a collection of single values is a list, in square brackets.",
    'ports = {"http", "https"}',
    'ports = {"http": 80, "https": 443}',
  ],
  [
    "C4M-P008",
    "The items of a list or dict are separated by commas, and the last one is followed by the closing bracket. Here an item is followed by something else, most often by the next item without a comma. A comma after the last item is fine.",
    "ports = [80 443]",
    "ports = [80, 443]",
  ],
  [
    "C4M-P009",
    "A name is expected here: of a variable after var, of a constant after enum, of a member after a point. Names begin with a letter, _ or $ and continue with letters, digits, _ or $. Reserved words such as if, for, to and is cannot be names.",
    "enum Low, 2\n",
    "enum Low, High\n",
  ],
  [
    "C4M-P010",
    "A closing bracket has no opening one. Either it is left over from an edit, or the block was closed one brace too early further up. Remove it, or look for the brace that closes too much.",
    "server {\n  port = 80\n}\n}\n",
    "server {\n  port = 80\n}\n",
  ],
  [
    "C4M-P011",
    "No statement begins with this. A statement begins with the name of an attribute, variable or section, with a word such as if or for, with ~, or is a call. An operator at the start of a line usually belongs to the line before: c4m continues an expression only after an operator, not before one.",
    "= 5\n",
    "level = 5\n",
  ],
  [
    "C4M-P012",
    "After a dotted path c4m expects = or : and a value. Two things are written differently than one may think: a section with a dotted name is opened by nesting its parts, and a variable, which := assigns, cannot be locked with ~.",
    "server.main {\n  port = 80\n}\n",
    "server {\n  main {\n    port = 80\n  }\n}\n",
  ],
  [
    "C4M-P013",
    "What stands to the left of an assignment cannot be assigned to. Attributes are named by a path, variables by a single name. Values cannot be changed in place: to replace an item of a list or dict, assign the result of set() to the name.",
    "ports := [80, 443]\nports[0] = 8080\n",
    "ports := [80, 443]\nports := set(ports, 0, 8080)\n",
  ],
  [
    "C4M-P014",
    "Several names on the left take the parts of a tuple, and they are always variables: the sign is :=. To store the parts in attributes, unpack them into variables first.",
    'folder, name = path_split("/etc/hosts")\n',
    'folder, name := path_split("/etc/hosts")\nfile_name = name\n',
  ],
  [
    "C4M-P015",
    "Empty parentheses, or a single value followed by a comma, would be a tuple of fewer than two items, and there are none. Parentheses around one expression only group it. For a collection of any length use a list.",
    "bounds = (3,)\n",
    "bounds = (3, 5)\n",
  ],
  [
    "C4M-P016",
    "Two signs in a row are not allowed, because they are more often a slip than an intention; c4m has no ++ and no -- either. Use parentheses if you really mean the negative of a negative number.",
    "change = 5 - -3\n\nother = --3\n",
    "change = 5 + 3\n",
  ],
  [
    "C4M-P017",
    "A sign can stand before a number or an expression that computes one, not before a string, list, dict or truth value. To negate a condition write not; to remove text from a string use replace().",
    'text = -"abc"\n',
    "number = -5\n",
  ],
  [
    "C4M-P018",
    "break leaves the innermost for loop, and there is none around it in this block of code. A loop around a call does not count: a function is left with return.",
    "if true {\n  break\n}\n",
    "for i from 0 to 10 {\n  if i == 5 { break }\n}\n",
  ],
  [
    "C4M-P019",
    "continue goes on with the next round of the innermost for loop, and there is none around it in this block of code. To leave a function early, use return.",
    "if true {\n  continue\n}\n",
    'for i from 0 to 3 {\n  if i == 1 { continue }\n  echo("round", i)\n}\n',
  ],
]);
