/** Names that other languages have, and what they are here: values, functions, types. For hints of errors about unknown names. */

const nothing = "there is no null: leave the attribute out, or use an empty value";
const blockEnd = "blocks end with '}'";

/** Values and words that other languages have. */
const foreignValues: ReadonlyMap<string, string> = new Map([
  ...["null", "Null", "NULL", "none", "None", "NONE", "nil", "undefined"].map((word) => [word, nothing] as const),
  ...["TRUE", "yes", "Yes", "YES", "on", "On", "ON", "enabled"].map((word) => [word, "write 'true'"] as const),
  ...["FALSE", "no", "No", "NO", "off", "Off", "OFF", "disabled"].map((word) => [word, "write 'false'"] as const),
  ...["end", "endif", "fi", "done", "endfor", "END"].map((word) => [word, blockEnd] as const),
]);

/** The hint for an undefined name that other languages have; undefined if it is none of them. */
export function foreignValueHint(name: string): string | undefined {
  if (/^\$\w+$/.test(name)) return `environment variables are read with 'env("${name.slice(1)}")'`;
  return foreignValues.get(name);
}

const ours: readonly (readonly [ours: string, theirs: string])[] = [
  ["echo(…)", "print println printf puts say write writeln log console console_log"],
  ["array_add(list, [item])", "append push add push_back extend concat merge"],
  ["$(x)", "str to_str tostring toString String string stringify"],
  ["len(x)", "length size count strlen"],
  ["env(name)", "getenv get_env environ"],
  ["strip(x)", "trim ltrim rtrim lstrip rstrip"],
  ["upper(x)", "toupper to_upper toUpperCase uppercase"],
  ["lower(x)", "tolower to_lower toLowerCase lowercase downcase"],
  ["slice(x, from, to)", "substr substring sub left right"],
  ["contains(x, y)", "has has_key haskey includes include in_array exists_in"],
  ["starts_with(x, y)", "startswith startsWith has_prefix hasPrefix"],
  ["ends_with(x, y)", "endswith endsWith has_suffix hasSuffix"],
  ["find(x, y)", "index indexOf index_of strpos"],
  ["format(text)", "sprintf fmt template"],
  ["run(command)", "exec shell popen shell_exec cmd"],
  ["read_file(path)", "readfile file file_get_contents open slurp cat"],
  ["is_file(path)", "file_exists fileexists exists path_exists"],
  ["url_get(url)", "http_get fetch curl wget get_url"],
  ["typeof(x)", "type type_of"],
  ["abort(message)", "exit die panic raise throw fail quit"],
  ["parse_json(text)", "json_decode json_parse from_json fromjson jsondecode"],
  ["to_json(x)", "json_encode json tojson jsonencode to_jsonl"],
  ["a 'for' loop", "map filter reduce foreach each range"],
  ["now()", "time timestamp date"],
];

const ourFunction: ReadonlyMap<string, string> = new Map(
  ours.flatMap(([name, theirs]) => theirs.split(" ").map((word) => [word, name] as const)),
);

/** What does here what a function of that name does elsewhere: a call to write; undefined if nothing is known. */
export function foreignFunctionHint(name: string): string | undefined {
  const found = ourFunction.get(name);
  return found === undefined ? undefined : `use ${found.startsWith("a ") ? found : `'${found}'`}`;
}

const typeVariable = "a backtick and a name";

const typeOfWord: ReadonlyMap<string, string> = new Map(
  (
    [
      ["string", "str String STRING text Text path url"],
      ["bool", "boolean Boolean Bool BOOL"],
      ["int", "integer Integer Int INT long uint int64 int32 number Number"],
      ["float", "double Double Float float64 real"],
      ["list[…]", "array Array List vector slice set Set seq"],
      ["dict[…, …]", "map Map Dict object Object hash table hashmap HashMap"],
      ["tuple[…, …]", "Tuple pair"],
      [typeVariable, "any Any auto T unknown mixed interface"],
      ["void", "None none null unit Void"],
      ["Duration", "duration time timespan interval"],
      ["Size", "size bytes"],
      ["IPAddr", "ip IP ipaddr address"],
      ["CIDR", "cidr network"],
      ["func(…) -> …", "function Function callback callable lambda"],
    ] as const
  ).flatMap(([type, words]) => words.split(" ").map((word) => [word, type] as const)),
);

/** The type that a name stands for elsewhere. */
export function foreignTypeHint(name: string): string | undefined {
  const type = typeOfWord.get(name);
  if (type === undefined) return undefined;
  return type === typeVariable ? `Any type is a type variable: ${type}.` : `The type is \`${type}\`.`;
}
