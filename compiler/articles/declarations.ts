/** Articles about declarations and types that are not well-formed (family P, second half; `language.md` 2.2 and 2.4). */
import { defineArticles } from "./article.js";

export const declarationArticles = defineArticles([
  [
    "C4M-P020",
    "enum declares constants for the whole configuration and stands at the top level of a file, outside of sections, blocks and functions. Move it up; the constants are visible everywhere below it.",
    "server {\n  enum Low, High\n}\n",
    "enum Low, High\nserver {\n  level = High\n}\n",
  ],
  [
    "C4M-P021",
    "Functions are declared at the top level of a file; they belong to no section and cannot be made conditionally or inside one another. Move the declaration out of the block.",
    "server {\n  func twice(n: int) { return n * 2 }\n}\n",
    "func twice(n: int) { return n * 2 }\nserver {\n  port = twice(40)\n}\n",
  ],
  [
    "C4M-P022",
    "export makes a variable of the file known to functions and to later files, so only variables of the top level can be exported, by a statement of the top level. Move it out of the block, below the place where the variable is first assigned.",
    "if true {\n  mode := 1\n  export mode\n}\n",
    "mode := 0\nexport mode\nif true {\n  mode := 1\n}\n",
  ],
  [
    "C4M-P023",
    "A type is expected here. The simple types are bool, int, float, char, string, void, Duration, Size, IPAddr, CIDR, Date, Time and DateTime; case matters. Others are list[T], dict[K, V], tuple[A, B], typespec, function types and type variables such as `x.",
    "var count: integer\n",
    "var count: int\n",
  ],
  [
    "C4M-P024",
    "list takes one type in brackets, dict takes two, tuple two or more. None of them can stand without: the type of what is inside is part of the type. Where any type will do, write a type variable, as in list[`x].",
    "var names: list\n",
    "var names: list[string]\n",
  ],
  [
    "C4M-P025",
    "In a function type, a star marks a parameter that may be given any number of times. Only the last one can have it, otherwise it would not be clear where it ends.",
    "callback = func (*int, string) -> bool\n",
    "callback = func (string, *int) -> bool\n",
  ],
  [
    "C4M-P026",
    "The alternatives of a type with or must exclude each other, so that a value fits at most one. Here two of them overlap: they are equal, or one contains a type variable that the other fits. Remove the narrower one.",
    "func show(x: int or int) { echo(x) }\n",
    "func show(x: int or string) { echo(x) }\n",
  ],
  [
    "C4M-P027",
    "typespec is the type of types. In brackets it can only name a variable for the type that the value denotes, so that other parts of a signature can refer to it, as attr_get does. Write typespec alone if you do not need that.",
    "var kind: typespec[int]\n",
    "var kind: typespec\nkind := int\n",
  ],
  [
    "C4M-P028",
    "The only loop of c4m counts: for NAME from FIRST to END, where END itself is not reached. To go through a list, count through its indexes with len().",
    'for name in ["a", "b"] {\n  echo(name)\n}\n',
    'names := ["a", "b"]\nfor i from 0 to len(names) {\n  echo(names[i])\n}\n',
  ],
  [
    "C4M-P029",
    "use is followed by the name of a component, without quotes and without file ending. Where it comes from is told by a string after from. (An attribute can be called use, if = or : follows it.)",
    'use "network" from "https://example.com/c4m"\n',
    { config: 'use network from "."\n', components: { network: "port = 80\n" } },
  ],
  [
    "C4M-P030",
    "The place that a component comes from is written as a string literal, so that it can be known without running the configuration. A variable or a call is not accepted.",
    'place := "."\nuse network from place\n',
    { config: 'use network from "."\n', components: { network: "port = 80\n" } },
  ],
  [
    "C4M-P031",
    "parameter is followed by the path of an attribute, or by var and the name of a variable. (An attribute can be called parameter, if = or : follows it.)",
    "parameter 5\n",
    'parameter sink.uri {\n  default: "https://example.com"\n}\n',
  ],
  [
    "C4M-P032",
    "A function is declared as func NAME(PARAMETERS) { … }. Each parameter is a name, optionally followed by a colon and a type. There are no default values, and the type of the result is not written: it follows from the body.",
    "func twice {\n  return n * 2\n}\n",
    "func twice(n: int) {\n  return n * 2\n}\n",
  ],
  [
    "C4M-P034",
    "In an expression func refers to a function that exists elsewhere, by name and optionally by signature. There are no functions without name: declare it at the top level and refer to it.",
    "callback = func { return 1 }\n",
    "func one() { return 1 }\ncallback = func one\n",
  ],
  [
    "C4M-P035",
    "elif and else continue an if, and stand directly after its closing brace or after that of an elif. There is no if before this one, or another statement stands between.",
    "level = 1\nelse {\n  level = 2\n}\n",
    "if true {\n  level = 1\n} else {\n  level = 2\n}\n",
  ],
  [
    "C4M-P036",
    "A ~ locks the attribute that it stands before, at the moment when the assignment is executed. It is followed by the path of the attribute and = or :.",
    "~ 5\n",
    "~level = 5\n",
  ],
  [
    "C4M-P037",
    "parameter belongs to the whole file and stands at its top level, outside of sections, blocks and functions. Name the attribute by its full path from the root.",
    "server {\n  parameter port { default: 80 }\n}\n",
    "parameter server.port { default: 80 }\n",
  ],
  [
    "C4M-P038",
    "Blocks, brackets or operators are nested more than 500 levels deep. No file that people write comes near that; a program that generates configurations may. Build large values step by step, or write lists instead of nesting.",
    `deep = ${"[".repeat(600)}${"]".repeat(600)}\n`,
    `deep = ${"[".repeat(20)}${"]".repeat(20)}\n`,
  ],
]);
