/** Articles about names: what is defined where, and what they may be used for (family N; `language.md` 5 and 7.4). */
import { defineArticles } from "./article.js";

export const nameArticles = defineArticles([
  [
    "C4M-N001",
    "Nothing of this name is known here. Names are looked up among the variables that are visible at this place, then among the attributes of the section around it, then among those of the root; sections in between are not searched. A name must be defined further up in the text, or by an earlier file. Variables of a block end with it, and functions see variables of the file only if they are exported before the function.",
    "retries := 3\nfunc twice() {\n  return retries * 2\n}\n",
    "retries := 3\nexport retries\nfunc twice() {\n  return retries * 2\n}\n",
  ],
  [
    "C4M-N002",
    "The name belongs to a function, and functions share it with neither variables nor sections: a section of that name is more often a call that was written like a shell command. Choose another name; as a tag, or as a part of a dotted path, the name is allowed.",
    'echo "done"\n',
    'echo("done")\n',
  ],
  [
    "C4M-N003",
    "An attribute or section of this name exists in the same place or at the root, so a variable or function cannot be called so: reading the name would become ambiguous. If you meant to change the attribute, assign with = instead of :=. Otherwise choose another name for the variable.",
    "level = 1\nlevel := 2\n",
    "level = 1\nnew_level := 2\nlevel = new_level\n",
  ],
  [
    "C4M-N004",
    "A variable or an enum constant of this name is visible here, so a section, a function or another enum constant cannot be called so. Choose another name for one of the two.",
    'server := "a"\nserver {\n  port = 80\n}\n',
    'server_name := "a"\nserver {\n  port = 80\n}\n',
  ],
  [
    "C4M-N005",
    "The path goes through a name that is an attribute: it has a value, not members. A name is either a section or an attribute, everywhere and for all files of a configuration. The note shows where it was given a value.",
    'server = "web"\nserver.port = 80\n',
    'server.name = "web"\nserver.port = 80\n',
  ],
  [
    "C4M-N006",
    "A value is assigned to a name that is a section. A name is either a section or an attribute, everywhere and for all files of a configuration. To set a member of the section, name it after a point.",
    'server {\n  port = 80\n}\nserver = "web"\n',
    'server {\n  port = 80\n}\nserver.name = "web"\n',
  ],
  [
    "C4M-N007",
    "A section is no value: it cannot be assigned, compared or passed to a function. Name one of its attributes after a point. Functions that deal with whole sections, such as sections() and copy_object(), take their path as a string.",
    "server {\n  port = 80\n}\ncopy = server\n",
    "server {\n  port = 80\n}\ncopy = server.port\n",
  ],
  [
    "C4M-N008",
    "The section exists, but it has no member of this name at this place of the text. Members must be defined further up or by an earlier file. Those that only appear while the configuration runs, such as defaults of a schema, are read with attr_get().",
    "server {\n  port = 80\n}\nurl = server.adress\n",
    'server {\n  port = 80\n  address = "::1"\n}\nurl = server.address\n',
  ],
  [
    "C4M-N009",
    "result is the variable that holds what a function returns, and cannot be the name of an attribute or of a section on the way to one, so that the two are never mixed up. This holds outside of functions, too. Choose another name.",
    "result = 5\n",
    "outcome = 5\n",
  ],
  [
    "C4M-N010",
    "result exists inside of functions only, where it need not be declared. At the top level, choose another name; inside a function, leave out the var.",
    "result := 5\n",
    "func five() {\n  result := 5\n}\n",
  ],
  [
    "C4M-N011",
    "return leaves a function, and this one stands outside of any. A file cannot be left early: put what should be skipped into an if, or what should end early into a function.",
    "if true {\n  return\n}\n",
    'func setup() {\n  if env("CI") == "" { return }\n  echo("in CI")\n}\nsetup()\n',
  ],
  [
    "C4M-N012",
    "Functions cannot open sections. They can assign attributes by their full path from the root, which creates the sections on the way.",
    "func setup() {\n  server {\n    port = 80\n  }\n}\n",
    "func setup() {\n  server.port = 80\n}\nsetup()\n",
  ],
  [
    "C4M-N013",
    "Each parameter of a function needs a name of its own, and result is taken: it is the variable for what the function returns. Rename the parameter.",
    "func larger(a: int, a: int) {\n  return a\n}\n",
    "func larger(a: int, b: int) {\n  if a > b { return a }\n  return b\n}\n",
  ],
  [
    "C4M-N014",
    "The file declares this function twice with parameters that cannot be told apart, so a call would fit both. Functions may share a name if their parameters differ in number or type. A later file, however, replaces a function by declaring it again.",
    'func show(a: int) { echo(a) }\nfunc show(b: int) { echo("value", b) }\n',
    'func show(a: int) { echo(a) }\nfunc show(b: string) { echo("value", b) }\n',
  ],
  [
    "C4M-N015",
    "The name belongs to a builtin function, and those cannot be replaced or extended, whatever the parameters. Choose another name. chalk help builtins lists what exists.",
    "func len(n: int) {\n  return n\n}\n",
    "func length(n: int) {\n  return n\n}\n",
  ],
  [
    "C4M-N016",
    "The program that reads this configuration has locked the function, so that later files cannot replace it. Choose another name and call your own function where you need it. A function of the same name with parameters of other types is an overload and replaces nothing.",
    {
      config: ["func checked(n: int) {\n  return n + 1\n}\n", "func checked(n: int) {\n  return n\n}\n"],
      host: { does: "The program locks the function checked of the first file.", locks: "checked" },
    },
    {
      config: ["func checked(n: int) {\n  return n + 1\n}\n", "func unchecked(n: int) {\n  return n\n}\n"],
      host: { does: "The program locks the function checked of the first file.", locks: "checked" },
    },
  ],
  [
    "C4M-N017",
    "Enum constants and the index of a loop cannot be assigned. The index takes its next value by itself; to skip a round use continue, to stop use break. For a value that changes, use a variable of your own.",
    "for i from 0 to 10 {\n  i := i + 1\n}\n",
    "for i from 0 to 10 {\n  next := i + 1\n  echo(next)\n}\n",
  ],
  [
    "C4M-N019",
    "There is no function of this name: neither a builtin nor one that this file declares or an earlier file has declared. Functions of a component can be called after the use that loads it. Only functions can be called, not variables that hold a reference to one.",
    'shout = uper("abc")\n',
    'shout = upper("abc")\n',
  ],
  [
    "C4M-N020",
    "A parameter has the properties default, validator, shortdoc, doc and sensitive, and no other. The type is that of the default.",
    "parameter port {\n  default: 80\n  range: (1, 65535)\n}\n",
    'parameter port {\n  default: 80\n  shortdoc: "between 1 and 65535"\n}\n',
  ],
  [
    "C4M-N021",
    "Each property of a parameter is given once. Remove one of the two, they cannot both be meant.",
    "parameter port {\n  default: 80\n  default: 8080\n}\n",
    "parameter port {\n  default: 8080\n}\n",
  ],
  [
    "C4M-N022",
    "The documentation of a parameter is shown without running the configuration, so it must be a string literal, or several joined by +. Variables and calls are not accepted.",
    "parameter port {\n  default: 80\n  doc: 5\n}\n",
    'parameter port {\n  default: 80\n  doc: "The port " + "to listen on"\n}\n',
  ],
  [
    "C4M-N023",
    "The default of a parameter is shown before the configuration runs, so it must be a constant: a literal, or a list, dict or tuple of literals. For a default that is computed, write a reference to a function without parameters; it is called when the value is needed.",
    "parameter port {\n  default: 8000 + 80\n}\n",
    "func usual_port() { return 8000 + 80 }\nparameter port {\n  default: func usual_port\n}\n",
  ],
  [
    "C4M-N024",
    "The function that computes the default of a parameter is called without arguments, so it must not have parameters. Let it call the other function with the arguments that you mean.",
    "func usual_port(base: int) { return base + 80 }\nparameter port {\n  default: func usual_port\n}\n",
    "func usual_port() { return 8080 }\nparameter port {\n  default: func usual_port\n}\n",
  ],
  [
    "C4M-N025",
    "The validator of a parameter is a function with one parameter, the value, that returns a string: empty if the value is fine, otherwise the message for the user. The signature after its name may be left out, if there is only one function of that name.",
    "func check(port: int) { return port > 0 }\nparameter port {\n  default: 80\n  validator: func check(int) -> bool\n}\n",
    'func check(port: int) {\n  if port > 0 { return "" }\n  return "must be positive"\n}\nparameter port {\n  default: 80\n  validator: func check(int) -> string\n}\n',
  ],
  [
    "C4M-N027",
    "sensitive says whether the value of a parameter is a secret that must not be shown. It is true or false, written literally, since it is needed before the configuration runs.",
    'parameter token {\n  default: ""\n  sensitive: 1\n}\n',
    'parameter token {\n  default: ""\n  sensitive: true\n}\n',
  ],
]);
