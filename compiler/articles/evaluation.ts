/** Articles about what goes wrong while a configuration runs (family E; `language.md` 6, `builtins.md`). */
import { defineArticles } from "./article.js";

export const evaluationArticles = defineArticles([
  [
    "C4M-E001",
    "The attribute is known, but no statement that was executed has given it a value: the assignment stands in a branch that was not taken, or in a function that was not called. Assign it in all branches, or ask with attr_exists() before reading it.",
    "if false {\n  port = 80\n}\nurl = $(port)\n",
    "port = 8080\nif false {\n  port = 80\n}\nurl = $(port)\n",
  ],
  [
    "C4M-E002",
    "The variable is declared, but no statement that was executed has assigned it. Give it a value where it is declared, or in all branches.",
    "var port: int\nif false {\n  port := 80\n}\nurl = $(port)\n",
    "port := 8080\nif false {\n  port := 80\n}\nurl = $(port)\n",
  ],
  [
    "C4M-E003",
    "The attribute is locked, and this assignment would change its value. It was locked by an assignment with ~, because a component set it, or because the schema protects the field once a configuration has been read; the note shows where the protected value comes from. Assigning the same value again is fine.",
    "~port = 80\nport = 443\n",
    "~port = 80\nport = 80\n",
  ],
  [
    "C4M-E004",
    "The result does not fit its type: integers have 64 bits, floats are finite, durations are limited, and characters are Unicode code points. Nothing wraps around silently. Use float for very large numbers, and check values before you convert them.",
    "big = high() + 1\n",
    "big = float(high()) + 1.0\n",
  ],
  [
    "C4M-E005",
    "The divisor is zero. Test it before dividing. Note that / always gives a float, also for integers.",
    'names := split("", ",")\ncount := len(names) - 1\nshare = 100 / count\n',
    'names := split("", ",")\ncount := len(names) - 1\nshare = 0.0\nif count > 0 {\n  share = 100 / count\n}\n',
  ],
  [
    "C4M-E006",
    "The index is negative or not below the number of items. Indexes begin with 0. Test the length first; to count from the end, subtract from len(). Indexes of strings count characters, whereas len() of a string counts bytes.",
    'words := split("one two", " ")\nthird = words[2]\n',
    'words := split("one two", " ")\nthird = ""\nif len(words) > 2 {\n  third = words[2]\n}\n',
  ],
  [
    "C4M-E007",
    "The dict has no such key. Ask with contains() before reading. Strings are compared exactly, case and blanks included.",
    'ports := {"http": 80}\nport = ports["https"]\n',
    'ports := {"http": 80}\nport = 443\nif contains(ports, "https") {\n  port = ports["https"]\n}\n',
  ],
  [
    "C4M-E008",
    "The function is expected to return a value, but this call reached its end without a return and without assigning result. Add a return to every way through it; the warning C4M-W007 shows where one is missing.",
    'func port_of(name: string) {\n  if name == "http" { return 80 }\n}\nport = port_of("ftp")\n',
    'func port_of(name: string) {\n  if name == "http" { return 80 }\n  return 0\n}\nport = port_of("ftp")\n',
  ],
  [
    "C4M-E009",
    "A builtin function could not do its work with these arguments; the message tells why. Mostly a text was to be converted that does not have the right form: the conversions accept the same texts as literals in << >>. Builtins for files and processes tell of failure by their result instead.",
    'timeout = Duration("soon")\n',
    'timeout = Duration("5 min")\n',
  ],
  [
    "C4M-E010",
    "Functions called one another more than 1000 levels deep (policy.max_call_depth). Usually a function calls itself without ever coming to an end: look for the case in which it must stop. The notes show the chain of calls.",
    "func down(n: int) {\n  return down(n - 1)\n}\nend = down(10)\n",
    "func down(n: int) {\n  if n == 0 { return 0 }\n  return down(n - 1)\n}\nend = down(10)\n",
  ],
  [
    "C4M-E011",
    "A longer duration was subtracted from a shorter one, and durations are never negative. Compare the two first.",
    "left = <<5 min>> - <<1 hour>>\n",
    "spent := <<1 hour>>\nleft = <<0 sec>>\nif spent < <<5 min>> {\n  left = <<5 min>> - spent\n}\n",
  ],
  [
    "C4M-E012",
    "format() replaces {name} by an attribute or variable. Here a name is unknown, blanks stand inside the braces, a brace has no counterpart, or the value is a list, dict or tuple, which has no place in a text. Write braces that are meant literally twice.",
    'host := "web"\nurl = format("https://{ host }/{{id}}")\n',
    'host := "web"\nurl = format("https://{host}/{{id}}")\n',
  ],
  [
    "C4M-E014",
    "The configuration names a function that the program was to call, and there is none of that name and signature. References to functions are looked up only when they are called. Declare the function, or correct the reference.",
    { config: "callback = func on_report\n", host: { does: "The program calls on_report.", calls: "on_report" } },
    {
      config: 'func on_report() { echo("reported") }\ncallback = func on_report\n',
      host: { does: "The program calls on_report.", calls: "on_report" },
    },
  ],
  [
    "C4M-E015",
    "The program that reads this configuration does not allow the attribute to be set, at this point or at all; the message gives the reason. Remove the assignment.",
    { config: "serial = 7\n", host: { does: "The program refuses assignments to serial.", refuses: "serial" } },
    { config: "number = 7\n", host: { does: "The program refuses assignments to serial.", refuses: "serial" } },
  ],
  [
    "C4M-E016",
    "A value from outside, mostly from JSON, does not have the type that the configuration expects of it; the message names the place inside the data. Declare the variable that receives the data with the type that it really has. Parts that may be of any type are written as a type variable, such as `x.",
    'var ports: list[int]\nports := parse_json("[80, \\"https\\"]")\n',
    'var ports: list[int]\nports := parse_json("[80, 443]")\n',
  ],
  [
    "C4M-E017",
    "The text is not valid base64, or not a sequence of pairs of hexadecimal digits; the message tells at which byte it goes wrong. A prefix such as 0x must be removed first, and blanks inside are not allowed.",
    'bytes = dehex("0x41")\n',
    'bytes = dehex("41")\n',
  ],
  [
    "C4M-E018",
    "attr_get() and attr_typecmp() read an attribute by its path, and there is none, or it is a section, or it has another type than the one given. Ask with attr_exists() first, and check the path: it always begins at the root.",
    'port = attr_get("server.port", int)\n',
    'port = 80\nif attr_exists("server.port") {\n  port = attr_get("server.port", int)\n}\n',
  ],
  [
    "C4M-E019",
    "to_type() reads a type in the notation of c4m, such as list[string] or dict[string, int], and this text is none. The message tells where it goes wrong.",
    'kind = to_type("list of string")\n',
    'kind = to_type("list[string]")\n',
  ],
  [
    "C4M-E020",
    "The text is not JSON; the message gives the place of the first mistake. JSON wants double quotes around names and strings, allows no comma after the last item and no comments. An answer of a server that begins with ERR is an error message, not a document.",
    "data = to_json(parse_json(\"{'port': 80}\"))\n",
    'data = to_json(parse_json("[80]"))\n',
  ],
  [
    "C4M-E021",
    "A path begins with ~, which stands for the home directory, and none is known: the variable HOME is not set, and the user has no entry in the user database. Services and containers are often started like that. Write the path in full.",
    'folder = resolve_path("~/data")\n',
    'folder = resolve_path("/var/lib/data")\n',
  ],
  [
    "C4M-E022",
    "The configuration ran longer than it may, or a program that it started printed more than it may (64 MiB). A configuration may take ten million steps (policy.max_steps), which only a runaway loop reaches. Check the bounds of loops, nested ones above all.",
    "for i from 0 to high() {\n  x := i\n}\n",
    "for i from 0 to 100 {\n  x := i\n}\n",
  ],
  [
    "C4M-E023",
    "The configuration is evaluated in a place where functions of this kind are not allowed, for instance while constants are computed, and there is nothing that could stand in for the result. The class of a function is part of its description in chalk help builtins.",
    { config: 'level = env("LEVEL")\n', host: { does: "Only pure functions are allowed.", pureOnly: true } },
    { config: 'level = upper("info")\n', host: { does: "Only pure functions are allowed.", pureOnly: true } },
  ],
  [
    "C4M-E024",
    "The configuration itself called abort(), with the message shown. Under exec and docker only the configuration ends there, and the program that you asked for still runs. While a configuration is tried out, before it is loaded, this is a note.",
    'if env("LEVEL") == "" {\n  abort("LEVEL must be set")\n}\n',
    'if env("LEVEL") == "" {\n  echo("LEVEL is not set")\n}\n',
  ],
]);
