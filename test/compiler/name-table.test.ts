/** A `NameTable` does what a `Map` does, with few names and with many. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NameTable } from "../../compiler/name-table.js";
import "../helpers/reproducible.js";

/** Everything that can be seen of a map. */
function view(map: Map<string, number>): unknown {
  const visited: [string, number][] = [];
  map.forEach((value, name) => {
    visited.push([name, value]);
  });
  return [map.size, [...map], [...map.keys()], [...map.values()], [...map.entries()], visited];
}

const step = fc.tuple(fc.constantFrom("set", "set", "set", "delete", "get", "clear"), fc.nat(14), fc.nat(100));

test("the same as a Map after any steps", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [table, map] = [new NameTable<number>(), new Map<string, number>()];
      for (const [what, number, value] of steps) {
        const name = `n${number}`;
        if (what === "set") {
          table.set(name, value);
          map.set(name, value);
        } else if (what === "delete") assert.is(table.delete(name), map.delete(name));
        else if (what === "get") assert.equal([table.get(name), table.has(name)], [map.get(name), map.has(name)]);
        else if (value < 5) {
          table.clear();
          map.clear();
        }
        assert.equal(view(table), view(map));
      }
    }),
  );
});

test("entries to begin with; changes while it is walked", () => {
  const table = new NameTable<number>([
    ["a", 1],
    ["b", 2],
    ["a", 3],
  ]);
  assert.equal(
    [...table],
    [
      ["a", 3],
      ["b", 2],
    ],
  );
  for (const name of table.keys()) table.delete(name);
  assert.is(table.size, 0);
});

test.run();
